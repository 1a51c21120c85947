"""Words everyone shares: grids, rasters, recipes, progress, errors, folders."""
