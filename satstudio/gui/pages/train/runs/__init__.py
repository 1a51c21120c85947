"""The runs that are there: list, panel, queue, names, notes, comparing."""
