"""Features of a convolution network that was never trained: three layers of seeded random weights.

Each layer is a 3 x 3 convolution with stride 2 and no bias; negative results are divided by five.
Every other kernel of the first layer has the sum 0 and so sees contrast only. The features are
mean and standard deviation of the 32 channels of the last layer over the image, 64 numbers. A gain
of the image is the same gain of every feature. Of complex samples the phase is kept and the square
root of the amplitude is taken (bright points would drown the rest); real and imaginary part are
channels.
"""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.restore.features.extractor import (
    EXTRACTORS,
    Extractor,
    ExtractorInfo,
    Floats,
    ImageKind,
)

Pixels = npt.NDArray[Any]
CHANNELS = (16, 32, 32)
SIDE, STRIDE = 3, 2
SEED = 0
LEAK = np.float32(0.2)
LEAST_PX = 16


def weights(channels: int, seed: int = SEED) -> list[Floats]:
    """Return the weights of the layers: (channels in x 3 x 3, channels out) float32 each."""
    rng = np.random.default_rng(seed)
    layers: list[Floats] = []
    for width in CHANNELS:
        fan_in = channels * SIDE**2
        layer = rng.standard_normal((fan_in, width)) * np.sqrt(2 / fan_in)
        if not layers:
            by_channel = layer.reshape(channels, SIDE**2, width)[:, :, 1::2]
            by_channel -= by_channel.mean(axis=1, keepdims=True)
        layers.append(layer.astype(np.float32))
        channels = width
    return layers


def random_features(images: Pixels, layers: list[Floats]) -> Floats:
    """Return (n, 64) numbers of images (n, bands, rows, cols)."""
    values = _channels(images)
    for layer in layers:
        values = _convolved(values, layer)
        values = np.maximum(values, LEAK * values)
    wide = values.reshape(*values.shape[:2], -1).astype(np.float64)
    return np.concatenate([wide.mean(axis=2), wide.std(axis=2)], axis=1, dtype=np.float32)


def _channels(images: Pixels) -> Floats:
    if not np.iscomplexobj(images):
        return images.astype(np.float32)
    z = images.astype(np.complex64)
    root = np.sqrt(np.abs(z))
    compressed = z / np.where(root > 0, root, 1)
    return np.concatenate([compressed.real, compressed.imag], axis=1, dtype=np.float32)


def _convolved(values: Floats, layer: Floats) -> Floats:
    """Convolve (n, channels, rows, cols), no padding: each output pixel is one row of a product."""
    windows = np.lib.stride_tricks.sliding_window_view(values, (SIDE, SIDE), axis=(2, 3))
    windows = windows[:, :, ::STRIDE, ::STRIDE]
    n, _, rows, cols = windows.shape[:4]
    flat = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * rows * cols, -1)
    return np.moveaxis((flat @ layer).reshape(n, rows, cols, -1), -1, 1)


def _make(kind: ImageKind) -> Extractor:
    layers = weights(kind.bands * (2 if kind.is_complex else 1))
    digest = hashlib.sha256(b"".join(layer.tobytes() for layer in layers)).hexdigest()
    return Extractor(
        family="random",
        name=f"random 1:{digest[:12]} ({kind}, seed {SEED}, {2 * CHANNELS[-1]} numbers)",
        kind=kind,
        n_features=2 * CHANNELS[-1],
        preprocess="square root of the amplitude, phase kept" if kind.is_complex else "none",
        measure=lambda images: random_features(images, layers),
        is_relative=True,
        least_px=LEAST_PX,
    )


EXTRACTORS.add(
    "random",
    ExtractorInfo(
        title="Untrained convolution",
        source="Three layers of seeded random 3 x 3 convolutions; mean and standard deviation of "
        "32 channels.",
        make=_make,
    ),
)
