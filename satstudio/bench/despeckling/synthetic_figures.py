"""figures_of, points_of, zeros_of, scale_of: what a restored synthetic scene is worth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.bench.despeckling.synthetic_evaluation import PointFigures, SyntheticFigures
from satstudio.bench.despeckling.synthetic_truths import (
    POINT_LEVELS_DB,
    POINT_SPECTRA,
    Place,
    SyntheticTruth,
    point_levels,
    point_scene,
    synthetic_truth,
)
from satstudio.metrics.measures.pixel import psnr

Power = npt.NDArray[Any]
Restore = Callable[[npt.NDArray[np.complex64]], Power]
"""Complex samples (rows, cols) -> linear power, NaN where there is none."""

SCALES = (1e-6, 1e6)
HOLES_PX = (3, 3, 3, 24)
"""Sides of the blocks of zeros, in turn; one every 64 px."""

BESIDE_PX = (3, 8)
"""Results so far from a block of zeros are held to be as without it."""

POINTS, HOLES = 2000, 3000
"""Numbers of the first scene of each kind; those that are evaluated start at 0."""


def figures_of(name: str, setting: str, scene: SyntheticTruth, power: Power) -> SyntheticFigures:
    """Return the figures of linear power (rows, cols) that `name` made of a scene."""
    is_good = scene.is_ground & np.isfinite(power)
    edges = np.quantile(scene.reflectivity[scene.is_ground], (0.25, 0.5, 0.75))
    quarter = np.searchsorted(edges, scene.reflectivity)
    has_points = bool(len(scene.points))
    clutter = scene.is_clutter if has_points else np.zeros_like(is_good)
    expected = scene.ground_power + np.abs(scene.response.astype(np.complex128)) ** 2
    return SyntheticFigures(
        name=name,
        setting=setting,
        spectrum=scene.spectrum,
        ground=scene.ground,
        psnr_db=log_psnr(scene, power),
        power_db=_kept(power, scene.intensity, np.isfinite(power)),
        quartiles_db=tuple(
            _kept(power, scene.intensity, is_good & (quarter == part)) for part in range(4)
        ),
        clutter_db=_kept(power, expected, clutter & np.isfinite(power)) if has_points else None,
        n=int(is_good.sum()),
    )


def log_psnr(scene: SyntheticTruth, power: Power) -> float:
    """Return the PSNR of log intensity on the ground; the range is that of log reflectivity."""
    truth = scene.reflectivity.astype(np.float64)
    good = scene.is_ground & np.isfinite(power)
    wanted = np.log(truth)
    found = np.log(np.maximum(np.where(good, power, truth), truth.min() / 1e4))
    return psnr(wanted[None], found[None], data_range=float(np.ptp(wanted)), mask=good)


def _kept(power: Power, expected: Power, chosen: npt.NDArray[np.bool_]) -> float:
    """Return 10 log10 of the mean over what is expected."""
    if not chosen.any():
        return 0.0
    mean = max(float(power[chosen].astype(np.float64).mean()), np.finfo(float).tiny)
    return float(10 * np.log10(mean / expected[chosen].mean()))


def points_of(name: str, restore: Restore, side_px: int) -> tuple[PointFigures, ...]:
    """Return what is kept of points of 20, 30 and 40 dB, on and between pixels."""
    found = []
    places: tuple[Place, ...] = ("on", "between")
    for number, (spectrum, place) in enumerate(
        (spectrum, place) for spectrum in POINT_SPECTRA for place in places
    ):
        scene = point_scene(spectrum, place, side_px, POINTS + number)
        power = restore(scene.samples)
        windows = [_around(point) for point in scene.points[:, :2]]
        before, after = (
            [image[window] for window in windows] for image in (scene.intensity, power)
        )
        flux, peak = (
            np.array([of(b) / of(a) for a, b in zip(before, after, strict=True)])
            for of in (np.nansum, np.nanmax)
        )
        for level in POINT_LEVELS_DB:
            chosen = point_levels(scene) == level
            found.append(
                PointFigures(
                    name=name,
                    spectrum=spectrum,
                    place=place,
                    level_db=level,
                    n=int(chosen.sum()),
                    flux=float(np.median(flux[chosen])),
                    peak=float(np.median(peak[chosen])),
                )
            )
    return tuple(found)


def zeros_of(restore: Restore, side_px: int) -> tuple[int, float]:
    """Return how many pixels with power zeros cost, and the largest change (dB) beside them."""
    from scipy.ndimage import distance_transform_cdt  # lazy: evaluation only

    scene = synthetic_truth("white", "fields", side_px, HOLES)
    is_hole = np.zeros(scene.samples.shape, bool)
    corners = [(row, col) for row in range(32, side_px, 64) for col in range(32, side_px, 64)]
    for number, (row, col) in enumerate(corners):
        side = HOLES_PX[number % len(HOLES_PX)]
        is_hole[row : row + side, col : col + side] = True
    whole = restore(scene.samples)
    holed = restore(np.where(is_hole, np.complex64(0), scene.samples))
    is_kept = np.isfinite(holed) & (holed > 0)
    away = distance_transform_cdt(~is_hole, metric="chessboard")
    beside = (away >= BESIDE_PX[0]) & (away <= BESIDE_PX[1]) & is_kept
    change = np.abs(10 * np.log10(holed[beside] / whole[beside]))
    return int((~is_kept & ~is_hole).sum()), float(change.max(initial=0.0))


def scale_of(restore: Restore) -> float:
    """Return the largest relative change of the result where the samples are 1e-6 or 1e6 as large.

    Of fields of 128 px with points.
    """
    scene = point_scene(".8 Hamming", "between", 128, POINTS)
    plain = restore(scene.samples).astype(np.float64)
    return max(
        float(np.max(np.abs(found / scale**2 / plain - 1)))
        for scale in SCALES
        for found in [restore(scene.samples * np.float32(scale)).astype(np.float64)]
    )


def _around(point: npt.NDArray[np.float64]) -> tuple[slice, slice]:
    row, col = np.round(point).astype(int)
    return slice(row - 3, row + 4), slice(col - 3, col + 4)
