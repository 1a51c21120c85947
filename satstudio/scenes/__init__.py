"""Files to rasters and back; the only user of rasterio and GDAL."""
