"""Sample page."""
