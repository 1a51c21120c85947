"""Made nebulae as pairs: grey in, colour out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.manifest import INPUT, PatchSource, Split
from satstudio.pixels.luminance import grey
from satstudio.pixels.synthetic.nebulae import nebulae

WHOLE = Scaling.of_range(0, 1)
"""0..1 becomes -1..1."""


class NebulaeRecipe(Recipe):
    """How many nebulae are made, and of what size."""

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


def image_seed(seed: int, number: int) -> int:
    """Return the seed of one image of a set; sets of other seeds have none in common."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)[0] >> 1)


def _open_nebulae(_root: Path, options: NebulaeRecipe, _progress: Progress) -> Contents:
    seeds = [image_seed(options.seed, number) for number in range(options.count)]
    side = options.size_px
    sources = (
        PatchSource(address=f"made:nebula:{seed}", sha256="", rows=side, cols=side, driver="made")
        for seed in seeds
    )
    return Contents(
        roles={
            INPUT: RoleContents(("grey",), side, WHOLE),
            "target": RoleContents(("red", "green", "blue"), side, WHOLE),
        },
        sources=tuple(sources),
        count=options.count,
        examples=_examples(seeds, options),
    )


def _examples(seeds: list[int], options: NebulaeRecipe) -> Iterator[Example]:
    kept = round(options.validation_share * len(seeds))
    tests = round(options.test_share * len(seeds))
    counts: dict[Split, int] = {"train": len(seeds) - kept - tests, "validation": kept}
    splits = [split for split, count in (counts | {"test": tests}).items() for _ in range(count)]
    window = (0, 0, options.size_px, options.size_px)
    for number, (seed, split) in enumerate(zip(seeds, splits, strict=True)):
        colour = nebulae(seed, options.size_px)
        images = {
            INPUT: RoleImage(grey(colour), number, window),
            "target": RoleImage(colour, number, window),
        }
        yield Example(split, images)


DATASETS.add(
    "nebulae",
    Dataset(
        title="Made nebulae: grey and colour",
        layout="Gas, dust and stars, made from the seed; no files are needed.",
        options=NebulaeRecipe,
        open=_open_nebulae,
        is_made=True,
    ),
)
