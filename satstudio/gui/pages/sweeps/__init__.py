"""Sweeps page."""
