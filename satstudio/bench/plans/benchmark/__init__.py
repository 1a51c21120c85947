"""Benchmarks: data sets, models, metrics."""
