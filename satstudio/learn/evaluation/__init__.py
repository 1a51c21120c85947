"""What watches a training: previews, PSNR, distances of features, diversity, collapse."""
