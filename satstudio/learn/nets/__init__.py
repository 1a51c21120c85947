"""Network parts that methods share."""
