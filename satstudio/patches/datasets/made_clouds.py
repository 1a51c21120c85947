"""Made series under clouds: dates of an optical sensor, a radar image, the middle date clear."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from satstudio.core.grid import Size
from satstudio.core.port import Role
from satstudio.core.progress import Progress
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.made import (
    BANDS_OF,
    DECIBELS,
    REFLECTANCE,
    ChosenBands,
    ChosenMaker,
    MadeRecipe,
)
from satstudio.pixels.synthetic.cloud_series import cloud_series
from satstudio.pixels.synthetic.cover_spectra import BANDS, POLARISATIONS

NEW_YEAR = date(2021, 1, 1)


class CloudsRecipe(MadeRecipe):
    """How many series are made, and of what."""

    frames: int = Field(3, ge=1, le=30, title="Dates")
    bands: ChosenBands = "13"
    looks: float = Field(4.4, ge=1, le=100, title="Looks of the radar image")
    maker: ChosenMaker = "fields"


def _open_clouds(_root: Path, options: CloudsRecipe, _progress: Progress) -> Contents:
    bands, side = BANDS_OF[options.bands], options.size_px
    return Contents(
        roles={
            "optical": RoleContents(bands, side, REFLECTANCE, "reflectance", may_be_empty=True),
            "sar": RoleContents(POLARISATIONS, side, DECIBELS, "db"),
            "target": RoleContents(bands, side, REFLECTANCE, "reflectance"),
        },
        sources=options.sources(f"clouds:{options.maker}"),
        count=options.count,
        examples=_examples(options),
    )


def _examples(options: CloudsRecipe) -> Iterator[Example]:
    window = (0, 0, options.size_px, options.size_px)
    size = Size(options.size_px, options.size_px)
    chosen = [BANDS.index(band) for band in BANDS_OF[options.bands]]
    together = zip(options.image_seeds, options.splits(), strict=True)
    for number, (seed, split) in enumerate(together):
        made = cloud_series(size, seed, options.frames, options.looks, options.maker)

        def image(
            pixels: npt.NDArray[np.float32],
            day: int,
            clear: npt.NDArray[np.bool_] | None = None,
            source: int = number,
        ) -> RoleImage:
            when = (NEW_YEAR + timedelta(days=day - 1)).isoformat()
            return RoleImage(pixels, source, window, clear, when)

        optical = [
            image(frame.pixels[chosen], day, frame.clear)
            for day, frame in zip(made.days, made.frames, strict=True)
        ]
        images: dict[Role, RoleImage | list[RoleImage]] = {
            "optical": optical,
            "sar": image(made.sar, made.sar_day),
            "target": image(made.target[chosen], made.days[options.frames // 2]),
        }
        yield Example(split, images)


DATASETS.add(
    "clouds",
    Dataset(
        title="Made series under clouds, with radar",
        layout="Land through the seasons, clouds with shadows, haze, a radar image, the middle "
        "date without clouds: made from the seed; no files are needed.",
        options=CloudsRecipe,
        open=_open_clouds,
        is_made=True,
    ),
)
