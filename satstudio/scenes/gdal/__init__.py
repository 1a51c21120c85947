"""All that touches GDAL; fragile files are read by a process of their own."""
