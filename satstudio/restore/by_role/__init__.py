"""Images by role: masks of frames; a model file or a baseline as what an engine runs."""
