"""What data sets that are made from seeds share: their choices, seeds, splits and scalings."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling
from satstudio.patches.manifest import PatchSource, Split
from satstudio.pixels.synthetic.cover_spectra import BANDS
from satstudio.pixels.synthetic.land_cover import Maker

REFLECTANCE = Scaling(kind="linear", gain=5.0)
"""0 stays 0, as pixels without data are; land lies below 2, clouds below 5 (Meraner et al. 2020,
DSen2-CR, divide digital numbers by 2000)."""

DECIBELS = Scaling(kind="linear", gain=0.1, offset=1.5)
"""-25 dB becomes -1, -5 dB becomes 1."""

POWER = Scaling(kind="linear")
"""Linear power as it is: it spans so much that a network takes its logarithm itself."""

BANDS_OF = {
    "13": BANDS,
    "10": ("B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"),
    "4": ("B2", "B3", "B4", "B8"),
}
"""Bands by choice: all; those of 10 and 20 m; those of 10 m."""

ChosenBands = Annotated[
    Literal["13", "10", "4"],
    Field(
        title="Bands",
        json_schema_extra={"shown": {"13": "all 13", "10": "10 and 20 m", "4": "10 m"}},
    ),
]
ChosenMaker = Annotated[
    Maker,
    Field(
        title="Maker",
        description="What made ground and clouds; who learns from one is evaluated on the other",
        json_schema_extra={
            "shown": {"fields": "parcels, turbulent clouds", "terrain": "hills, heaped clouds"}
        },
    ),
]


class MadeRecipe(Recipe):
    """How many images are made, of what size, from which seed."""

    count: int = Field(256, ge=2, le=1_000_000, title="Number of images")
    size_px: int = Field(64, ge=8, le=2048, title="Patch side (px)")
    validation_share: float = Field(
        0.2, ge=0, lt=1, title="Share of the images kept for validation"
    )
    test_share: float = Field(
        0,
        ge=0,
        lt=1,
        title="Share of the images kept for the test",
        description="No training sees them, nor is anything chosen by them",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed")

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.validation_share + self.test_share >= 1:
            raise ValueError("validation_share and test_share leave nothing to learn from")
        return self

    @property
    def image_seeds(self) -> tuple[int, ...]:
        """Seed of each image."""
        return tuple(image_seed(self.seed, number) for number in range(self.count))

    def splits(self) -> Iterator[Split]:
        """Yield the split of each image: training first."""
        kept, tests = (round(s * self.count) for s in (self.validation_share, self.test_share))
        counts: dict[Split, int] = {
            "train": self.count - kept - tests,
            "validation": kept,
            "test": tests,
        }
        for split, count in counts.items():
            yield from (split for _ in range(count))

    def sources(self, name: str) -> tuple[PatchSource, ...]:
        """Return one source an image; `name` says what is made, and by whom."""
        side = self.size_px
        return tuple(
            PatchSource(
                address=f"made:{name}:{seed}", sha256="", rows=side, cols=side, driver="made"
            )
            for seed in self.image_seeds
        )


def image_seed(seed: int, number: int) -> int:
    """Return the seed of one image of a set; sets of other seeds have none in common."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)[0] >> 1)
