"""Synthetic scenes of known reflectivity, from seeds."""
