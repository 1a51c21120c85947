"""Made nebulae as pairs: grey in, colour out."""

from collections.abc import Iterator
from pathlib import Path

from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.made import MadeRecipe
from satstudio.patches.manifest import INPUT
from satstudio.pixels.luminance import grey
from satstudio.pixels.synthetic.nebulae import nebulae

WHOLE = Scaling.of_range(0, 1)
"""0..1 becomes -1..1."""


class NebulaeRecipe(MadeRecipe):
    """How many nebulae are made, and of what size."""


def _open_nebulae(_root: Path, options: NebulaeRecipe, _progress: Progress) -> Contents:
    side = options.size_px
    return Contents(
        roles={
            INPUT: RoleContents(("grey",), side, WHOLE),
            "target": RoleContents(("red", "green", "blue"), side, WHOLE),
        },
        sources=options.sources("nebula"),
        count=options.count,
        examples=_examples(options),
    )


def _examples(options: NebulaeRecipe) -> Iterator[Example]:
    window = (0, 0, options.size_px, options.size_px)
    together = zip(options.image_seeds, options.splits(), strict=True)
    for number, (seed, split) in enumerate(together):
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
