"""Holes filled by plain rules: what learned gap filling is measured against."""

from collections.abc import Callable

import numpy as np
from pydantic import Field

from satstudio.core.port import Port
from satstudio.core.recipe import Recipe
from satstudio.pixels.compositing import Composite
from satstudio.pixels.gaps import SAME, Image, Mask, harmonic, nearest, within_reach
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


def _filled(
    fill: Callable[[Image, Mask, Mask], Image],
) -> Callable[[RoleImages, Options], Composite]:
    def apply(given: RoleImages, own: Options) -> Composite:
        image, known = given.images["input"][0], given.good["input"][0]
        if not known.any():
            return Composite(np.zeros(image.shape, np.float32), known)
        near = within_reach(known, own.reach_px)
        return Composite(fill(image, known, near).astype(np.float32), near)

    return apply


BASELINES.add(
    "nearest_fill",
    Baseline(
        title="Nearest value in gaps",
        source="Each pixel without data gets the value of the nearest one with data.",
        function=_filled(lambda image, known, near: nearest(image, known)),
        halo_px=lambda own: own.reach_px,
        own=Options,
        inputs=(HOLED, KNOWN),
        fills_gaps=True,
    ),
)
BASELINES.add(
    "harmonic_fill",
    Baseline(
        title="Smoothest values in gaps",
        source="Laplace's equation in the holes, as deep as the reach (the simplest inpainting, "
        "Bertalmio et al. 2000); tiles of any size agree to 1e-5 of the largest value.",
        function=_filled(harmonic),
        halo_px=lambda own: SAME * own.reach_px,
        own=Options,
        inputs=(HOLED, KNOWN),
        fills_gaps=True,
    ),
)
