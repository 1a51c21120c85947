"""Patch sets to model files; the only user of torch."""
