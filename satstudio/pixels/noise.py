"""Latent noise by seed from numpy's generator, for learn and restore alike.

One picture has one number: row i of `complex_normal(seed, ...)` is row 0 of
`complex_normal(seed + i, ...)`, whatever else is drawn with it.
"""

import numpy as np
import numpy.typing as npt


def complex_normal(seed: int, count: int, dim: int) -> npt.NDArray[np.complex64]:
    """Draw circular complex normal noise, E|z|^2 = 1.

    Returns
    -------
    (count, dim) complex64
        Row i depends on seed + i and `dim` only.
    """
    return np.stack([_complex_row(seed + row, dim) for row in range(count)])


def real_normal(seed: int, count: int, dim: int) -> npt.NDArray[np.float32]:
    """Draw standard normal noise (count, dim) float32; row i depends on seed + i and `dim` only."""
    return np.stack(
        [np.random.default_rng(seed + row).standard_normal(dim, np.float32) for row in range(count)]
    )


def _complex_row(seed: int, dim: int) -> npt.NDArray[np.complex64]:
    pairs = np.random.default_rng(seed).standard_normal((dim, 2), np.float32) * np.float32(0.5**0.5)
    return pairs.view(np.complex64)[:, 0]
