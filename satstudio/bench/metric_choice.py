"""usual_names, unfit, CHOICES: which figures a comparison has, and which do not fit a scene."""

from typing import Protocol

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import GeoGrid
from satstudio.core.quantity import is_radar, title_of
from satstudio.core.raster import Quantity, Raster
from satstudio.metrics.score import METRICS

OF_SPECKLE = ("enl", "radiometric_bias_db", "ratio_image_stats", "epi_ratio")
"""Figures of a radar scene and its restored twin: no reference is needed."""

OF_PAIR = ("mse", "psnr", "ssim")
"""Figures of a result and its reference."""

OF_SPECTRA = ("sam", "ergas")
"""Figures of a result and its reference of several optical bands."""

CHOICES = (
    *OF_SPECKLE, "epi_corr", *OF_PAIR, "ms_ssim", *OF_SPECTRA, "uqi", "q2n", "scc",
)  # fmt: skip
"""What the window offers; the command line knows every metric of a pair."""

LEAST_SSIM_PX = 11
BYTE_RANGE = 255.0
NEEDS_RADAR = {*OF_SPECKLE, "epi_corr"} - {"radiometric_bias_db"}
PLAIN: tuple[Quantity, ...] = ("dn",)
"""Quantities that may be anything: nothing is refused for what they are."""


class Compared(Protocol):
    """What `unfit` asks of a scene or raster."""

    @property
    def grid(self) -> GeoGrid:
        """Of which the size counts."""
        ...

    @property
    def quantity(self) -> Quantity:
        """What a value is."""
        ...

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands."""
        ...


def usual_names(
    first: Compared, data_range: float | None, ratio: float | None = None
) -> tuple[str, ...]:
    """Return the figures that suit a scene; PSNR and SSIM need a data range, ERGAS a ratio."""
    if is_radar(first.quantity):
        return OF_SPECKLE
    names: tuple[str, ...] = (
        OF_PAIR if min(first.grid.size.rows, first.grid.size.cols) >= LEAST_SSIM_PX else OF_PAIR[:2]
    )
    if data_range is None:
        names = OF_PAIR[:1]
    if len(first.bands) > 1:
        names += OF_SPECTRA[: 1 if ratio is None else 2]
    return tuple(name for name in names if not unfit(name, first))


def usual_range(raster: Raster) -> float | None:
    """Return 255 for bytes; the range of other pixels is not known from their type."""
    return BYTE_RANGE if raster.pixels.dtype == np.uint8 else None


def unfit(name: str, first: Compared) -> str:
    """Return why a metric does not fit a comparison with a scene, "" where it does.

    Raises
    ------
    InputError
        If there is no metric of this name.
    """
    metric = METRICS[name]
    quantity, is_plain = first.quantity, first.quantity in PLAIN
    if not metric.is_of_pair:
        return f"it wants {', '.join(metric.images)}, not a reference and a result"
    if quantity == "class":
        return "numbers of classes are names"
    if name in NEEDS_RADAR and not is_radar(quantity) and not is_plain:
        return f"it is of speckle in linear intensity; the scene holds {title_of(quantity)}"
    if name in OF_SPECTRA and is_radar(quantity):
        return f"it is of optical bands; the scene holds {title_of(quantity)}"
    if name in ("sam", "q2n") and len(first.bands) < 2:
        return "a spectrum needs at least 2 bands; the scene has 1"
    return ""


def check_fit(names: tuple[str, ...], first: Compared, scene: str) -> None:
    """Raise InputError where a metric that was asked for does not fit a scene."""
    for name in names:
        reason = unfit(name, first)
        if reason:
            raise InputError(f"Metric {name} does not fit {scene}: {reason}.")


def fitting(names: tuple[str, ...], first: Compared) -> tuple[str, ...]:
    """Return the metrics that fit a scene; a name that no metric has any more is left out."""
    return tuple(name for name in names if name in CHOICES and not unfit(name, first))
