"""make_training_scenes: a patch set of synthetic scenes, as the despeckler's network sees them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from satstudio.core.grid import Size
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.patches.making import new_set, sample_to_fit
from satstudio.patches.manifest import INPUT, MANIFEST, SPLITS, Item, Manifest, PatchSource, Split
from satstudio.patches.shards import ShardWriter
from satstudio.pixels.scaling import fit_scaling
from satstudio.pixels.synthetic.training_scene import training_scene

SIDE_PX, PATCH_PX = 384, 128
VALIDATED = 16
"""One scene in so many is held out."""

LEAST_VALID = 0.25


def make_training_scenes(scenes: int, seed: int, out: Path, progress: Progress) -> Path:
    """Write a patch set of `scenes` synthetic scenes, seeds `seed`, `seed` + 1, ...

    Raises
    ------
    ExistsError
        If something has the name `out`.
    """
    entries: dict[Split, list[Item]] = {split: [] for split in SPLITS}
    with new_set(out, overwrite=False) as folder:
        writers = {split: ShardWriter(folder, split, "complex64") for split in SPLITS}
        for number in range(scenes):
            progress.report(number / scenes, "Making scenes")
            split: Split = "train" if number % VALIDATED else "validation"
            pixels, valid = training_scene(seed + number, Size(SIDE_PX, SIDE_PX))
            scale = np.sqrt(np.mean(np.abs(pixels[valid]) ** 2))
            for row, col in _corners(pixels.shape):
                part = np.s_[row : row + PATCH_PX, col : col + PATCH_PX]
                share = float(valid[part].mean())
                if share >= LEAST_VALID:
                    writers[split].add(pixels[None][:, *part] / scale, valid[part])
                    window = (row, col, PATCH_PX, PATCH_PX)
                    entries[split].append(Item.single(number, window, split, share))
        for writer in writers.values():
            writer.close()
        port = BoundPort(
            role=INPUT,
            bands=("made",),
            quantity="complex",
            dtype="complex64",
            scaling=fit_scaling("unit_power", sample_to_fit(folder, writers["train"])),
            size_px=(PATCH_PX, PATCH_PX),
        )
        Manifest(
            ports=(port,),
            seed=seed,
            recipe={"lessons": scenes, "seed": seed, "white": True},
            sources=tuple(_sources(scenes, seed)),
            items=(*entries["train"], *entries["validation"]),
            shards=tuple(shard for split in SPLITS for shard in writers[split].shards),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            version=VERSION,
        ).save(folder / MANIFEST)
    return out


def _sources(scenes: int, seed: int) -> Iterator[PatchSource]:
    for number in range(scenes):
        yield PatchSource(
            address=f"made:{seed + number}", sha256="", rows=SIDE_PX, cols=SIDE_PX, driver="made"
        )


def _corners(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return corners of patches that cover an image evenly; sides are at least those of one."""
    rows, cols = (
        np.linspace(0, side - PATCH_PX, -(-side // PATCH_PX)).astype(int).tolist() for side in shape
    )
    return [(row, col) for row in rows for col in cols]
