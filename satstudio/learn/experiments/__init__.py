"""Small experiments of published work, each in one file, each with a report."""
