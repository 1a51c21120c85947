"""Made frames of coarse pixels, shifted against each other, and the fine image behind them."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field

from satstudio.core.grid import Size
from satstudio.core.progress import Progress
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.made import REFLECTANCE, ChosenMaker, MadeRecipe
from satstudio.pixels.synthetic.low_series import LowModel, low_series


class FramesRecipe(MadeRecipe):
    """How many series of frames are made, and of what."""

    size_px: int = Field(32, ge=8, le=1024, title="Patch side (coarse px)")
    ratio: int = Field(3, ge=2, le=4, title="Fine pixels to a coarse one")
    frames: int = Field(9, ge=1, le=64, title="Frames")
    band: Literal["B4", "B8"] = Field(
        "B8", title="Band", json_schema_extra={"shown": {"B4": "red", "B8": "near infrared"}}
    )
    hidden: float = Field(0.3, ge=0, le=1, title="Largest share of a frame under clouds")
    maker: ChosenMaker = "fields"


def _open_frames(_root: Path, options: FramesRecipe, _progress: Progress) -> Contents:
    bands, side = (options.band,), options.size_px
    fine, ratio = side * options.ratio, str(options.ratio)
    return Contents(
        roles={
            "low": RoleContents(bands, side, REFLECTANCE, "reflectance"),
            "target": RoleContents(bands, fine, REFLECTANCE, "reflectance", ratio=ratio),
        },
        sources=options.sources(f"frames:{options.maker}"),
        count=options.count,
        examples=_examples(options),
    )


def _examples(options: FramesRecipe) -> Iterator[Example]:
    side, fine = options.size_px, options.size_px * options.ratio
    model = LowModel(
        ratio=Fraction(options.ratio),
        bands=(options.band,),
        frames=options.frames,
        most_hidden=options.hidden,
        maker=options.maker,
    )
    together = zip(options.image_seeds, options.splits(), strict=True)
    for number, (seed, split) in enumerate(together):
        made, target = low_series(Size(side, side), seed, model)
        low = [
            RoleImage(pixels, number, (0, 0, side, side), clear)
            for pixels, clear in zip(made.pixels, made.clear, strict=True)
        ]
        high = RoleImage(target, number, (0, 0, fine, fine))
        yield Example(split, {"low": low, "target": high})


DATASETS.add(
    "frames",
    Dataset(
        title="Made frames of coarse pixels and the fine image",
        layout="One ground in several frames, shifted by parts of a pixel, blurred, noisy, partly "
        "under clouds: made from the seed; no files are needed.",
        options=FramesRecipe,
        open=_open_frames,
        is_made=True,
    ),
)
