"""Metric and Score: a measure with its card, a figure with all that it needs to be understood."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask, Raster
from satstudio.metrics.suits import UNLISTED, Suits
from satstudio.metrics.tiled import Tiled

Pixels = npt.NDArray[Any]
Better = Literal["higher", "lower", "zero", "one", "none"]
"""Which value is best; none: a description, not a judgement."""

Span = tuple[float, float]
"""The smallest and largest value that a metric can have."""

FIRST = ("reference", "first", "image", "noisy")
SECOND = ("estimate", "second", "filtered", "fused")
"""Names of images that are the reference, or the estimate, of a pair."""

UNSAID = {"mask", "estimate_mask", "nan_policy"}
"""Parameters that choose pixels; the rest is part of the definition."""


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with all that it needs to be understood.

    Attributes
    ----------
    value : the figure; of a metric with several, the one that its card names
    definition : what was computed, with the value of every parameter
    data_range : the range that its definition used, where it has one
    n : how many pixels (of rasters), patches or features it was measured on
    note : which pixels did not count, and warnings
    parts : the figures of a metric with several, by name
    """

    value: float
    unit: str
    better: Better
    definition: str
    data_range: float | None
    n: int
    note: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def column(self) -> tuple[str, str, float | None]:
        """What figures must share to stand in one column: definition, unit, data range."""
        return self.definition, self.unit, self.data_range


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure and what its signature and its card say of it.

    Attributes
    ----------
    images : positional names: the images that it wants
    parameters : keyword-only names: what defines it
    required : those of them that have no default
    defaults : the value of the others
    span : smallest and largest value
    window : the pixels that one value of it looks at, in words; empty: each pixel for itself
    masks : what becomes of pixels without data, in words
    main : of a measure with several figures, the name of the one that is its value
    left_out : counts the values that are valid, but that the definition leaves out
    tiled : how it is measured tile by tile; None where it needs the whole at once
    suits : comparisons of scenes that it is for
    """

    id: str
    function: Callable[..., Any]
    unit: str
    better: Better
    source: str
    definition: str
    images: tuple[str, ...]
    parameters: tuple[str, ...]
    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    span: Span = (-math.inf, math.inf)
    window: str = ""
    masks: str = ""
    main: str = ""
    left_out: Callable[..., int] | None = None
    tiled: Tiled | None = None
    suits: Suits = UNLISTED

    @property
    def has_data_range(self) -> bool:
        """Tell whether its value depends on a data range, which then must be said."""
        return "data_range" in self.parameters

    @property
    def is_of_pair(self) -> bool:
        """Tell whether a reference and an estimate are all the images that it wants."""
        return set(self.images) <= {*FIRST, *SECOND}

    def measure(
        self, reference: Pixels, estimate: Pixels, mask: Mask | None, known: Mapping[str, Any]
    ) -> dict[str, float]:
        """Return the figures for two arrays, by name ("" if it has one); passes what it wants.

        Images with other names than those of a pair are taken from `known`.

        Raises
        ------
        InputError
            If an image or a parameter is missing.
        """
        given = {"mask": mask, **known}
        self.check_known(known, mask)
        pair = dict.fromkeys(FIRST, reference) | dict.fromkeys(SECOND, estimate)
        images = [pair[name] if name in pair else _array(known[name]) for name in self.images]
        named = {name: given[name] for name in self.parameters if given.get(name) is not None}
        return figures(self.function(*images, **named))

    def check_known(self, known: Mapping[str, Any], mask: Mask | None) -> None:
        """Raise InputError where an image or a parameter is missing."""
        given = {"mask": mask, **known}
        of_pair = {*FIRST, *SECOND}
        absent = [name for name in self.images if name not in of_pair and known.get(name) is None]
        if absent:
            raise InputError(
                f"Metric {self.id} wants {', '.join(self.images)}; give {', '.join(absent)} too, "
                "for a reference and an estimate are not enough."
            )
        missing = [name for name in self.required if given.get(name) is None]
        if missing:
            raise InputError(f"Metric {self.id} needs {', '.join(missing)}; there is no default.")

    def chosen(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of every parameter: what is known, else its default."""
        given = {name: known[name] for name in self.parameters if known.get(name) is not None}
        return {**self.defaults, **given}

    def score(self, found: Mapping[str, float], n: int, known: Mapping[str, Any]) -> Score:
        """Return figures as a Score, with this metric's unit and definition."""
        used = {
            name: known[name] if known.get(name) is not None else self.defaults.get(name)
            for name in self.parameters
            if name not in UNSAID
        }
        said = ", ".join(
            f"{name} {_text(value)}" for name, value in used.items() if value is not None
        )
        definition = f"{self.definition} ({said})" if said else self.definition
        data_range = used.get("data_range")
        return Score(
            value=self.value_of(found),
            unit=str(used.get("unit", self.unit)),
            better=self.better,
            definition=definition,
            data_range=None if data_range is None else float(data_range),
            n=n,
            parts={name: value for name, value in found.items() if name},
        )

    def value_of(self, found: Mapping[str, float]) -> float:
        """Return the one figure that is the value; the mean where the card names none."""
        if not found:
            return math.nan
        if self.main in found:
            return found[self.main]
        return float(np.mean(list(found.values())))

    def describe(self) -> dict[str, Any]:
        """Return the card as a document."""
        return {
            "id": self.id,
            "definition": self.definition,
            "source": self.source,
            "unit": self.unit,
            "range": list(self.span),
            "better": self.better,
            "data_range": "explicit" if self.has_data_range else "none",
            "window": self.window or "none",
            "masks": self.masks,
            "images": list(self.images),
            "parameters": list(self.parameters),
            "required": list(self.required),
        }


def _array(image: object) -> Pixels:
    """Return the pixels of a Raster, NaN where it has none, or an array as it is."""
    if not isinstance(image, Raster):
        return np.asarray(image)
    dtype = np.complex128 if image.is_complex else np.float64
    return np.where(image.valid, image.pixels.astype(dtype), np.nan)


def _text(value: object) -> str:
    """Write a parameter so that 1 and 1.0 are the same definition."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.12g}" if is_number else str(value)


def figures(result: object) -> dict[str, float]:
    """Return what a measure returned as figures by name: a number, several, or one a band."""
    if isinstance(result, Mapping):
        return {str(name): float(value) for name, value in result.items()}
    values = np.asarray(result, float)
    if values.ndim == 0:
        return {"": float(values)}
    return {str(band): float(value) for band, value in enumerate(values.ravel(), 1)}


def card_of(function: Callable[..., Any], **said: Any) -> Metric:  # noqa: ANN401 - fields of Metric
    """Return a function as a Metric: its name, signature and docstring, and what is said of it."""
    known = inspect.signature(function).parameters.values()
    keywords = [item for item in known if item.kind is item.KEYWORD_ONLY]
    summary = (inspect.getdoc(function) or "").partition("\n")[0].rstrip(".")
    name = getattr(function, "__name__", "metric")
    takes_mask = any(item.name == "mask" for item in keywords)
    default = "mask True = valid; pixels outside do not count" if takes_mask else ""
    return Metric(
        id=name,
        function=function,
        definition=f"{summary}: {said['source']}" if said["source"] else summary,
        images=tuple(item.name for item in known if item.kind is not item.KEYWORD_ONLY),
        parameters=tuple(item.name for item in keywords),
        required=tuple(item.name for item in keywords if item.default is item.empty),
        defaults={item.name: item.default for item in keywords if item.default is not item.empty},
        **{**said, "masks": said["masks"] or default},
    )
