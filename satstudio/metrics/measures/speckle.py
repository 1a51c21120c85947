"""Looks of a uniform region, statistics of the ratio image."""

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.core.raster import Mask
from satstudio.metrics.images import Images, NanPolicy, Reals, complex_images, real_images
from satstudio.metrics.score import metric
from satstudio.metrics.suits import Suits
from satstudio.metrics.tiled import Known, Moments, Sums, Tiled

Pixels = npt.NDArray[Any]
OF_RAYLEIGH = 4 / math.pi - 1
"""Mean^2 / variance of single-look intensity over that of single-look amplitude."""


def _one_image(
    image: Pixels, *, mask: Mask | None = None, nan_policy: NanPolicy = "omit"
) -> Images:
    opened = complex_images if np.iscomplexobj(image) else real_images
    return opened(image, mask=mask, nan_policy=nan_policy)


def _power_moments(images: Images, core: Size, known: Known) -> Sums:
    (values,) = images.inner(core).values
    is_complex = np.iscomplexobj(values)
    power = np.square(np.abs(values)) if is_complex else values
    return {"power": Moments.of(list(power)), "complex": np.bool_(is_complex)}


def _looks_of_bands(sums: Sums, known: Known) -> float:
    is_amplitude = known["kind"] == "amplitude" and not sums["complex"]
    factor = OF_RAYLEIGH if is_amplitude else 1.0
    return factor * float(np.mean(_looks(sums["power"], known["ddof"])))


def _ratio_moments(images: Images, core: Size, known: Known) -> Sums:
    first, second = images.inner(core).values
    ratios = [one[other != 0] / other[other != 0] for one, other in zip(first, second, strict=True)]
    return {"ratio": Moments.of(ratios)}


def _ratio(sums: Sums, known: Known) -> dict[str, float]:
    ratio, ddof = sums["ratio"], known["ddof"]
    is_told = ratio.n > ddof
    rows = {
        "mean": ratio.mean,
        "var": ratio.variance(ddof),
        "enl": _looks(ratio, ddof),
    }
    return {name: float(np.mean(np.where(is_told, row, np.nan))) for name, row in rows.items()}


def _looks(power: Moments, ddof: int) -> Reals:
    """Return mean^2 / variance of each band; inf where it is constant."""
    square, variance = np.square(power.mean), power.variance(ddof)
    is_spread = variance > 1e-28 * square
    looks = np.where(is_spread, square / np.where(is_spread, variance, 1), np.inf)
    return np.where(power.n < 2, np.nan, looks)


_OF_LOOKS = Tiled(_one_image, _power_moments, _looks_of_bands)
_OF_RATIO = Tiled(real_images, _ratio_moments, _ratio)


@metric(
    unit="looks",
    better="higher",
    source="mean^2 / variance of the intensity of a uniform region, mean over bands; amplitude: "
    "times 4 / pi - 1; complex: |z|^2; never of decibels",
    span=(0, math.inf),
    window="the whole region",
    tiled=_OF_LOOKS,
    suits=Suits(place=10, usual="radar", holds="radar", sees_power=True),
)
def enl(
    image: Pixels,
    *,
    kind: Literal["intensity", "amplitude", "complex"] = "intensity",
    ddof: int = 1,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "omit",
) -> float:
    """Equivalent number of looks of (bands, rows, cols): |z|^2 of complex, else as `kind` says.

    +inf for a constant region, NaN for fewer than two values.
    """
    images = _one_image(image, mask=mask, nan_policy=nan_policy)
    return float(_OF_LOOKS.whole(images, {"kind": kind, "ddof": ddof}))


@metric(
    better="one",
    source="r = noisy / filtered of intensities: mean (ideal 1), variance (ideal 1 / looks), "
    "looks (mean^2 / variance); structure left in r is detail removed; pixels with filtered 0 do "
    "not count; mean over bands",
    span=(0, math.inf),
    main="mean",
    tiled=_OF_RATIO,
    suits=Suits(place=30, usual="radar", holds="radar", sees_power=True),
)
def ratio_image_stats(
    noisy: Pixels,
    filtered: Pixels,
    *,
    ddof: int = 1,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> dict[str, float]:
    """Ratio of an intensity image and its filtered twin: mean, var, enl."""
    images = real_images(noisy, filtered, mask=mask, nan_policy=nan_policy)
    found: dict[str, float] = _OF_RATIO.whole(images, {"ddof": ddof})
    return found
