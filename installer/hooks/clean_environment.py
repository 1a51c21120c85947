"""First of all: forget what another GIS or Qt on the machine left in the environment."""

import os

for name in (
    "PROJ_LIB",
    "PROJ_DATA",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "QT_QPA_PLATFORMTHEME",
    "PYTHONPATH",
):
    os.environ.pop(name, None)
