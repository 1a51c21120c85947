"""features_of: the features of a set, read in small batches and kept in the cache."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from satstudio.bench.image_sets import Image, ImageSet
from satstudio.core.errors import InputError
from satstudio.core.files.arrays import load_npz
from satstudio.core.files.replacing import replacing
from satstudio.core.paths import cache_folder
from satstudio.core.progress import Progress
from satstudio.restore.features.extractor import Extractor

Floats = npt.NDArray[np.float32]
FORMAT = 1
BATCH_VALUES = 2_000_000
"""Values (pixels x bands) of all images that are in memory at once."""

LIMIT_BYTES = 2**30
"""Of all kept features; those used longest ago go first."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SetFeatures:
    """What an extractor made of a set.

    Attributes
    ----------
    rows : (n, n_features + n_logits) float32
    left_out : images with pixels without data, or not finite; they have no row
    """

    rows: Floats
    left_out: int


def features_of(images: ImageSet, extractor: Extractor, progress: Progress) -> SetFeatures:
    """Return the features of all images that have data everywhere; from the cache where known.

    Raises
    ------
    InputError
        If the extractor does not take these images.
    """
    path = kept_file(images, extractor)
    kept = _kept(path, extractor)
    if kept is not None:
        progress.report(1.0, f"Features of {images.name}")
        return kept
    size = min(extractor.batch, max(1, BATCH_VALUES // max(images.values, 1)))
    starts = range(0, images.count, size)
    parts: list[Floats] = []
    left_out = 0
    for start in progress.over(starts, f"Features of {images.name}"):
        found = images.read(start, min(start + size, images.count))
        good = [image for image in found if image is not None]
        left_out += len(found) - len(good)
        parts += [extractor.rows(batch) for batch in _batches(good)]
    if not parts:
        raise InputError(
            f"No image of {images.name} has data everywhere; there is nothing to compare."
        )
    features = SetFeatures(np.concatenate(parts), left_out)
    if not np.isfinite(features.rows).all():
        raise InputError(f"Some features ({extractor.family}) of {images.name} are not finite.")
    _keep(path, features)
    return features


def kept_file(images: ImageSet, extractor: Extractor) -> Path:
    """Return where the features of a set are kept; may not exist."""
    key = f"{images.identity}|{extractor.name}|{FORMAT}"
    return cache_folder() / "features" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"


def _batches(images: Sequence[Image]) -> Iterator[Image]:
    """Yield (n, bands, rows, cols) of neighbours of one shape."""
    for _, same in groupby(images, key=lambda image: image.shape):
        yield np.stack(list(same))


def _kept(path: Path, extractor: Extractor) -> SetFeatures | None:
    """Return kept features; None where there are none, or they are damaged."""
    try:
        file = load_npz(path)
        features = SetFeatures(file["rows"], int(file["left_out"]))
        path.touch()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("Kept features %s are made again: %s", path.name, error)
        return None
    width = extractor.n_features + extractor.n_logits
    is_whole = features.rows.ndim == 2 and features.rows.shape[1] == width
    return features if is_whole else None


def _keep(path: Path, features: SetFeatures) -> None:
    try:
        with replacing(path) as part:
            np.savez(part, rows=features.rows, left_out=np.int64(features.left_out))
        _forget_old(path.parent)
    except OSError as error:  # a full or read-only disk costs time, not the result
        log.warning("Features are not kept: %s", error)


def _forget_old(folder: Path) -> None:
    files = sorted(folder.glob("*.npz"), key=lambda file: -file.stat().st_mtime)
    total = 0
    for file in files:
        total += file.stat().st_size
        if total > LIMIT_BYTES:
            file.unlink(missing_ok=True)
