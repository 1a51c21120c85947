"""non_local_means, total_variation: filters of the logarithm of intensity, as functions of arrays.

The logarithm turns speckle into added noise of one strength (Arsenault and April 1976, "Properties
of speckle integrated with a finite aperture and logarithmically transformed", J. Opt. Soc. Am. 66):
of L looks its mean is psi(L) - ln L, its variance psi'(L). The mean is taken off, so that a uniform
area keeps its power. `strength` counts in standard deviations of that noise and is free of looks.

Both take linear power as (..., rows, cols). A value that is not finite has no data: it is NaN in
the answer. The logarithm of 0 does not exist: zeros count as holes too. Before filtering, holes are
filled with the mean logarithm around them, so that they cost no neighbour and darken none; a zero
gets the restored value where most pixels around it have power, and stays 0 inside a block of zeros.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.pixels.strips import in_strips

Power = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

PATCH_PX, SEARCH_PX = 7, 11
"""Non-local means: side of the squares that are compared; how far away they are looked for."""

ITERATIONS = 100
"""Of total variation; on synthetic scenes 200 change the PSNR by less than .4 dB."""

NLM_STRENGTH, TV_STRENGTH = 0.6, 1.4
"""Largest mean PSNR on nine synthetic scenes of one look (3 spectra, fields, fractal, roads)."""

FILL_PX = (7, 31)
"""Windows in which the value of a hole is looked for, one after the other."""

NLM_REACH_PX = SEARCH_PX + PATCH_PX // 2 + FILL_PX[-1] // 2
TV_REACH_PX = ITERATIONS + FILL_PX[-1] // 2
"""How far a pixel's answer depends on others: an iteration carries news one pixel further."""

STRIP_ROWS = 256
LARGEST_HOLE_SHARE = 0.5


def non_local_means(
    power: Power, looks: float = 1.0, strength: float | None = None, threads: int = 1
) -> Floats:
    """Average the logarithm over pixels whose surroundings look the same.

    Buades, Coll, Morel 2005, "A non-local algorithm for image denoising", CVPR, in the fast form of
    Darbon et al. 2008; what the noise itself adds to the distance of two squares is taken off.

    Parameters
    ----------
    power : (..., rows, cols) linear power
    looks : of the speckle, above 0
    strength : h in standard deviations of the noise; None: `NLM_STRENGTH`
    """
    from skimage.restoration import denoise_nl_means  # lazy: only this filter needs it

    noise = log_speckle(looks)[1]
    cut = _strength(strength, NLM_STRENGTH) * noise

    def plane(level: Doubles) -> Doubles:
        # sums over squares are differences of running sums: float32 is too coarse for them
        found: Doubles = denoise_nl_means(
            level, patch_size=PATCH_PX, patch_distance=SEARCH_PX, h=cut, sigma=noise
        )
        return found

    def strip(level: Power, good: Mask) -> Floats:
        return _by_plane(plane, level).astype(np.float32)

    reach = SEARCH_PX + PATCH_PX // 2
    return _in_log(
        lambda level: in_strips(
            strip, level, np.ones(level.shape, bool), reach, threads, STRIP_ROWS
        ),
        power,
        looks,
    )


def total_variation(
    power: Power, looks: float = 1.0, strength: float | None = None, threads: int = 1
) -> Floats:
    """Find the image of least total variation close to the logarithm.

    Rudin, Osher, Fatemi 1992, Physica D 60, by the steps of Chambolle 2004, "An algorithm for total
    variation minimization and applications", J. Math. Imaging and Vision 20. The number of steps is
    fixed, so that the answer of a tile is that of the scene.

    Parameters
    ----------
    power : (..., rows, cols) linear power
    looks : of the speckle, above 0
    strength : weight in standard deviations of the noise; None: `TV_STRENGTH`
    threads : takes one
    """
    from skimage.restoration import denoise_tv_chambolle  # lazy: only this filter needs it

    weight = _strength(strength, TV_STRENGTH) * log_speckle(looks)[1]

    def plane(level: Doubles) -> Floats:
        found: Floats = denoise_tv_chambolle(  # type: ignore[no-untyped-call]
            level.astype(np.float32), weight=weight, eps=0, max_num_iter=ITERATIONS
        )
        return found

    return _in_log(lambda level: _by_plane(plane, level), power, looks)


def log_speckle(looks: float) -> tuple[float, float]:
    """Return mean and standard deviation of the natural logarithm of speckle of mean 1."""
    if not looks > 0:
        raise InputError(f"Looks must be above 0, not {looks:g}.")
    from scipy.special import polygamma, psi  # lazy: only filters need it

    return float(psi(looks) - np.log(looks)), float(np.sqrt(polygamma(1, looks)))


def _in_log(function: Callable[[Doubles], Power], power: Power, looks: float) -> Floats:
    """Filter the logarithm; what is no data is put back."""
    has_data = np.isfinite(power)
    good: Mask = has_data & (power > 0)
    if not good.any():
        return np.where(has_data, 0, np.nan).astype(np.float32)
    level = np.log(power, where=good, out=np.zeros(power.shape, np.float64))
    level, share = _filled(level, good)
    with np.errstate(over="ignore"):
        found = np.exp(function(level) - log_speckle(looks)[0]).astype(np.float32)
    is_dark = ~good & (share < 1 - LARGEST_HOLE_SHARE)
    return np.where(has_data, np.where(is_dark, 0, found), np.nan).astype(np.float32)


def _filled(level: Doubles, good: Mask) -> tuple[Doubles, Doubles]:
    """Return the image with its holes filled, and the share of data in the smallest window.

    Inside large holes the mean of the image stands; no pixel with data reaches so far.
    """
    from scipy.ndimage import uniform_filter1d  # lazy: only filters need it

    def mean(values: Doubles, window: int) -> Doubles:
        down = uniform_filter1d(values, window, axis=-2, mode="mirror")
        found: Doubles = uniform_filter1d(down, window, axis=-1, mode="mirror")
        return found

    if good.all():
        return level, np.ones_like(level)
    shares = [mean(good.astype(np.float64), window) for window in FILL_PX]
    filled = np.where(good, level, level[good].mean())
    for window, share in reversed(list(zip(FILL_PX, shares, strict=True))):
        is_near = ~good & (share > 0.5 / window**2)  # half a pixel: running sums leave crumbs
        local = mean(level, window) / np.where(is_near, share, 1)
        filled = np.where(is_near, local, filled)
    return filled, shares[0]


def _by_plane(function: Callable[[Any], Power], level: Power) -> Power:
    """Return what a function of (rows, cols) makes of each plane of (..., rows, cols)."""
    planes = level.reshape(-1, *level.shape[-2:])
    return np.stack([function(plane) for plane in planes]).reshape(level.shape)


def _strength(chosen: float | None, tuned: float) -> float:
    if chosen is None:
        return tuned
    if not chosen > 0:
        raise InputError(f"The strength of a filter must be above 0, not {chosen:g}.")
    return chosen
