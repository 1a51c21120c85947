"""Distances between sets of images as figures of a log."""
