"""Sweeps: a training recipe, rows and seeds."""
