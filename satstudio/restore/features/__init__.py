"""Features of images, by a network or handcrafted, for distances between sets."""
