"""View page."""
