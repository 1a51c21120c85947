"""A scene block by block: sizes by the memory, what is left to do, whether seams show."""
