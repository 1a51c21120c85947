"""The demo: the whole road as jobs."""
