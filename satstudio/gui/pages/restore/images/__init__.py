"""Images that are taken beside the scene: chosen by role, looked at before the start."""
