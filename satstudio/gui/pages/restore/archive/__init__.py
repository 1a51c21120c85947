"""Folders of scenes on the Restore page: looked into, restored, what failed."""
