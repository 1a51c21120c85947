"""figures_of(reference, result): the figures of two rasters that lie on each other."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from satstudio.bench.figures import told_of_mixed, without_mixed
from satstudio.bench.metric_choice import check_fit, usual_names, usual_range
from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.quantity import Quantity, are_comparable, is_radar, title_of
from satstudio.core.raster import Raster
from satstudio.metrics.score import METRICS, Score, score
from satstudio.metrics.uniformity import BlockMeans
from satstudio.scenes.geometry.pair import linear_power

EQUAL = {"ratio_h_over_l": 1.0}
"""Pixels of two scenes on one grid are of one size; ERGAS asks, and others may say otherwise."""


def as_intensity(raster: Raster) -> Raster:
    """Return linear power of a radar raster (complex, amplitude or power); others as they are."""
    if not is_radar(raster.quantity) or raster.quantity == "power":
        return raster
    return replace(raster, pixels=linear_power(raster), quantity="power")


def figures_of(
    reference: Raster,
    result: Raster,
    names: Sequence[str] = (),
    **known: Any,  # noqa: ANN401 - the parameters of any metric
) -> dict[str, Score]:
    """Score a result against the scene it came from, or against a reference.

    Figures of speckle see linear intensity whatever radar rasters hold, and so do all others where
    the two hold different quantities: a complex scene and its restored intensity fit. A metric of
    one image speaks of the result. Without names, the usual figures of the kind are taken. The
    range of bytes is known, that of others only where `data_range` tells it. A usual figure that
    cannot be measured has no value, and its note says why. Looks of an area that
    is not uniform say so in their note; among the usual figures they have no value.

    Raises
    ------
    GridMismatchError
        If the rasters do not lie on each other.
    InputError
        If a metric is unknown or misses a parameter.
    """
    known = {"data_range": usual_range(reference)} | known
    known = {name: value for name, value in known.items() if value is not None}
    chosen = tuple(names) or usual_names(reference, known)
    check_quantities(reference.quantity, result.quantity)
    _check_shapes(reference, result)
    pair = reference, result
    power = as_intensity(reference), as_intensity(result)
    found: dict[str, Score] = {}
    for name in chosen:
        try:
            found |= score(*seen_by(name, pair, power), [name], **known)
        except InputError as error:
            if names or isinstance(error, GridMismatchError):
                raise
            found[name] = replace(METRICS[name].score({}, 0, known), note=str(error))
    counted = reference.valid & result.valid & known.get("mask", True)
    means = BlockMeans.of(power[0].pixels, counted)
    found = told_of_mixed(found, means, known_looks(reference.is_complex))
    return found if names else without_mixed(found)


def chosen_figures(
    reference: Raster, result: Raster, names: Sequence[str], data_range: float | None
) -> dict[str, Score]:
    """Return the figures that a user chose; of one that cannot be measured, the reason as note."""
    found: dict[str, Score] = {}
    for name in names:
        known = {**EQUAL, "data_range": data_range}
        try:
            check_fit((name,), reference, "the scene")
            found |= figures_of(reference, result, [name], **known)
        except InputError as error:
            found[name] = replace(METRICS[name].score({}, 0, known), note=str(error))
    return without_mixed(found)


def own_figures(raster: Raster) -> dict[str, Score]:
    """Return what can be said of the first scene alone."""
    if not is_radar(raster.quantity):
        return {}
    power = as_intensity(raster)
    found = score(power, power, ["enl"])
    means = BlockMeans.of(power.pixels, raster.valid)
    return without_mixed(told_of_mixed(found, means, known_looks(raster.is_complex)))


def known_looks(is_complex: bool) -> float | None:
    """Return the looks of speckle where they are known: one of complex samples."""
    return 1.0 if is_complex else None


def check_quantities(reference: Quantity, result: Quantity) -> None:
    """Refuse values that stay apart as power too, as sigma0 and gamma0."""
    if not are_comparable(reference, result):
        raise GridMismatchError(
            f"The reference holds {title_of(reference)}, the other {title_of(result)}; bring them "
            "to one quantity first."
        )


def seen_by(
    name: str, pair: tuple[Raster, Raster], power: tuple[Raster, Raster]
) -> tuple[Raster, Raster]:
    """Return what a metric sees: pixels or their power; of one image, the result twice."""
    is_power = METRICS[name].suits.sees_power or not _are_alike(*pair)
    first, second = power if is_power else pair
    return (second, second) if METRICS[name].images == ("image",) else (first, second)


def _are_alike(first: Raster, second: Raster) -> bool:
    """Tell whether two rasters hold one quantity, as far as they say."""
    is_plain = "dn" in (first.quantity, second.quantity)
    is_same = is_plain or first.quantity == second.quantity
    return is_same and first.is_complex == second.is_complex


def _check_shapes(first: Raster, second: Raster) -> None:
    if first.pixels.shape != second.pixels.shape:
        raise GridMismatchError(
            f"The first has (bands, rows, cols) {first.pixels.shape}, the other "
            f"{second.pixels.shape}; compare scenes on the same grid."
        )
