"""Images from noise, and walks between them."""
