"""Model files that others made: looked at, tried, described in a copy."""
