"""What every way to make a patch set shares: names, hashes, the sample that scalings fit."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from satstudio.core.errors import ExistsError, SatstudioError
from satstudio.core.files.replacing import refuse_folder, replacing, writing
from satstudio.core.progress import Progress
from satstudio.patches.manifest import MANIFEST
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.rejected import FILE as REJECTED
from satstudio.patches.shards import PatchArray, Pixels, ShardWriter

FIT_PIXELS = 2_000_000
"""About how many training pixels a scaling is fitted to."""

HASH_BYTES = 8 * 1024 * 1024


def check_out(out: Path, *, overwrite: bool) -> None:
    """Refuse to write a patch set where something is, unasked or where that is no patch set.

    Raises
    ------
    ExistsError
        If so; before long work.
    """
    if out.is_dir() and any(out.iterdir()):
        try:
            PatchSet.open(out, whole=True)
        except SatstudioError as error:
            raise ExistsError(
                f"{out} exists and is no patch set; choose another name for the patches."
            ) from error
    refuse_folder(out, overwrite=overwrite)


@contextmanager
def new_set(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary folder for a patch set; it gets its name at a clean end.

    An earlier patch set of this name is replaced where `overwrite` says so: its manifest and its
    shards. Other files in its folder stay.
    """
    check_out(out, overwrite=overwrite)
    with replacing(out, overwrite=overwrite, last=MANIFEST) as folder:
        folder.mkdir()
        yield folder
        if (out / MANIFEST).is_file():
            with writing(out):
                _remove_set(out)


def _remove_set(folder: Path) -> None:
    """Remove what a patch set consists of; without its manifest the rest does not count."""
    shards = PatchSet.open(folder, whole=True).manifest.shards
    (folder / MANIFEST).unlink()
    (folder / REJECTED).unlink(missing_ok=True)
    for shard in shards:
        for name in (shard.file, shard.mask_file):
            (folder / name).unlink(missing_ok=True)


def hash_file(path: Path, progress: Progress) -> str:
    """Return the SHA-256 of a file as hex digits; a stop is noticed within it."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(HASH_BYTES):
            digest.update(piece)
            progress.check()
    return digest.hexdigest()


def sample_to_fit(folder: Path, writer: ShardWriter) -> Pixels:
    """Return patches from all over a split that is written, FIT_PIXELS pixels at about most."""
    pixels = [np.load(folder / shard.file, mmap_mode="r") for shard in writer.shards]
    train = PatchArray(pixels, pixels[0].shape[1:], pixels[0].dtype)
    per_patch = int(np.prod(train.shape[1:]))
    return train[:: max(len(train) * per_patch // FIT_PIXELS, 1)]
