"""Rasters to colours for eyes."""
