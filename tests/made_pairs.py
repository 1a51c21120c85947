"""Makers of tiny patch sets of pairs, without any file of pixels behind them."""

from pathlib import Path

import numpy as np

from satstudio.core.port import BoundPort
from satstudio.core.scaling import Scaling
from satstudio.patches.manifest import Item, Manifest, Part, PatchSource
from satstudio.patches.shards import ShardWriter
from satstudio.pixels.scaling import fit_scaling

BYTES = Scaling.of_range(0, 255)


def blobs(count: int, size: int, seed: int = 0) -> np.ndarray:
    """Smooth grey images (n, 1, size, size) of 0 to 255."""
    random = np.random.default_rng(seed)
    row, col = np.mgrid[:size, :size] / size
    images = []
    for _ in range(count):
        down, across, wide = random.uniform(0, 1), random.uniform(0, 1), random.uniform(0.1, 0.5)
        images.append(np.exp(-((row - down) ** 2 + (col - across) ** 2) / wide**2))
    return (255 * np.stack(images)[:, None]).astype(np.float32)


def coloured(grey: np.ndarray) -> np.ndarray:
    """Three bands of a grey image: red as it is, green squared, blue against it."""
    share = grey / 255
    return (255 * np.concatenate([share, share**2, 1 - share], 1)).astype(np.float32)


def made_pairs(
    folder: Path,
    taken: np.ndarray,
    wanted: np.ndarray,
    held_out: int = 4,
    scalings: tuple[Scaling | None, Scaling | None] = (BYTES, BYTES),
    valid: np.ndarray | None = None,
    is_paired: bool = True,
) -> Path:
    """Write pairs (n, bands, rows, cols); the last `held_out` are for validation.

    `scalings` None: what patches get when they are cut. `valid` (n, rows, cols) is the target's.
    """
    folder.mkdir(parents=True)
    count, size = len(taken), taken.shape[-1]
    splits = ["train"] * (count - held_out) + ["validation"] * held_out
    everywhere = np.ones((count, size, size), bool)
    roles = {
        "input": (taken, everywhere, scalings[0]),
        "target": (wanted, everywhere if valid is None else valid, scalings[1]),
    }
    ports, shards = [], []
    for role, (values, where, scaling) in roles.items():
        dtype = "complex64" if np.iscomplexobj(values) else "float32"
        for split in ("train", "validation"):
            writer = ShardWriter(folder, split, dtype, role=role)
            for one, mask, use in zip(values, where, splits, strict=True):
                if use == split:
                    writer.add(one.astype(dtype), mask)
            writer.close()
            shards += writer.shards
        kind = "log_amplitude" if dtype == "complex64" else "linear"
        ports.append(
            BoundPort(
                role=role,
                bands=tuple(f"b{band}" for band in range(values.shape[1])),
                quantity="dn",
                dtype=dtype,
                scaling=scaling or fit_scaling(kind, values),
                size_px=(size, size),
            )
        )
    part = Part(sources=(0,), window=(0, 0, size, size))
    if is_paired:
        items = [Item(split=split, parts=dict.fromkeys(roles, part)) for split in splits]
    else:
        items = [Item(split=split, parts={role: part}) for role in roles for split in splits]
    Manifest(
        ports=tuple(ports),
        seed=0,
        sources=(PatchSource(address="made", sha256="0", rows=size, cols=size),),
        items=tuple(items),
        shards=tuple(shards),
        created="2026-01-01T00:00:00+00:00",
        version="0",
    ).save(folder / "manifest.json")
    return folder
