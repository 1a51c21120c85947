"""Worker processes and long tasks as Qt signals."""
