"""ImageSet, open_set: a patch set, a folder of images or an array file as images one by one."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.files.arrays import load_npy
from satstudio.patches.manifest import MANIFEST, SPLITS
from satstudio.patches.patch_set import PatchSet
from satstudio.restore.features.extractor import ImageKind
from satstudio.scenes.scene import Scene, open_scene

Image = npt.NDArray[Any]
SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp", ".jp2", ".img")
SAMPLES = "samples.npy"
"""The array in a folder of drawn samples; the pictures beside it show the same."""

MOST_VALUES = 16_000_000
"""Values (pixels x bands) of one image; larger ones are scenes."""


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Images on disk that are compared with others as a set.

    Attributes
    ----------
    name : for people
    identity : changes when the images do
    count : how many there are
    kind, dtype, values : bands and kind of the images; the type of a value, and how many values
        the first image has
    read : images start..end, each (bands, rows, cols); None where one has pixels without data
    """

    name: str
    identity: str
    count: int
    kind: ImageKind
    dtype: str
    values: int
    read: Callable[[int, int], list[Image | None]]


def open_set(address: str | Path) -> ImageSet:
    """Open a set of images.

    Parameters
    ----------
    address : folder of a patch set (`#train`, `#validation` or `#test` behind it), folder of
        drawn samples, folder of pictures or GeoTIFF files, or `.npy` (n, bands, rows, cols) or
        (n, rows, cols)

    Raises
    ------
    InputError
        If it is none of these, or holds no image.
    """
    text = str(address)
    path, split = Path(text), "train"
    for name in SPLITS:
        if text.endswith(f"#{name}") and not path.exists():
            path, split = Path(text.removesuffix(f"#{name}")), name
    if (path / MANIFEST).is_file():
        return _patches(path, split)
    if (path / SAMPLES).is_file():
        return _array(path / SAMPLES)
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() == ".npy":
        return _array(path)
    if not path.exists():
        raise InputError(f"There is no set of images {path}; check its name.")
    raise InputError(
        f"{path.name} is no set of images: give a patch set, a folder of images or an .npy file; "
        "cut a scene into patches first."
    )


def _patches(path: Path, split: str) -> ImageSet:
    patches = PatchSet.open(path)
    name = next(one for one in SPLITS if one == split)
    pixels, valid = patches.split(name), patches.valid(name)
    if not len(pixels):
        raise InputError(f"{path} has no patches for {split}.")
    manifest = patches.manifest

    def read(start: int, end: int) -> list[Image | None]:
        masked = zip(pixels[start:end], valid[start:end], strict=True)
        return _finite([patch if mask.all() else None for patch, mask in masked])

    return ImageSet(
        name=f"{path.name}#{split}",
        identity=f"patches {patches.sha256} {split}",
        count=len(pixels),
        kind=ImageKind(len(manifest.bands), manifest.is_complex),
        dtype=manifest.dtype,
        values=len(manifest.bands) * manifest.size_px**2,
        read=read,
    )


def _array(path: Path) -> ImageSet:
    try:
        array = load_npy(path)
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: it is no array of numbers ({error}).") from error
    if array.dtype.kind not in "iufc":
        raise InputError(f"{path.name} does not hold numbers.")
    if array.ndim not in (3, 4) or not array.size:
        raise InputError(
            f"{path.name} has the shape {array.shape}; images are (n, bands, rows, cols) or "
            "(n, rows, cols)."
        )
    images = array if array.ndim == 4 else array[:, np.newaxis]
    _check_values(int(np.prod(images.shape[1:])), path.name)
    return ImageSet(
        name=path.name,
        identity=_identity([path]),
        count=len(images),
        kind=ImageKind(images.shape[1], np.iscomplexobj(images)),
        dtype=str(images.dtype),
        values=int(np.prod(images.shape[1:])),
        read=lambda start, end: _finite(list(np.array(images[start:end]))),
    )


def _folder(path: Path) -> ImageSet:
    files = sorted(
        file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()
    )
    if not files:
        raise InputError(
            f"{path} holds no images: neither {MANIFEST} nor {SAMPLES} nor files "
            f"{', '.join(SUFFIXES)}."
        )
    with closing(open_scene(files[0])) as first:
        kind, dtype, values = (
            ImageKind(len(_bands(first)), first.is_complex),
            first.dtype,
            _size(first),
        )
    return ImageSet(
        name=path.name,
        identity=_identity(files),
        count=len(files),
        kind=kind,
        dtype=dtype,
        values=values,
        read=lambda start, end: _finite([_read(file, kind) for file in files[start:end]]),
    )


def _read(path: Path, kind: ImageKind) -> Image | None:
    with closing(open_scene(path)) as scene:
        bands = _bands(scene)
        found = ImageKind(len(bands), scene.is_complex)
        if found != kind:
            raise InputError(
                f"{path.name} has {found}, the first image of its folder {kind}; a set has one "
                "kind of images."
            )
        _check_values(_size(scene), path.name)
        raster = scene.read(bands=bands)
        nodata = [scene.nodata[band] for band in bands]
    has_gap = any(
        value is not None and (pixels == value).any()
        for value, pixels in zip(nodata, raster.pixels, strict=True)
    )
    return raster.pixels if raster.valid.all() and not has_gap else None


def _bands(scene: Scene) -> list[int]:
    """Return the bands that are not transparency."""
    colours = scene.colours or ("",) * len(scene.bands)
    return [band for band, colour in enumerate(colours) if colour != "alpha"]


def _size(scene: Scene) -> int:
    return scene.grid.size.pixels * len(_bands(scene))


def _check_values(values: int, name: str) -> None:
    if values > MOST_VALUES:
        raise InputError(
            f"An image of {name} has {values:,} values, more than {MOST_VALUES:,}; cut scenes into "
            "patches first."
        )


def _finite(images: Sequence[Image | None]) -> list[Image | None]:
    return [image if image is not None and np.isfinite(image).all() else None for image in images]


def _identity(files: Sequence[Path]) -> str:
    """Return a hash of names, sizes and times of files: changes when one is written again."""
    digest = hashlib.sha256()
    for file in files:
        known = file.stat()
        digest.update(f"{file.absolute()}|{known.st_size}|{known.st_mtime_ns}\n".encode())
    return f"files {digest.hexdigest()}"
