"""scaled, unscaled, fit_scaling: the formulas of scalings; their numbers: core/scaling.py."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.scaling import Scaling, ScalingKind

Values = npt.NDArray[Any]

LN10 = math.log(10)
LARGEST = float(np.finfo(np.float32).max) / 4
PAPER_GAIN, PAPER_EPS = 0.4, 1e-5
STRAIGHT: tuple[ScalingKind, ...] = ("linear", "range")
"""Scalings of real data with a gain and an offset."""

RANGE_PERCENT = (0.1, 99.9)
"""Of the values, become -1 and 1: a few bright points do not make all else dark."""


def scaled(values: Values, scaling: Scaling) -> Values:
    """Return `values` in the network's numbers: complex64 of complex, float32 of real."""
    if scaling.kind in STRAIGHT:
        return _narrow(values * scaling.gain + scaling.offset)
    if scaling.kind == "unit_power":
        return _narrow(values * scaling.gain)
    modulus = np.abs(values).astype(np.float64)
    if scaling.kind == "log_amplitude":
        return _with_modulus(values, modulus, np.log1p(modulus / scaling.eps) * _log_gain(scaling))
    return _with_modulus(values, modulus, np.log(modulus + scaling.eps) * _log_gain(scaling))


def scaled_into(values: Values, scaling: Scaling, into: Values) -> None:
    """Put what `scaled` gives of real values into an array of float32, where it can be in place."""
    if scaling.kind in STRAIGHT and values.dtype == into.dtype == np.float32:
        np.multiply(values, np.float32(scaling.gain), out=into)
        into += np.float32(scaling.offset)
    else:
        into[:] = scaled(values, scaling)


def unscaled(values: Values, scaling: Scaling) -> Values:
    """Undo `scaled`; what would not fit float32 is held at about its largest number."""
    if scaling.kind in STRAIGHT:
        return _narrow((values - scaling.offset) / scaling.gain)
    if scaling.kind == "unit_power":
        return _narrow(values / scaling.gain)
    modulus = np.abs(values).astype(np.float64)
    exponent = modulus / _log_gain(scaling)
    if scaling.kind == "log_amplitude":
        highest = math.log(LARGEST / scaling.eps)
        return _with_modulus(values, modulus, scaling.eps * np.expm1(np.minimum(exponent, highest)))
    if scaling.offset < 0:
        return _with_modulus(values, modulus, scaling.eps - np.exp(-exponent))
    return _with_modulus(
        values, modulus, np.exp(np.minimum(exponent, math.log(LARGEST))) - scaling.eps
    )


def fit_scaling(kind: ScalingKind, sample: Values) -> Scaling:
    """Fit a scaling to samples of the training data; values that are not finite do not count.

    Raises
    ------
    InputError
        If nothing is finite, or all is zero (or, for `linear` and `range`, equal).
    """
    finite = sample[np.isfinite(sample)]
    modulus = np.abs(finite).astype(np.float64)
    if not modulus.any():
        raise InputError("The samples are all zero or without data; choose other patches.")
    if kind == "unit_power":
        return Scaling(kind=kind, gain=float(1 / np.sqrt(np.mean(np.square(modulus)))))
    if kind in STRAIGHT:
        return _fitted_straight(kind, finite)
    median = float(np.median(modulus[modulus > 0]))
    if kind == "log_amplitude":
        return Scaling(kind=kind, gain=PAPER_GAIN, eps=0.1 * median)
    return Scaling(kind=kind, gain=PAPER_GAIN, eps=PAPER_EPS, offset=-1.0 if median < 1 else 1.0)


def _fitted_straight(kind: ScalingKind, values: Values) -> Scaling:
    if np.iscomplexobj(values):
        raise InputError(f"Scaling '{kind}' is for real data; take log_amplitude or unit_power.")
    deviation = float(np.std(values, dtype=np.float64))
    if deviation == 0:
        raise InputError("The samples are all equal; choose other patches.")
    if kind == "range":
        return _fitted_range(values.astype(np.float64))
    mean = float(np.mean(values, dtype=np.float64))
    return Scaling(kind="linear", gain=1 / deviation, offset=-mean / deviation)


def _fitted_range(values: Values) -> Scaling:
    """Fit to percentiles, or to the ends where those are equal, as of few bright points."""
    low, high = np.percentile(values, RANGE_PERCENT)
    if low == high:
        low, high = values.min(), values.max()
    return Scaling.of_range(float(low), float(high))


def _log_gain(scaling: Scaling) -> float:
    return scaling.gain / LN10


def _with_modulus(values: Values, old: Values, new: Values) -> Values:
    """Give `values` new moduli (negative: opposite side); where the old one is 0, phase is 0."""
    is_zero = old == 0
    unit = np.where(is_zero, 1, values) / np.where(is_zero, 1, old)
    return _narrow(unit * new)


def _narrow(values: Values) -> Values:
    kind = np.complex64 if np.iscomplexobj(values) else np.float32
    return np.asarray(values).astype(kind, copy=False)
