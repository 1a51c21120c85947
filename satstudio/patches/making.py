"""What every way to make a patch set shares: names, hashes, the sample that scalings fit."""

import hashlib
from pathlib import Path

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.patches.store import MANIFEST, PatchArray, Pixels, ShardWriter

FIT_PIXELS = 2_000_000
"""About how many training pixels a scaling is fitted to."""

HASH_BYTES = 8 * 1024 * 1024


def check_out(out: Path) -> None:
    """Refuse to replace a folder that is no patch set."""
    is_other = out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file()
    if out.is_file() or is_other:
        raise InputError(f"{out} exists and is no patch set; choose another name for the patches.")


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
