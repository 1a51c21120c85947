"""Overviews of scenes in the cache."""
