"""Many scenes, models and metrics: rows and reports."""
