"""Docks about the active scene: layers, style, histogram, metadata."""
