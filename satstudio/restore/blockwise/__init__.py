"""A scene block by block: sizes by the memory, and what is left to do."""
