"""Reference and estimate to numbers."""
