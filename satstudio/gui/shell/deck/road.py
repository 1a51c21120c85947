"""ROAD: the packages of the pages, in the order of the rail; a new page is one line here."""

import importlib

from satstudio.gui.kit.pages.descriptor import Page

ROAD = (
    "satstudio.gui.pages.view",
    "satstudio.gui.pages.patches",
    "satstudio.gui.pages.train",
    "satstudio.gui.pages.sample",
    "satstudio.gui.pages.restore",
    "satstudio.gui.pages.compare",
    "satstudio.gui.pages.sweeps",
)


def road_pages() -> tuple[Page, ...]:
    """Return the `PAGE` that each package's `descriptor` holds; no widget is made."""
    return tuple(importlib.import_module(f"{package}.descriptor").PAGE for package in ROAD)
