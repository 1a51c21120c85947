"""Several scenes on one ground: stacks and pairs."""
