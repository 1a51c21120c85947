"""Scores of super-resolution: consistency with the input, what was gained or invented."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.images import NanPolicy, Reals, real_images
from satstudio.metrics.score import metric

Pixels = npt.NDArray[Any]
SHARPNESS, DOUBT, TEMPERATURE = 0.8, 0.4, 0.5
"""Constants of the distances and of the soft assignment (Aybar 2024)."""

MAP_SOURCE = (
    "per pixel d_im = |SR - HR| / |LR - HR|, d_om = |SR - LR| / |LR - HR| (L1 over bands; LR "
    "brought to the grid of HR), H = d_im + d_om - 1; distances to the ideals: improvement d_im + "
    "d_om (1 - exp(-.8 H)), omission d_om + d_im (1 - exp(-.8 H)), hallucination exp(-.4 d_im "
    "d_om); shares by softmin, temperature .5, mean over pixels that change by more than "
    "least_change (Aybar 2024); on registered, harmonised images"
)


@dataclass(frozen=True, slots=True, eq=False)
class GainMaps:
    """What became of each pixel; NaN where a pixel does not count.

    Attributes
    ----------
    distances, shares : (3, rows, cols): to improvement, omission and hallucination
    """

    distances: Reals
    shares: Reals


def gain_maps(
    reference: Pixels,
    upsampled: Pixels,
    estimate: Pixels,
    *,
    least_change: float = 0,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> GainMaps:
    """Return maps of improvement, omission and hallucination.

    Parameters
    ----------
    reference, upsampled, estimate : HR, LR on the grid of HR, and SR, (bands, rows, cols)
    least_change : pixels where HR differs from LR by no more (mean over bands) do not count
    """
    images = real_images(reference, upsampled, estimate, mask=mask, nan_policy=nan_policy)
    fine, coarse, made = images.filled
    change = np.abs(coarse - fine).mean(axis=0)
    counted = images.valid & (change > least_change)
    change = np.where(counted, change, np.nan)
    d_im = np.abs(made - fine).mean(axis=0) / change
    d_om = np.abs(made - coarse).mean(axis=0) / change
    beyond = 1 - np.exp(-SHARPNESS * (d_im + d_om - 1))
    invented = np.exp(-DOUBT * d_im * d_om)
    distances = np.stack([d_im + d_om * beyond, d_om + d_im * beyond, invented])
    weights = np.exp(-distances / TEMPERATURE)
    return GainMaps(distances, weights / weights.sum(axis=0))


def _share(maps: GainMaps, which: int) -> float:
    share = maps.shares[which]
    counted = np.isfinite(share)
    return float(share[counted].mean()) if counted.any() else math.nan


@metric(better="higher", source=f"share of improvement; {MAP_SOURCE}", span=(0, 1))
def improvement(
    reference: Pixels,
    upsampled: Pixels,
    estimate: Pixels,
    *,
    least_change: float = 0,
    mask: Mask | None = None,
) -> float:
    """How much of the change that the reference shows was made; 0.787 for the reference itself."""
    maps = gain_maps(reference, upsampled, estimate, least_change=least_change, mask=mask)
    return _share(maps, 0)


@metric(better="lower", source=f"share of omission; {MAP_SOURCE}", span=(0, 1))
def omission(
    reference: Pixels,
    upsampled: Pixels,
    estimate: Pixels,
    *,
    least_change: float = 0,
    mask: Mask | None = None,
) -> float:
    """How much of the change that the reference shows was left out; 0.787 for the input itself."""
    maps = gain_maps(reference, upsampled, estimate, least_change=least_change, mask=mask)
    return _share(maps, 1)


@metric(better="lower", source=f"share of hallucination; {MAP_SOURCE}", span=(0, 1))
def hallucination(
    reference: Pixels,
    upsampled: Pixels,
    estimate: Pixels,
    *,
    least_change: float = 0,
    mask: Mask | None = None,
) -> float:
    """How much was made that neither the input nor the reference shows."""
    maps = gain_maps(reference, upsampled, estimate, least_change=least_change, mask=mask)
    return _share(maps, 2)


@metric(
    better="lower",
    source="the result brought back to the input's grid (box mean, else `degrade`) against the "
    "input: mean absolute error (the value), spectral angle in deg, mean difference of each band",
    span=(0, math.inf),
    window="one low-resolution pixel",
    masks="mask of the low-resolution grid, or of the fine one: then pixels of valid fine pixels "
    "alone count",
    main="mae",
)
def lr_consistency(
    low_resolution: Pixels,
    estimate: Pixels,
    *,
    degrade: Callable[[Pixels], Pixels] | None = None,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> dict[str, float]:
    """Whether a super-resolved image still says what its input said: mae, sam_deg, bias_N.

    Raises
    ------
    InputError
        If the sizes are no whole multiple of each other.
    """
    made = estimate[np.newaxis] if estimate.ndim == 2 else estimate
    rows, cols = low_resolution.shape[-2:]
    coarse = _box_mean(made, rows, cols) if degrade is None else degrade(made)
    if mask is not None and mask.shape != (rows, cols):
        mask = _box_mean(mask[np.newaxis], rows, cols)[0] == 1
    images = real_images(low_resolution, coarse, mask=mask, nan_policy=nan_policy)
    if not images.has_any:
        return {"mae": math.nan}
    first, second = images.values
    found = {"mae": float(np.abs(second - first).mean())}
    if len(first) > 1:
        found["sam_deg"] = _angle_deg(first, second)
    bias = (second - first).mean(axis=1)
    return found | {f"bias_{band}": float(value) for band, value in enumerate(bias, 1)}


def _box_mean(image: Pixels, rows: int, cols: int) -> Reals:
    bands, high_rows, high_cols = image.shape
    if high_rows % rows or high_cols % cols:
        raise InputError(
            f"{high_rows} x {high_cols} px are no whole multiple of {rows} x {cols} px; give the "
            "degradation of the data set."
        )
    blocks = image.reshape(bands, rows, high_rows // rows, cols, high_cols // cols)
    return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float64))


def _angle_deg(first: Reals, second: Reals) -> float:
    norms = np.linalg.norm(first, axis=0), np.linalg.norm(second, axis=0)
    lit = (norms[0] > 0) & (norms[1] > 0)
    if not lit.any():
        return math.nan
    u, v = first[:, lit] / norms[0][lit], second[:, lit] / norms[1][lit]
    angle = 2 * np.arctan2(np.linalg.norm(u - v, axis=0), np.linalg.norm(u + v, axis=0))
    return math.degrees(float(angle.mean()))
