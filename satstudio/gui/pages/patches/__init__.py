"""Patches page."""
