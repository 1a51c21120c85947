"""Drawn samples: what the worker wrote, as images in any view; made off the GUI thread."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from satstudio.core.errors import InputError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Quantity, Raster
from satstudio.gui.picture_view import image_of
from satstudio.render.picture import patch_pictures
from satstudio.render.statistics import statistics_of
from satstudio.render.style import VIEWS, VIEWS_COMPLEX, DisplayStyle, View, style_for

Values = npt.NDArray[Any]
LARGEST_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Generated images: (n, bands, rows, cols) physical values, one seed each."""

    path: Path
    values: Values
    seeds: tuple[int, ...]

    @property
    def is_complex(self) -> bool:
        """Tell whether the samples have a phase."""
        return np.iscomplexobj(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Samples as images in one view, and each sample's title."""

    samples: Samples
    view: View
    images: tuple[QImage, ...]


def read_samples(path: Path) -> Samples:
    """Read the `.npy` that a worker wrote, with the seeds beside it."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path.name} is larger than 1 GB; draw fewer images.")
        values = np.load(path, allow_pickle=False)
        facts = json.loads(path.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the samples {path.name}: {error}; draw again.") from error
    return Samples(path, values, tuple(int(seed) for seed in facts["seeds"]))


def views_of(samples: Samples) -> tuple[View, ...]:
    """Return the views that fit the samples."""
    return tuple(VIEWS_COMPLEX) if samples.is_complex else ("band",)


def view_title(view: View) -> str:
    """Return what a view is called."""
    return VIEWS[view].title


def draw(samples: Samples, view: View, band: int = 0, least_px: int = 96) -> Pictures:
    """Draw all samples in a view, under one stretch."""
    values = samples.values[:, band]
    colours = patch_pictures(values, style_of(values, view), least_px)
    return Pictures(samples, view, tuple(image_of(item) for item in colours))


def enlarged(samples: Samples, index: int, views: Sequence[View]) -> tuple[QImage, ...]:
    """Draw one sample in several views, under the stretch of all."""
    values = samples.values[:, 0]
    one = values[index : index + 1]
    return tuple(image_of(patch_pictures(one, style_of(values, view))[0]) for view in views)


def style_of(values: Values, view: View) -> DisplayStyle:
    """Return the style of a view with the percentiles of all samples (n, rows, cols)."""
    flat = values.reshape(1, 1, -1)
    size = Size(1, flat.shape[2])
    quantity: Quantity = "complex" if np.iscomplexobj(values) else "dn"
    raster = Raster(flat, GeoGrid(size), ("sample",), np.isfinite(flat[0]), quantity)
    return style_for(view, statistics_of(raster))
