"""Looks of a uniform region, statistics of the ratio image."""

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.raster import Mask
from satstudio.metrics.images import NanPolicy, Reals, complex_images, real_images
from satstudio.metrics.score import metric

Pixels = npt.NDArray[Any]
OF_RAYLEIGH = 4 / math.pi - 1
"""Mean^2 / variance of single-look intensity over that of single-look amplitude."""


@metric(
    unit="looks",
    better="higher",
    source="mean^2 / variance of the intensity of a uniform region, mean over bands; amplitude: "
    "times 4 / pi - 1; complex: |z|^2; never of decibels",
    span=(0, math.inf),
    window="the whole region",
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
    is_complex = np.iscomplexobj(image)
    opened = complex_images if is_complex else real_images
    (values,) = opened(image, mask=mask, nan_policy=nan_policy).values
    power = np.square(np.abs(values)) if is_complex else values
    factor = OF_RAYLEIGH if kind == "amplitude" and not is_complex else 1.0
    return factor * float(np.mean([_looks(band, ddof) for band in power]))


@metric(
    better="one",
    source="r = noisy / filtered of intensities: mean (ideal 1), variance (ideal 1 / looks), "
    "looks (mean^2 / variance); structure left in r is detail removed; pixels with filtered 0 do "
    "not count; mean over bands",
    span=(0, math.inf),
    main="mean",
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
    first, second = images.values
    rows = [_ratio(one, other, ddof) for one, other in zip(first, second, strict=True)]
    return {name: float(np.mean([row[name] for row in rows])) for name in ("mean", "var", "enl")}


def _ratio(noisy: Reals, filtered: Reals, ddof: int) -> dict[str, float]:
    counted = filtered != 0
    ratio = noisy[counted] / filtered[counted]
    if ratio.size <= ddof:
        return dict.fromkeys(("mean", "var", "enl"), math.nan)
    return {
        "mean": float(ratio.mean()),
        "var": float(ratio.var(ddof=ddof)),
        "enl": _looks(ratio, ddof),
    }


def _looks(power: Reals, ddof: int) -> float:
    if power.size < 2:
        return math.nan
    variance = float(power.var(ddof=ddof))
    mean = float(power.mean())
    return mean**2 / variance if variance > 1e-28 * mean**2 else math.inf
