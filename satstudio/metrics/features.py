"""Sets of features: the door of their measures, and what small samples are worth."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
SAME = 1e-6
"""A feature that spreads less than this share of its mean is a constant, not a scale."""

LEAST = 50
"""Fewer images say nothing about a distribution."""


def finite_rows(features: Pixels) -> Reals:
    """Return features (n, d) as float64.

    Raises
    ------
    InputError
        If they are not a table of finite numbers.
    """
    rows = np.asarray(features, np.float64)
    if rows.ndim != 2 or not rows.size:
        raise InputError(f"Features must be (n, d); these have the shape {rows.shape}.")
    if not np.isfinite(rows).all():
        raise InputError(
            "Features must be finite; leave out images that the extractor cannot read."
        )
    return rows


def feature_pair(features_a: Pixels, features_b: Pixels) -> tuple[Reals, Reals]:
    """Return two sets of features of one space, at least two of each, as float64."""
    a, b = finite_rows(features_a), finite_rows(features_b)
    if a.shape[1] != b.shape[1]:
        raise InputError(f"Features of {a.shape[1]} and {b.shape[1]} numbers are of two spaces.")
    if min(len(a), len(b)) < 2:
        raise InputError("A distribution needs at least 2 features a side.")
    return a, b


def sample_warning(n: int, features: int) -> str:
    """Say how far a Fréchet distance of so few samples can be trusted; refuse fewer than 50.

    Raises
    ------
    InputError
        If n is under 50.
    """
    if n < LEAST:
        raise InputError(
            f"{n} images are too few for a distance of features; {LEAST} are the least."
        )
    bias = f"equal distributions would have about {features**2 / (2 * n):.3g}"
    if n < features:
        return f"red: n {n} is below the {features} features; {bias} (unit variance)"
    if n < 10 * features:
        return f"amber: n {n} is below 10 x {features} features; {bias} (unit variance)"
    return ""


def relative(first: Reals, second: Reals) -> tuple[Reals, Reals]:
    """Return both sets' features in standard deviations of the first, from its mean."""
    mean, std = first.mean(axis=0), first.std(axis=0)
    std = np.where(std > SAME * np.abs(mean), std, 1)
    return (first - mean) / std, (second - mean) / std
