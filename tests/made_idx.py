"""Makers of tiny IDX files."""

import gzip
import struct
from pathlib import Path

import numpy as np


def packed_idx(images, code: int = 0x08) -> bytes:
    """The bytes of an IDX file that holds an array."""
    images = np.asarray(images)
    head = bytes([0, 0, code, images.ndim]) + struct.pack(f">{images.ndim}I", *images.shape)
    return head + images.tobytes()


def made_images(count: int = 20, rows: int = 8, cols: int = 8, seed: int = 0):
    """Blocks of light (count, rows, cols) uint8, all of them different."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, rows, cols), np.uint8)
    for image in images:
        top, left = random.integers(0, rows // 2), random.integers(0, cols // 2)
        block = image[top : top + rows // 2, left : left + cols // 2]
        block[...] = random.integers(100, 256, block.shape)
    return images


def made_idx(path: Path, images=None) -> Path:
    """Write an IDX file, packed where its name says so."""
    data = packed_idx(made_images() if images is None else images)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
