"""Model files of the Restore page: described, listed, noted, compared."""
