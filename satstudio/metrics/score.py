"""METRICS, @metric, score(reference, estimate, names, **known)."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.plugins import Registry
from satstudio.core.raster import Mask, Raster

Pixels = npt.NDArray[Any]
Better = Literal["higher", "lower", "zero", "one", "none"]
"""Which value is best; none: a description, not a judgement."""

Function = TypeVar("Function", bound=Callable[..., float])
PAIRS = {"reference": 0, "estimate": 1, "first": 0, "second": 1, "image": 1}
"""Which of (reference, estimate) an image of this name is."""


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with all that it needs to be understood.

    Attributes
    ----------
    n : how many pixels (of rasters) or patches (of patch arrays) it was measured on
    data_range : the range that its definition used, where it has one
    """

    value: float
    unit: str
    better: Better
    definition: str
    data_range: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure and what its signature says of it.

    Attributes
    ----------
    images : positional names: the images that it wants
    parameters : keyword-only names: what defines it
    required : those of them that have no default
    """

    id: str
    function: Callable[..., float]
    unit: str
    better: Better
    source: str
    definition: str
    images: tuple[str, ...]
    parameters: tuple[str, ...]
    required: tuple[str, ...]

    def measure(
        self, reference: Pixels, estimate: Pixels, mask: Mask | None, known: Mapping[str, Any]
    ) -> float:
        """Return the value for two arrays; passes on what the signature names.

        Raises
        ------
        InputError
            If the metric wants other images, or a parameter that is not known.
        """
        if not set(self.images) <= PAIRS.keys():
            wanted = ", ".join(self.images)
            raise InputError(f"Metric {self.id} wants {wanted}, not a reference and an estimate.")
        given = {**known, "mask": mask}
        missing = [name for name in self.required if given.get(name) is None]
        if missing:
            raise InputError(f"Metric {self.id} needs {', '.join(missing)}; there is no default.")
        images = [(reference, estimate)[PAIRS[name]] for name in self.images]
        return float(self.function(*images, **_named(given, self.parameters)))

    def score(self, value: float, n: int, known: Mapping[str, Any]) -> Score:
        """Return a value as a Score, with this metric's unit and definition."""
        used = ", ".join(f"{name} {known[name]}" for name in self.parameters if name in known)
        definition = f"{self.definition} ({used})" if used else self.definition
        has_range = "data_range" in self.parameters and "data_range" in known
        data_range = float(known["data_range"]) if has_range else None
        return Score(value, self.unit, self.better, definition, data_range, n)


METRICS: Registry[Metric] = Registry("satstudio.metrics.measures", "metric")


def metric(*, unit: str, better: Better, source: str) -> Callable[[Function], Function]:
    """Register a function as the metric of its own name.

    Its positional arguments are images (`reference, estimate`; `first, second`; `image`), arrays
    (bands, rows, cols) or patches (n, rows, cols); keyword-only ones are its parameters, `mask`
    among them where it takes one. The docstring's first line and `source` are its definition.
    """

    def register(function: Function) -> Function:
        known = inspect.signature(function).parameters.values()
        keywords = [item for item in known if item.kind is item.KEYWORD_ONLY]
        summary = (inspect.getdoc(function) or "").partition("\n")[0].rstrip(".")
        METRICS.add(
            function.__name__,
            Metric(
                id=function.__name__,
                function=function,
                unit=unit,
                better=better,
                source=source,
                definition=f"{summary}: {source}",
                images=tuple(item.name for item in known if item.kind is not item.KEYWORD_ONLY),
                parameters=tuple(item.name for item in keywords),
                required=tuple(item.name for item in keywords if item.default is item.empty),
            ),
        )
        return function

    return register


def score(
    reference: Raster,
    estimate: Raster,
    names: Sequence[str],
    **known: Any,  # noqa: ANN401 - the parameters of any metric
) -> dict[str, Score]:
    """Score an estimate where both images have data; checks here, none in the measures.

    The measures see NaN where either has none, and `mask` if they take one.

    Raises
    ------
    GridMismatchError
        If size, bands or kind of pixels differ.
    InputError
        If a metric is unknown or misses a parameter.
    """
    _check_pair(reference, estimate)
    mask = reference.valid & estimate.valid
    for raster in (reference, estimate):
        mask = mask & np.isfinite(raster.pixels).all(axis=0)
    images = [_where(raster.pixels, mask) for raster in (reference, estimate)]
    n = int(mask.sum())
    found = {}
    for name in names:
        one = METRICS[name]
        value = one.measure(images[0], images[1], mask, known) if n else float("nan")
        found[name] = one.score(value, n, known)
    return found


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
        value = one.measure(first, second, None, known) if n else float("nan")
        found[name] = one.score(value, n, known)
    return found


def _check_pair(reference: Raster, estimate: Raster) -> None:
    first, second = reference.pixels.shape, estimate.pixels.shape
    if first != second:
        raise GridMismatchError(
            f"The reference has (bands, rows, cols) {first}, the estimate {second}."
        )
    if reference.grid != estimate.grid:
        raise GridMismatchError(
            "The two images have one size but do not lie on the same ground; align them first."
        )
    if reference.is_complex != estimate.is_complex:
        raise GridMismatchError("One image is complex, the other is not; compare their amplitudes.")


def _where(pixels: Pixels, mask: Mask) -> Pixels:
    wide = pixels.astype(np.complex128 if np.iscomplexobj(pixels) else np.float64)
    return np.where(mask, wide, np.nan)


def _named(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name) is not None}
