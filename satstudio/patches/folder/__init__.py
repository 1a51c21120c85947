"""Folders of images: their files, what is read of them, which split each is of."""
