"""Made pairs of intensity images: one ground on two dates, each under speckle of its own."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from satstudio.core.grid import Size
from satstudio.core.progress import Progress
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.made import POWER, MadeRecipe
from satstudio.patches.manifest import INPUT
from satstudio.pixels.synthetic.speckle_pair import RadarMaker, SpeckleModel, speckle_pair


class SpeckleRecipe(MadeRecipe):
    """How many pairs are made, and of what."""

    looks: int = Field(1, ge=1, le=16, title="Looks")
    change: float = Field(
        0.05,
        ge=0,
        le=0.5,
        title="Share of the ground that changes",
        description="Between the dates, in every second pair",
    )
    maker: RadarMaker = Field(
        "kinds",
        title="Maker",
        description="What made the ground; who learns from one is evaluated on another",
        json_schema_extra={
            "shown": {
                "kinds": "ten kinds of ground",
                "fields": "land cover: parcels",
                "terrain": "land cover: hills",
            }
        },
    )


def _open_speckle(_root: Path, options: SpeckleRecipe, _progress: Progress) -> Contents:
    role = RoleContents(("power",), options.size_px, POWER, "sigma0")
    return Contents(
        roles={INPUT: role, "target": role},
        sources=options.sources(f"speckle:{options.maker}"),
        count=options.count,
        examples=_examples(options),
    )


def _examples(options: SpeckleRecipe) -> Iterator[Example]:
    side = options.size_px
    model = SpeckleModel(options.looks, options.change, options.maker)
    together = zip(options.image_seeds, options.splits(), strict=True)
    for number, (seed, split) in enumerate(together):
        made = speckle_pair(Size(side, side), seed, model)
        first, second = (
            RoleImage(power[None], number, (0, 0, side, side))
            for power in (made.first, made.second)
        )
        yield Example(split, {INPUT: first, "target": second})


DATASETS.add(
    "speckle",
    Dataset(
        title="Made intensity on two dates",
        layout="One ground under independent speckle twice, parts of it changed: made from the "
        "seed; no files are needed.",
        options=SpeckleRecipe,
        open=_open_speckle,
        is_made=True,
    ),
)
