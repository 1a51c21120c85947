"""The list of model files: tags and notes beside them, search, thumbnails, cards compared."""
