"""Made scenes, land, clouds, coarse frames, from seeds, with all that is true of them."""
