"""One file an extractor of features that needs no weights."""
