"""Made images with gaps, and whole."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydantic import Field

from satstudio.core.grid import Size
from satstudio.core.progress import Progress
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.made import BANDS_OF, REFLECTANCE, ChosenBands, ChosenMaker, MadeRecipe
from satstudio.patches.manifest import INPUT
from satstudio.pixels.synthetic.cover_spectra import YEAR_DAYS
from satstudio.pixels.synthetic.holes import holes
from satstudio.pixels.synthetic.land_cover import land_cover


class GapsRecipe(MadeRecipe):
    """How many images are made, and how much of them is lost."""

    bands: ChosenBands = "4"
    lost: float = Field(0.4, gt=0, le=0.9, title="Largest share of a kind of gap")
    maker: ChosenMaker = "fields"


def _open_gaps(_root: Path, options: GapsRecipe, _progress: Progress) -> Contents:
    role = RoleContents(BANDS_OF[options.bands], options.size_px, REFLECTANCE, "reflectance")
    return Contents(
        roles={INPUT: role, "target": role},
        sources=options.sources(f"gaps:{options.maker}"),
        count=options.count,
        examples=_examples(options),
    )


def _examples(options: GapsRecipe) -> Iterator[Example]:
    side = options.size_px
    size, window = Size(side, side), (0, 0, side, side)
    together = zip(options.image_seeds, options.splits(), strict=True)
    for number, (seed, split) in enumerate(together):
        day = float(np.random.default_rng([seed, 7109]).uniform(1, YEAR_DAYS))
        ground = land_cover(size, seed, options.maker)
        whole = ground.reflectance(day, bands=BANDS_OF[options.bands])
        valid = ~holes(size, seed, options.lost)
        images = {
            INPUT: RoleImage(whole, number, window, valid),
            "target": RoleImage(whole, number, window),
        }
        yield Example(split, images)


DATASETS.add(
    "gaps",
    Dataset(
        title="Made images with gaps",
        layout="Land with defects, blocks, lost lines, wedges and clouds cut out of it, and whole: "
        "made from the seed; no files are needed.",
        options=GapsRecipe,
        open=_open_gaps,
        is_made=True,
    ),
)
