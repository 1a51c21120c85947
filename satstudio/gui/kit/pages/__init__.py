"""What a page says of itself to the window, and what its state is."""
