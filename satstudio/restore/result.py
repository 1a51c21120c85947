"""Result: what the file of a restored scene is, and its pixels with nodata put back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import CheckFailedError, InputError, ModelError
from satstudio.core.grid import GeoGrid, Window
from satstudio.core.quantity import tag_of
from satstudio.core.raster import Mask, Pixels, Quantity
from satstudio.pixels.phasor import amplitude, intensity
from satstudio.restore.blocks import Samples, whole_window
from satstudio.restore.engines import Engine
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.geometry.rescaled import scaled_grid, scaled_window
from satstudio.scenes.line_times import LINE_TAGS, cropped_tags
from satstudio.scenes.scene import Scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import provenance

REMARK_TAG = "SATSTUDIO_REMARK"
RESTORED_TAG = "SATSTUDIO_RESTORED"
"""Of every result: its values were not measured; by what they were made."""

TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True, slots=True)
class Result:
    """Everything about a restored scene but its pixels.

    Attributes
    ----------
    window, source_bands : of the scene
    place : the window on the result's grid, see `scaled_window`
    grid : of the file
    bands, dtype, quantity, nodata, details : of the file
    keeps_phase : modulus from the model, phase from the scene
    """

    window: Window
    place: Window
    grid: GeoGrid
    source_bands: tuple[int, ...]
    bands: tuple[str, ...]
    dtype: str
    quantity: Quantity
    nodata: float | None
    details: Details
    keeps_phase: bool

    @classmethod
    def plan(cls, scene: Scene, engine: Engine, recipe: RestoreRecipe, command: str) -> "Result":
        """Plan the file; raises ModelError or InputError where recipe and model do not fit."""
        bands = engine.reads
        window = whole_window(scene.grid.size, recipe.window)
        if recipe.keep_phase and len(engine.bands) != len(bands):
            raise ModelError(
                f"{engine.name} gives {len(engine.bands)} band(s) of {len(bands)}; their phase "
                "cannot be kept."
            )
        if recipe.keep_phase and engine.ratio != 1:
            raise ModelError(f"{engine.name} changes the pixel size; the phase cannot be kept.")
        place = scaled_window(window, engine.ratio)
        if not place.size.pixels:
            raise InputError(f"Window {window} is less than one pixel of the result; enlarge it.")
        quantity: Quantity = "complex" if recipe.keep_phase else engine.quantity
        nodata, has_mask = _nodata(scene, bands)
        if (
            nodata is None
            and not has_mask
            and engine.bands_read > len(bands) * (1 + scene.is_complex)
        ):
            nodata = float("nan")  # another image may have no data where the scene has some
        tags = {
            **(cropped_tags(scene.tags, window) if engine.ratio == 1 else _timeless(scene.tags)),
            "SATSTUDIO_QUANTITY": tag_of(quantity),
            RESTORED_TAG: f"by {engine.name}",
            "SATSTUDIO_SOURCE": scene.name,
            "SATSTUDIO_WINDOW": str(window),
            "SATSTUDIO_MODEL": engine.sha256,
            "SATSTUDIO_MODEL_NAME": engine.name,
            "SATSTUDIO_RECIPE": recipe.model_dump_json(exclude_none=True, exclude={"threads"}),
            "SATSTUDIO_COMMAND": command,
            **engine.tags,
        }
        tags |= {REMARK_TAG: engine.remark} if engine.remark else {}
        return cls(
            window,
            place,
            scaled_grid(scene.grid, engine.ratio).cropped(place),
            bands,
            engine.bands,
            "complex64" if quantity == "complex" else "float32",
            quantity,
            nodata,
            _details(
                scene, engine, bands, replace(Details(tags=provenance(tags)), has_mask=has_mask)
            ),
            recipe.keep_phase,
        )

    def remarked(self, remark: str) -> "Result":
        """Return the result of whose making there is something to know."""
        if not remark:
            return self
        details = replace(self.details, tags={**self.details.tags, REMARK_TAG: remark})
        return replace(self, details=details)

    def blanked(self, pixels: Pixels, samples: Samples) -> tuple[Pixels, Mask]:
        """Return pixels with nodata where the scene has none, and where any band is valid."""
        good = _good(samples, pixels.shape)
        if not good.all():
            pixels = np.where(good, pixels, self._blank)
        if self.nodata is not None and not np.isnan(self.nodata):
            pixels = _beside(pixels, good, self.nodata)
        pixels = pixels.astype(self.dtype, copy=False)
        together = np.logical_and if self.quantity == "complex" else np.logical_or
        valid: Mask = together.reduce(good)
        return pixels, valid

    @property
    def _blank(self) -> Any:  # noqa: ANN401 - a numpy scalar
        value = np.nan if self.nodata is None else self.nodata
        if self.quantity == "complex" and np.isnan(value):
            return np.complex64(complex(np.nan, np.nan))
        return np.dtype(self.dtype).type(value)


def bytes_per_pixel(engine: Engine, recipe: RestoreRecipe) -> int:
    """Return what a pixel of the scene takes in memory: what is read or given, the larger."""
    each = 8 if recipe.keep_phase or engine.quantity == "complex" else 4
    given = each * len(engine.bands) * float(engine.ratio) ** 2
    return max(8 * len(engine.reads), int(4 * engine.bands_read), int(given))


def check_finite(pixels: Pixels, samples: Samples, model: str, where: tuple[str, Window]) -> None:
    """Raise CheckFailedError where a valid pixel has got a value that is not finite.

    Parameters
    ----------
    where : name of the scene, and the window in it that the pixels (bands, rows, cols) lie in
    """
    broken = np.logical_or.reduce(_good(samples, pixels.shape) & ~np.isfinite(pixels))
    count = int(broken.sum())
    if not count:
        return
    name, window = where
    row, col = (int(place[0]) for place in np.nonzero(broken))
    raise CheckFailedError(
        f"{model} makes values that are not finite of {count} valid pixels between row "
        f"{window.row}, column {window.col} and row {window.end_row - 1}, column "
        f"{window.end_col - 1} of {name} (the first: row {window.row + row}, column "
        f"{window.col + col}); nothing was written: take another model, or mask these pixels."
    )


def with_phase(pixels: Pixels, samples: Samples, result: Result) -> Pixels:
    """Return restored pixels, or with the phase of the scene and their own modulus."""
    if not result.keeps_phase:
        return pixels
    modulus = amplitude(pixels) if np.iscomplexobj(pixels) else np.sqrt(np.maximum(pixels, 0))
    own = np.where(samples.good, samples.values, 0)
    length = np.sqrt(intensity(own).astype(np.float64))
    unit = np.where(length > 0, own / np.where(length > 0, length, 1), 1)
    return (unit * modulus).astype(np.complex64)


def _good(samples: Samples, shape: tuple[int, ...]) -> Mask:
    """Return where a result of this (bands, rows, cols) is valid; all bands where they differ."""
    good = samples.good
    return good if len(good) == shape[0] else np.broadcast_to(good.all(axis=0), shape)


def _details(scene: Scene, engine: Engine, bands: tuple[int, ...], plain: Details) -> Details:
    """Return details with what is still true of the bands."""
    known = scene.details
    if engine.bands != tuple(scene.bands[band] for band in bands):
        return plain
    band_tags = tuple(known.band_tags[band] for band in bands) if known.band_tags else ()
    details = replace(plain, band_tags=band_tags)
    if engine.quantity != scene.quantity:
        return details
    return replace(
        details,
        scales=tuple(known.scales[band] for band in bands) if known.scales else (),
        offsets=tuple(known.offsets[band] for band in bands) if known.offsets else (),
    )


def _nodata(scene: Scene, bands: tuple[int, ...]) -> tuple[float | None, bool]:
    """Return the nodata value of the result, and whether it has a mask instead."""
    if scene.details.has_mask:
        return None, True
    values = [scene.nodata[band] for band in bands]
    if all(value is None for value in values):
        return None, False
    value = values[0]
    is_common = len({str(value) for value in values}) == 1
    if value is None or not is_common or not _is_float32(value):
        return float("nan"), False
    return value, False


def _timeless(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags without the times of lines, which the result does not have."""
    return {name: text for name, text in tags.items() if name not in LINE_TAGS}


def _is_float32(value: float) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isnan(value) or float(np.float32(value)) == value)


def _beside(pixels: Pixels, good: Mask, nodata: float) -> npt.NDArray[Any]:
    """Return pixels in which no valid one has the nodata value by chance."""
    same = good & (pixels == nodata)
    if not same.any():
        return pixels
    near = np.nextafter(np.float32(nodata), np.float32(np.inf)) if nodata else TINY
    return np.where(same, pixels.dtype.type(near), pixels)
