"""Open scenes of the window, their statistics and caches of tiles."""
