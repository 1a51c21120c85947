"""METRICS, @metric, score(reference, estimate, names, **known)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.plugins import Registry
from satstudio.core.quantity import QUANTITIES, is_radar, title_of
from satstudio.core.raster import Mask, Raster
from satstudio.metrics.card import Better, Metric, Pixels, Score, Span, card_of
from satstudio.metrics.suits import UNLISTED, Suits
from satstudio.metrics.tiled import Tiled

__all__ = ["METRICS", "Better", "Metric", "Score", "metric", "one_column", "score", "score_patches"]

Function = TypeVar("Function", bound=Callable[..., Any])
KINDS = {"power": "intensity", "amplitude": "amplitude", "complex": "complex"}
"""What the pixels of a family of quantities are to a metric that asks for their `kind`."""

METRICS: Registry[Metric] = Registry("satstudio.metrics.measures", "metric")


def metric(  # noqa: PLR0913 - a card has this many lines
    *,
    better: Better,
    unit: str = "",
    source: str = "",
    span: Span = (-np.inf, np.inf),
    window: str = "",
    masks: str = "",
    main: str = "",
    left_out: Callable[..., int] | None = None,
    tiled: Tiled | None = None,
    suits: Suits = UNLISTED,
) -> Callable[[Function], Function]:
    """Register a function as the metric of its own name.

    Its positional arguments are images (`reference, estimate`; `first, second`; `image`), arrays
    (bands, rows, cols) or patches (n, rows, cols); keyword-only ones are its parameters, `mask`
    among them where it takes one. The docstring's first line and `source` are its definition. It
    returns a number, several by name (`main` is its value) or one a band (their mean is).
    `left_out` counts, for the note, the valid values that the definition leaves out. `tiled` says
    how it is added up over tiles, `suits` which comparisons of scenes have it.
    """

    def register(function: Function) -> Function:
        card = card_of(
            function,
            unit=unit,
            better=better,
            source=source,
            span=span,
            window=window,
            masks=masks,
            main=main,
            left_out=left_out,
            tiled=tiled,
            suits=suits,
        )
        METRICS.add(card.id, card)
        return function

    return register


def score(
    reference: Raster,
    estimate: Raster,
    names: Sequence[str],
    **known: Any,  # noqa: ANN401 - the parameters of any metric
) -> dict[str, Score]:
    """Score an estimate where both images have data; checks here, none in the measures.

    The measures see NaN where either has none, and `mask` if they take one. Of `known`, `mask`
    (rows, cols) narrows the pixels that count, and `nan_policy` "raise" refuses values that are
    not finite where both claim data (default: they do not count, and the note says how many).

    Raises
    ------
    GridMismatchError
        If size, bands, kind of pixels or quantity differ.
    InputError
        If a metric is unknown or misses a parameter.
    """
    check_pair(reference, estimate)
    mask, broken = counted(reference, estimate, known)
    note = said_of(Counts(mask.size, int(mask.sum()), int(broken.sum())), known)
    n = int(mask.sum())
    found = {}
    for name in names:
        one = METRICS[name]
        known = of_kind(one, reference, known)
        values = _measured(one, (reference, estimate), mask, known) if n else {}
        out = (
            one.left_out(reference.pixels, estimate.pixels, mask)
            if one.left_out is not None and n
            else 0
        )
        found[name] = replace(one.score(values, n, known), note=with_left_out(note, out))
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pixels there are, how many of them count, how many are not finite."""

    size: int = 0
    n: int = 0
    broken: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.size + other.size, self.n + other.n, self.broken + other.broken)


def of_kind(one: Metric, reference: Raster, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with what the pixels are; refuses what is not linear power."""
    if is_radar(reference.quantity) and reference.quantity != "db":
        return {"kind": KINDS[QUANTITIES[reference.quantity].family], **known}
    if "kind" in one.parameters and "kind" not in known and reference.quantity != "dn":
        raise InputError(
            f"Metric {one.id} is for linear values of radar; these are "
            f"{title_of(reference.quantity)}."
        )
    return dict(known)


def said_of(counts: Counts, known: Mapping[str, Any]) -> str:
    """Return what is to be said of pixels that do not count; refuses broken ones if asked to."""
    if counts.broken and known.get("nan_policy") == "raise":
        raise InputError(
            f"{counts.broken} pixels are not finite; mask them, or let nan_policy be 'omit'."
        )
    out = counts.size - counts.n
    parts = [f"{out} of {counts.size} pixels do not count"] if out else []
    parts += [f"{counts.broken} of them are not finite"] if counts.broken else []
    return "; ".join(parts)


def with_left_out(note: str, out: int) -> str:
    """Return a note that says how many valid values a definition leaves out."""
    more = f"{out} valid values do not count by definition" if out else ""
    return "; ".join(filter(None, (note, more)))


def score_patches(
    first: Pixels,
    second: Pixels,
    names: Sequence[str],
    **known: Any,  # noqa: ANN401 - the parameters of any metric
) -> dict[str, Score]:
    """Score patches (n, ..., rows, cols) against others; n is the smaller number of patches."""
    n = min(len(first), len(second))
    found = {}
    for name in names:
        one = METRICS[name]
        values = one.measure(first, second, None, known) if n else {}
        found[name] = one.score(values, n, known)
    return found


def one_column(scores: Sequence[Score]) -> tuple[str, str, float | None]:
    """Return the definition, unit and data range that all figures of a column share.

    Raises
    ------
    InputError
        If two differ, or there is none: such numbers must not stand in one column.
    """
    columns = list(dict.fromkeys(score.column for score in scores))
    if not columns:
        raise InputError("A column needs at least one score.")
    if len(columns) > 1:
        first, other = columns[:2]
        raise InputError(
            f"Numbers of different definitions cannot share a column: '{first[0]}' [{first[1]}] "
            f"and '{other[0]}' [{other[1]}]; give each a column of its own."
        )
    return columns[0]


def _measured(
    one: Metric, pair: tuple[Raster, Raster], mask: Mask, known: Mapping[str, Any]
) -> dict[str, float]:
    """Measure a pair; a metric that moves one image over the other gets the mask of each."""
    if "estimate_mask" not in one.parameters:
        first, second = (_where(raster.pixels, mask) for raster in pair)
        return one.measure(first, second, mask, {**known, "mask": mask})
    valid = [raster.valid & np.isfinite(raster.pixels).all(axis=0) for raster in pair]
    if known.get("mask") is not None:
        valid[0] = valid[0] & np.asarray(known["mask"]).astype(bool)
    first, second = (_where(raster.pixels, own) for raster, own in zip(pair, valid, strict=True))
    return one.measure(
        first, second, valid[0], {**known, "mask": valid[0], "estimate_mask": valid[1]}
    )


def counted(reference: Raster, estimate: Raster, known: Mapping[str, Any]) -> tuple[Mask, Mask]:
    """Return the pixels that count, and those that claim data but are not finite."""
    mask = reference.valid & estimate.valid
    asked = known.get("mask")
    if asked is not None:
        if np.shape(asked) != mask.shape:
            raise GridMismatchError(
                f"The mask has (rows, cols) {np.shape(asked)}, the images have {mask.shape}."
            )
        mask = mask & np.asarray(asked).astype(bool)
    finite = np.isfinite(reference.pixels).all(axis=0) & np.isfinite(estimate.pixels).all(axis=0)
    return mask & finite, mask & ~finite


def check_pair(reference: Raster, estimate: Raster) -> None:
    """Raise GridMismatchError where two images cannot be compared."""
    if "class" in (reference.quantity, estimate.quantity):
        raise InputError("Numbers of classes are names; no metric of pixels fits them.")
    first, second = reference.pixels.shape, estimate.pixels.shape
    if first != second:
        raise GridMismatchError(
            f"The reference has (bands, rows, cols) {first}, the estimate {second}."
        )
    apart = reference.grid.apart(estimate.grid)
    if apart:
        raise GridMismatchError(
            f"The two images do not lie on the same ground: {apart}; align them."
        )
    if reference.is_complex != estimate.is_complex:
        raise GridMismatchError("One image is complex, the other is not; compare their amplitudes.")
    quantities = {reference.quantity, estimate.quantity} - {"dn"}
    if len(quantities) > 1:
        raise GridMismatchError(
            f"The reference holds {reference.quantity}, the estimate {estimate.quantity}; bring "
            "them to one quantity first."
        )


def _where(pixels: Pixels, mask: Mask) -> Pixels:
    wide = pixels.astype(np.complex128 if np.iscomplexobj(pixels) else np.float64)
    return np.where(mask, wide, np.nan)
