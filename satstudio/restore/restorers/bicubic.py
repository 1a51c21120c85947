"""Bicubic interpolation by a fraction: what single-image super-resolution is measured against."""

from fractions import Fraction

from pydantic import Field

from satstudio.core.port import Port, Ratio
from satstudio.core.recipe import Recipe
from satstudio.pixels.compositing import Composite
from satstudio.pixels.resampling import bicubic, reach_px
from satstudio.pixels.role_images import RoleImages
from satstudio.restore.baselines import BASELINES, Baseline


class Options(Recipe):
    """How much finer, or coarser, the result is."""

    factor: Ratio = Field(
        "2", title="Pixels for one", description="Of the result, along an axis: 2, 5/2, 1/3, ..."
    )


def _resampled(given: RoleImages, own: Options) -> Composite:
    return Composite(*bicubic(given.images["low"][0], given.good["low"][0], Fraction(own.factor)))


BASELINES.add(
    "bicubic",
    Baseline(
        title="Bicubic",
        source="Cubic convolution (Keys 1981, a = -1/2); stretched where pixels become larger, so "
        "that nothing aliases.",
        function=_resampled,
        halo_px=lambda own: reach_px(Fraction(own.factor)),
        own=Options,
        inputs=(
            Port(role="low", dtype="float32"),
            Port(role="low_mask", dtype="bool", mask_of="low"),
        ),
        ratio=lambda own: Fraction(own.factor),
    ),
)
