"""Makers of tiny patch sets, without any file of pixels behind them."""

from pathlib import Path

import numpy as np

from satstudio.patches.store import Manifest, PatchEntry, PatchSource, ShardWriter
from satstudio.pixels.scaling import fit_scaling


def band_limited(count: int, size: int, seed: int = 0):
    """Speckle (count, 1, size, size) of a spectrum that is not centred."""
    random = np.random.default_rng(seed)
    white = random.standard_normal((2, count, size, size))
    spectrum = np.fft.fft2(white[0] + 1j * white[1])
    rows, cols = np.fft.fftfreq(size), np.fft.fftfreq(size)
    window = (np.abs(rows - 0.1) < 0.35)[:, None] & (np.abs(cols) < 0.4)[None]
    return (20 * np.fft.ifft2(spectrum * window))[:, None].astype(np.complex64)


def made_patches(folder: Path, train=12, validation=6, size=24, values=None, held_out=None) -> Path:
    """Write a patch set of band-limited speckle, or of given values."""
    folder.mkdir(parents=True)
    values = band_limited(train, size) if values is None else values
    if held_out is None:
        held_out = band_limited(validation, size, 1) if validation else values[:0]
    dtype = "complex64" if np.iscomplexobj(values) else "float32"
    shards, entries = [], []
    for split, patches in (("train", values), ("validation", held_out.astype(dtype))):
        writer = ShardWriter(folder, split, dtype)
        for patch in patches:
            writer.add(patch, np.ones(patch.shape[1:], bool))
            entries.append(PatchEntry(source=0, window=(0, 0, size, size), split=split))
        writer.close()
        shards += writer.shards
    kind = "log_amplitude" if dtype == "complex64" else "linear"
    Manifest(
        bands=tuple(f"band{index + 1}" for index in range(values.shape[1])),
        dtype=dtype,
        size_px=size,
        is_complex=dtype == "complex64",
        scaling=fit_scaling(kind, values),
        seed=0,
        sources=(PatchSource(address="made", sha256="0", rows=size, cols=size),),
        patches=tuple(entries),
        shards=tuple(shards),
        created="2026-01-01T00:00:00+00:00",
        version="0",
    ).save(folder / "manifest.json")
    return folder
