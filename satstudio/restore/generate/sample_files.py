"""write_samples: drawn images as a picture, numbers, a GeoTIFF or a folder with all of these."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import refuse_file, refuse_folder, replacing, write_text
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.quantity import Quantity, quantity_named, tag_of
from satstudio.pixels.spectral.fourier import visible_image
from satstudio.render.compose import Picture
from satstudio.render.picture import complex_grid, patch_style, real_beside_generated, save_png
from satstudio.render.spectra import real_beside_generated_spectra, spectra_grid, spectra_pairs
from satstudio.restore.generate.real_patches import RealPatches
from satstudio.scenes.source import Details
from satstudio.scenes.write import Layout, provenance, scene_file

NUMBERS = "samples.npy"
Values = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Label:
    """What one image is called: under a picture, in a list of bands, as a file."""

    title: str
    name: str
    stem: str


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Images with all that is known about them.

    Attributes
    ----------
    values : (n, bands, rows, cols) physical values
    labels : one an image
    columns : of a picture; None: about a square
    info : JSON-ready; `domain`, `seeds`, `model`, `weights_sha256` and more
    real : patches to stand beside them
    """

    values: Values
    labels: tuple[Label, ...]
    columns: int | None
    info: Mapping[str, Any]
    real: RealPatches | None = None

    @property
    def is_fourier(self) -> bool:
        """Tell whether the images are spectra."""
        return bool(self.info["domain"] == "fourier")


Writer = Callable[[Drawn, Path, bool], None]
"""Writes what was drawn under a name; the last says whether files may be replaced."""


def writer_for(out: Path) -> Writer:
    """Return what writes a file or folder of this name.

    Raises
    ------
    InputError
        If the ending means nothing.
    """
    writers = {".png": _as_png, ".npy": _as_npy, ".tif": _as_tif, ".tiff": _as_tif, "": _as_folder}
    if out.suffix.lower() not in writers:
        raise InputError(
            f"Cannot write {out.name}: images go to .png, .npy, .tif or a folder (no ending)."
        )
    return writers[out.suffix.lower()]


def check_samples(out: Path, *, is_beside: bool, overwrite: bool) -> None:
    """Refuse to write where something is already; before long work.

    Parameters
    ----------
    is_beside : real patches stand beside the images

    Raises
    ------
    ExistsError, InputError
        If a name is taken and may not be replaced, or the ending means nothing.
    """
    writer_for(out)
    if not out.suffix:
        refuse_folder(out, overwrite=overwrite)
    else:
        refuse_file(*files_made(out, is_beside=is_beside), overwrite=overwrite)


def files_made(out: Path, *, is_beside: bool = True) -> tuple[Path, ...]:
    """Return the files that samples in `out` consist of: numbers have more beside them."""
    if out.suffix.lower() != ".npy":
        return (out,)
    return (out, out.with_suffix(".json"), *((real_file(out),) if is_beside else ()))


def picture_of(drawn: Drawn) -> Picture:
    """Draw the images as a grid, beside real ones where there are some, under one stretch."""
    titles = [label.title for label in drawn.labels]
    made = drawn.values[:, 0]
    if drawn.real is None:
        draw = spectra_grid if drawn.is_fourier else complex_grid
        return draw(made, cols=drawn.columns, titles=titles)
    real = drawn.real.values[:, 0]
    both = ([f"no. {number}" for number in drawn.real.numbers], titles)
    beside = real_beside_generated_spectra if drawn.is_fourier else real_beside_generated
    return beside(real, made, cols=drawn.columns, titles=both)


def _as_png(drawn: Drawn, out: Path, overwrite: bool) -> None:
    save_png(picture_of(drawn), out, overwrite=overwrite)


def _as_npy(drawn: Drawn, out: Path, overwrite: bool) -> None:
    with replacing(out, overwrite=overwrite) as part:
        np.save(part, drawn.values, allow_pickle=False)
    if drawn.real is not None:
        with replacing(real_file(out), overwrite=overwrite) as part:
            np.save(part, drawn.real.values, allow_pickle=False)
    info = json.dumps(drawn.info, indent=2, allow_nan=False) + "\n"
    write_text(out.with_suffix(".json"), info, overwrite=overwrite)


def real_file(out: Path) -> Path:
    """Return where the real patches of samples in `out` lie."""
    return out.with_name(f"{out.stem}-real.npy")


def _as_tif(drawn: Drawn, out: Path, overwrite: bool) -> None:
    count, bands, rows, cols = drawn.values.shape
    names = [
        label.name if bands == 1 else f"{label.name} band {band + 1}"
        for label in drawn.labels
        for band in range(bands)
    ]
    info = drawn.info
    tags = {
        "SATSTUDIO_QUANTITY": tag_of(_quantity(drawn)),
        "SATSTUDIO_DOMAIN": info["domain"],
        "SATSTUDIO_MODEL": info["model"],
        "SATSTUDIO_WEIGHTS_SHA256": info["weights_sha256"],
        "SATSTUDIO_SEEDS": " ".join(str(seed) for seed in info["seeds"]),
    }
    size = Size(rows, cols)
    dtype, details = str(drawn.values.dtype), Details(tags=provenance(tags))
    layout = Layout(GeoGrid(size), tuple(names), dtype, details=details)
    with scene_file(out, layout, overwrite=overwrite) as tif:
        tif.write(drawn.values.reshape(count * bands, rows, cols), Window.whole(size))


def _quantity(drawn: Drawn) -> Quantity:
    """Return what generated values are: what the model was trained on, as far as its card says."""
    if np.iscomplexobj(drawn.values):
        return "complex"
    named = quantity_named(drawn.info.get("quantity", ""))
    return named if named not in (None, "complex") else "dn"


def _as_folder(drawn: Drawn, out: Path, overwrite: bool) -> None:
    first = drawn.values[:, 0]
    style = patch_style(first)
    pictures = (
        spectra_pairs(first)
        if drawn.is_fourier
        else [complex_grid(image, style) for image in drawn.values]
    )
    with replacing(out, overwrite=overwrite) as folder:
        folder.mkdir()
        for picture, label in zip(pictures, drawn.labels, strict=True):
            save_png(picture, folder / f"{label.stem}.png")
        if drawn.is_fourier:
            np.save(folder / "images.npy", visible_image(drawn.values), allow_pickle=False)
        for write, name in ((_as_png, "grid.png"), (_as_npy, NUMBERS), (_as_tif, "samples.tif")):
            write(drawn, folder / name, False)
