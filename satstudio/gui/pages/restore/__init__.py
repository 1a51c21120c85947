"""Restore page."""
