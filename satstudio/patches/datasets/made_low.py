"""Made coarse images and the fine ones behind them, of four bands, by any ratio."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from satstudio.core.grid import Size
from satstudio.core.progress import Progress
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.made import BANDS_OF, REFLECTANCE, ChosenBands, ChosenMaker, MadeRecipe
from satstudio.pixels.synthetic.low_series import LowModel, low_series

LEAST_RATIO, MOST_RATIO = 1, 8


class LowRecipe(MadeRecipe):
    """How many images are made, and how much finer the truth is."""

    size_px: int = Field(32, ge=8, le=1024, title="Patch side (coarse px)")
    ratio: Annotated[str, StringConstraints(pattern=r"^[1-9]\d?(/[1-9]\d?)?$")] = Field(
        "2", title="Fine pixels to a coarse one", description="2, 3, 4, or a fraction such as 5/2"
    )
    bands: ChosenBands = "4"
    maker: ChosenMaker = "fields"

    @model_validator(mode="after")
    def _ratio_fits(self) -> Self:
        ratio = Fraction(self.ratio)
        if not LEAST_RATIO < ratio <= MOST_RATIO:
            raise ValueError(f"ratio {self.ratio} is not above {LEAST_RATIO}, up to {MOST_RATIO}")
        if (self.size_px * ratio).denominator != 1:
            raise ValueError(
                f"ratio {self.ratio} makes no whole pixels of {self.size_px} px; choose a patch "
                f"side that {ratio.denominator} divides"
            )
        return self


def _open_low(_root: Path, options: LowRecipe, _progress: Progress) -> Contents:
    bands, side, ratio = BANDS_OF[options.bands], options.size_px, Fraction(options.ratio)
    fine = RoleContents(bands, int(side * ratio), REFLECTANCE, "reflectance", ratio=str(ratio))
    return Contents(
        roles={"low": RoleContents(bands, side, REFLECTANCE, "reflectance"), "target": fine},
        sources=options.sources(f"low:{options.maker}"),
        count=options.count,
        examples=_examples(options),
    )


def _examples(options: LowRecipe) -> Iterator[Example]:
    ratio, side = Fraction(options.ratio), options.size_px
    model = LowModel(ratio, BANDS_OF[options.bands], maker=options.maker)
    fine = int(side * ratio)
    together = zip(options.image_seeds, options.splits(), strict=True)
    for number, (seed, split) in enumerate(together):
        made, target = low_series(Size(side, side), seed, model)
        images = {
            "low": RoleImage(made.pixels[0], number, (0, 0, side, side)),
            "target": RoleImage(target, number, (0, 0, fine, fine)),
        }
        yield Example(split, images)


DATASETS.add(
    "low",
    Dataset(
        title="Made coarse and fine images",
        layout="Land as a coarse and as a fine sensor sees it, several bands, any ratio: made from "
        "the seed; no files are needed.",
        options=LowRecipe,
        open=_open_low,
        is_made=True,
    ),
)
