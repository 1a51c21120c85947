"""One file a family of baselines."""
