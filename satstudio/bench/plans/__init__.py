"""One engine for many runs: plans become tasks, tasks rows, rows tables and a report."""
