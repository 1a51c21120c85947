"""Holes filled by plain rules: what learned gap filling is measured against."""

from collections.abc import Callable

import numpy as np
from pydantic import Field

from satstudio.core.port import Port
from satstudio.core.recipe import Recipe
from satstudio.pixels.compositing import Composite
from satstudio.pixels.gaps import FILL_HALO_PX, Image, Mask, harmonic, nearest, within_reach
from satstudio.pixels.role_images import RoleImages
from satstudio.restore.baselines import BASELINES, Baseline

HOLED = Port(role="input", dtype="float32")
KNOWN = Port(role="input_mask", dtype="bool", mask_of="input")


class Options(Recipe):
    """How far from what is known."""

    reach_px: int = Field(
        16,
        ge=1,
        le=32,
        title="Reach (px)",
        description="Pixels further from every pixel with data stay without data",
    )


def _filled(fill: Callable[[Image, Mask], Image]) -> Callable[[RoleImages, Options], Composite]:
    def apply(given: RoleImages, own: Options) -> Composite:
        image, known = given.images["input"][0], given.good["input"][0]
        if not known.any():
            return Composite(np.zeros(image.shape, np.float32), known)
        return Composite(fill(image, known).astype(np.float32), within_reach(known, own.reach_px))

    return apply


BASELINES.add(
    "nearest_fill",
    Baseline(
        title="Nearest value in gaps",
        source="Each pixel without data gets the value of the nearest one with data.",
        function=_filled(nearest),
        halo_px=lambda own: FILL_HALO_PX,
        own=Options,
        inputs=(HOLED, KNOWN),
        fills_gaps=True,
    ),
)
BASELINES.add(
    "harmonic_fill",
    Baseline(
        title="Smoothest values in gaps",
        source="Laplace's equation in the holes (the simplest inpainting, Bertalmio et al. 2000).",
        function=_filled(harmonic),
        halo_px=lambda own: FILL_HALO_PX,
        own=Options,
        inputs=(HOLED, KNOWN),
        fills_gaps=True,
    ),
)
