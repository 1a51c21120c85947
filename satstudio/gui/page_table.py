"""PAGES: the pages of the road; named here, imported when first shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageInfo:
    """One page of the road; imported by name when first shown."""

    title: str
    icon: str
    factory: str
    tip: str


PAGES = {
    "view": PageInfo(
        "View", "eye", "satstudio.gui.pages.view:make_page", "Open scenes, look, crop"
    ),
    "patches": PageInfo(
        "Patches",
        "grid-3x3",
        "satstudio.gui.pages.patches:make_page",
        "Cut patches for training from open scenes",
    ),
    "train": PageInfo(
        "Train", "brain", "satstudio.gui.pages.train:make_page", "Train a generator on patches"
    ),
    "sample": PageInfo(
        "Sample",
        "dices",
        "satstudio.gui.pages.sample:make_page",
        "Draw new images from a trained generator",
    ),
    "restore": PageInfo(
        "Restore",
        "wand-sparkles",
        "satstudio.gui.pages.restore:make_page",
        "Restore open scenes with a filter or a model",
    ),
    "compare": PageInfo(
        "Compare",
        "columns-2",
        "satstudio.gui.pages.compare:make_page",
        "See scenes and results side by side, with figures",
    ),
    "sweeps": PageInfo(
        "Sweeps",
        "table-2",
        "satstudio.gui.pages.sweeps:make_page",
        "Train a table of recipes over several seeds; the experiments of papers",
    ),
}
