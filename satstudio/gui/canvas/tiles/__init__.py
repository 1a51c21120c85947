"""Tiles of the canvas: asked for, read, rendered, painted."""
