"""Precision, recall, density and coverage of features, by nearest neighbours."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.metrics.features import feature_pair
from satstudio.metrics.score import metric

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
ROWS = 512
SPACE = "in the named feature space; depends on n of both sets"
FINITE = "rows with a value that is not finite are refused"


@metric(
    better="higher",
    source="share of b within the distance of the k-th neighbour of some a (Kynkaanniemi 2019), "
    f"{SPACE}",
    span=(0, 1),
    window="k nearest neighbours",
    masks=FINITE,
)
def precision(features_a: Pixels, features_b: Pixels, *, k: int = 3) -> float:
    """Share of generated features (b) that lie in the manifold of the real ones (a)."""
    a, b = feature_pair(features_a, features_b)
    return _share_inside(a, b, k)


@metric(
    better="higher",
    source="share of a within the distance of the k-th neighbour of some b (Kynkaanniemi 2019), "
    f"{SPACE}",
    span=(0, 1),
    window="k nearest neighbours",
    masks=FINITE,
)
def recall(features_a: Pixels, features_b: Pixels, *, k: int = 3) -> float:
    """Share of real features (a) that lie in the manifold of the generated ones (b)."""
    a, b = feature_pair(features_a, features_b)
    return _share_inside(b, a, k)


@metric(
    better="higher",
    source="mean over b of how many balls around a, to the k-th neighbour, hold it, over k "
    f"(Naeem 2020), {SPACE}",
    span=(0, float("inf")),
    window="k nearest neighbours",
    masks=FINITE,
)
def density(features_a: Pixels, features_b: Pixels, *, k: int = 5) -> float:
    """How densely generated features (b) lie among the real ones (a); about 1 if alike."""
    a, b = feature_pair(features_a, features_b)
    radii = _radii(a, k)
    inside = sum(int(_is_in_ball(part, radii[rows]).sum()) for rows, part in _distances(a, b))
    return inside / (k * len(b))


@metric(
    better="higher",
    source="share of the balls around a, to the k-th neighbour, that hold some b (Naeem 2020), "
    f"{SPACE}",
    span=(0, 1),
    window="k nearest neighbours",
    masks=FINITE,
)
def coverage(features_a: Pixels, features_b: Pixels, *, k: int = 5) -> float:
    """Share of real features (a) with a generated one (b) near."""
    a, b = feature_pair(features_a, features_b)
    radii = _radii(a, k)
    met = [_is_in_ball(part, radii[rows]).any(axis=1) for rows, part in _distances(a, b)]
    return float(np.concatenate(met).mean())


def _share_inside(manifold: Reals, points: Reals, k: int) -> float:
    radii = _radii(manifold, k)
    inside = np.zeros(len(points), bool)
    for rows, part in _distances(manifold, points):
        inside |= (part <= radii[rows, np.newaxis]).any(axis=0)
    return float(inside.mean())


def _is_in_ball(squares: Reals, radii: Reals) -> npt.NDArray[np.bool_]:
    """Tell which squared distances lie inside; a copy of the centre always does."""
    return np.asarray((squares < radii[:, np.newaxis]) | (squares == 0))


def _radii(points: Reals, k: int) -> Reals:
    """Squared distance of each point to its k-th nearest other one."""
    if not 1 <= k < len(points):
        raise InputError(f"{len(points)} features have no {k} neighbours each; choose a smaller k.")
    found = [np.partition(part, k, axis=1)[:, k] for _, part in _distances(points, points)]
    return np.concatenate(found)


def _distances(first: Reals, second: Reals) -> Iterator[tuple[slice, Reals]]:
    """Squared distances of some rows of `first` to all of `second`; equal rows have exactly 0."""
    middle = first.mean(axis=0)
    a, b = first - middle, second - middle
    square_a, square_b = (a**2).sum(axis=1), (b**2).sum(axis=1)
    for start in range(0, len(a), ROWS):
        rows = slice(start, start + ROWS)
        squares = square_a[rows, np.newaxis] + square_b - 2 * a[rows] @ b.T
        scale = square_a[rows, np.newaxis] + square_b
        yield rows, np.where(squares <= 1e-13 * scale, 0.0, squares)
