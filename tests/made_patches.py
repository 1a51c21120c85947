"""Makers of tiny patch sets, without any file of pixels behind them."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from satstudio.core.port import BoundPort
from satstudio.patches.manifest import Item, Manifest, Part, PatchSource
from satstudio.patches.shards import ShardWriter
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
            entries.append(Item.single(0, (0, 0, size, size), split))
        writer.close()
        shards += writer.shards
    kind = "log_amplitude" if dtype == "complex64" else "linear"
    port = BoundPort(
        role="input",
        bands=tuple(f"band{index + 1}" for index in range(values.shape[1])),
        quantity="dn",
        dtype=dtype,
        scaling=fit_scaling(kind, values),
        size_px=(size, size),
    )
    Manifest(
        ports=(port,),
        seed=0,
        sources=(PatchSource(address="made", sha256="0", rows=size, cols=size),),
        items=tuple(entries),
        shards=tuple(shards),
        created="2026-01-01T00:00:00+00:00",
        version="0",
    ).save(folder / "manifest.json")
    return folder


def made_ports(
    bands: int = 1, dtype: str = "complex64", role: str = "input"
) -> tuple[BoundPort, ...]:
    """The port of a set of one role, as methods are made with."""
    names = tuple(f"band{index + 1}" for index in range(bands))
    return (BoundPort(role=role, bands=names, dtype=dtype, scaling={"kind": "unit_power"}),)


def method_ports(declared, bands: int = 1, dtype: str = "complex64") -> tuple[BoundPort, ...]:
    """Ports of the images that a method learns from; `dtype` where it takes both."""
    images = [port for port in declared.data if port.mask_of is None]
    return tuple(
        made_ports(bands, port.dtype or dtype, port.role)[0].changed(ratio=port.ratio or "2")
        for port in images
    )


def made_for(declared, folder: Path, size=24, train=10, validation=4) -> Path:
    """Write a patch set of exactly the ports that a method learns from, with holes in its masks."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(4)
    first = Fraction(declared.data[0].ratio)
    ports, shards, counts = [], [], {"train": train, "validation": validation}
    for port in declared.data:
        if port.mask_of is not None:  # it is where the others have data
            continue
        side, bands = int(size * Fraction(port.ratio) / first), port.band_count or 1
        dtype, frames = port.dtype or "float32", port.frames[0]
        values = []
        for split, count in counts.items():
            writer = ShardWriter(folder, split, dtype, role=port.role)
            for _ in range(count * frames):
                pixels = random.standard_normal((2, bands, side, side)).cumsum(-1).cumsum(-2)
                patch = pixels[0] + 1j * pixels[1] if dtype == "complex64" else pixels[0]
                valid = np.ones((side, side), bool)
                valid[:2, :3] = port.role not in declared.masked
                writer.add(patch.astype(dtype), valid)
                values.append(patch)
            writer.close()
            shards += writer.shards
        kind = "log_amplitude" if dtype == "complex64" else "linear"
        ports.append(
            BoundPort(
                role=port.role,
                bands=tuple(f"b{band}" for band in range(bands)),
                dtype=dtype,
                frames=(frames, frames),
                ratio=port.ratio,
                scaling=fit_scaling(kind, np.stack(values)),
                size_px=(side, side),
            )
        )
    parts = {p.role: Part(sources=(0,) * p.frames[0], window=(0, 0, *p.size_px)) for p in ports}
    splits = [split for split, count in counts.items() for _ in range(count)]
    Manifest(
        ports=tuple(ports),
        seed=0,
        sources=(PatchSource(address="made", sha256="0", rows=size, cols=size),),
        items=tuple(Item(split=split, parts=parts) for split in splits),
        shards=tuple(shards),
        created="2026-01-01T00:00:00+00:00",
        version="0",
    ).save(folder / "manifest.json")
    return folder
