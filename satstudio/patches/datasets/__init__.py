"""One file a public data set."""
