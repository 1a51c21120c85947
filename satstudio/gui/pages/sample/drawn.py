"""Drawn samples: what the worker wrote, as images in any view; made off the GUI thread."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from satstudio.core.errors import InputError
from satstudio.core.files.arrays import load_npy
from satstudio.core.files.json_text import parse_json
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Quantity, Raster
from satstudio.gui.canvas.picture_view import image_of
from satstudio.pixels.spectral.fourier import Domain, visible_image
from satstudio.render.compose import Picture
from satstudio.render.picture import patch_pictures
from satstudio.render.statistics import statistics_of
from satstudio.render.style import VIEWS, VIEWS_COMPLEX, DisplayStyle, View, style_for
from satstudio.restore.generate.sample_files import real_file

Values = npt.NDArray[Any]
LARGEST_BYTES = 1_000_000_000
SampleView = View | Literal["inverse"]
INVERSE_TITLE = "Inverse FFT"
LARGE_VIEWS: tuple[SampleView, ...] = ("hsv", "amplitude", "phase")
LARGE_VIEWS_OF_SPECTRA: tuple[SampleView, ...] = ("hsv", "inverse", "phase")


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Generated images: (n, bands, rows, cols) physical values.

    Attributes
    ----------
    seeds : one an image, or the ends of walks
    titles, names : of each image, in short and in full
    columns : of the grid: images of a walk, or about a square beside real ones; None: any
    real, real_titles, real_names : patches to stand beside them, and what each is called
    source : what the real ones are of
    """

    path: Path
    values: Values
    seeds: tuple[int, ...]
    domain: Domain = "image"
    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    columns: int | None = None
    real: Values | None = None
    real_titles: tuple[str, ...] = ()
    real_names: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_complex(self) -> bool:
        """Tell whether the samples have a phase."""
        return np.iscomplexobj(self.values)

    @property
    def stretched_by(self) -> Values:
        """Values whose percentiles all pictures share: those of the real patches, if any."""
        return self.values if self.real is None else self.real


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Samples as images in one view, and the real patches beside them."""

    samples: Samples
    view: SampleView
    images: tuple[QImage, ...]
    real: tuple[QImage, ...] = ()


def read_samples(path: Path) -> Samples:
    """Read the `.npy` that a worker wrote, with the seeds beside it."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path.name} is larger than 1 GB; draw fewer images.")
        values = np.array(load_npy(path))
        info = parse_json(path.with_suffix(".json").read_text("utf-8"))
        beside = info.get("beside")
        real = np.array(load_npy(real_file(path))) if beside else None
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the samples {path.name}: {error}; draw again.") from error
    domain: Domain = "fourier" if info.get("domain") == "fourier" else "image"
    return Samples(
        path,
        values,
        tuple(int(seed) for seed in info["seeds"]),
        domain,
        tuple(str(title).removeprefix("seed ") for title in info["titles"]),
        tuple(str(name).capitalize() for name in info["names"]),
        _columns(info, len(values)),
        real,
        **(_beside(beside) if beside else {}),
    )


def _columns(info: Mapping[str, Any], count: int) -> int | None:
    if "walk" in info:
        return int(info["walk"]["steps"])
    return math.ceil(math.sqrt(count)) if "beside" in info else None


def _beside(info: Mapping[str, Any]) -> dict[str, Any]:
    numbers, split = info["numbers"], info["split"]
    return {
        "real_titles": tuple(f"no. {number}" for number in numbers),
        "real_names": tuple(f"Real patch: {split} no. {number}" for number in numbers),
        "source": f"{split} of {info['patches']}",
    }


def views_of(samples: Samples) -> tuple[SampleView, ...]:
    """Return the views that fit the samples; spectra can be seen as the images that they show."""
    if samples.domain == "fourier":
        return (*VIEWS_COMPLEX, "inverse")
    return tuple(VIEWS_COMPLEX) if samples.is_complex else ("band",)


def large_views(samples: Samples) -> tuple[SampleView, ...]:
    """Return the views in which one sample is seen large."""
    if samples.domain == "fourier":
        return LARGE_VIEWS_OF_SPECTRA
    return LARGE_VIEWS if samples.is_complex else views_of(samples)


def view_title(view: SampleView) -> str:
    """Return what a view is called."""
    return INVERSE_TITLE if view == "inverse" else VIEWS[view].title


def draw(samples: Samples, view: SampleView, band: int = 0, least_px: int = 96) -> Pictures:
    """Draw all samples and the real patches beside them in a view, under one stretch."""
    like = samples.stretched_by[:, band]
    groups = [samples.values] if samples.real is None else [samples.values, samples.real]
    drawn = [
        tuple(image_of(item) for item in _drawn(values[:, band], view, like, least_px))
        for values in groups
    ]
    return Pictures(samples, view, *drawn)


def enlarged(
    samples: Samples, index: int, views: Sequence[SampleView], *, is_real: bool = False
) -> tuple[QImage, ...]:
    """Draw one sample, or one real patch, in several views, under the stretch of all."""
    values = samples.real if is_real and samples.real is not None else samples.values
    like = samples.stretched_by[:, 0]
    one = values[index : index + 1, 0]
    return tuple(image_of(_drawn(one, view, like)[0]) for view in views)


def _drawn(values: Values, view: SampleView, like: Values, least_px: int = 1) -> list[Picture]:
    """Draw samples (n, rows, cols) under the stretch of others."""
    if view == "inverse":
        values, like, view = visible_image(values), visible_image(like), "band"
    return patch_pictures(values, style_of(like, view), least_px)


def style_of(values: Values, view: View) -> DisplayStyle:
    """Return the style of a view with the percentiles of all samples (n, rows, cols)."""
    flat = values.reshape(1, 1, -1)
    size = Size(1, flat.shape[2])
    quantity: Quantity = "complex" if np.iscomplexobj(values) else "dn"
    raster = Raster(flat, GeoGrid(size), ("sample",), np.isfinite(flat[0]), quantity)
    return style_for(view, statistics_of(raster))
