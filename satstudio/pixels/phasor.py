"""Complex samples: amplitude, intensity, phase, dB; complex <-> real pair."""

from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Complexes = npt.NDArray[np.complex64]


def amplitude(z: Samples) -> Floats:
    """Return |z|, any shape."""
    return np.abs(z).astype(np.float32, copy=False)


def intensity(z: Samples) -> Floats:
    """Return |z|^2, any shape; not by way of |z|, whose root costs time and digits."""
    power: Floats = np.square(z.real, dtype=np.float32)
    if np.iscomplexobj(z):
        power += np.square(z.imag, dtype=np.float32)
    return power


def phase_rad(z: Samples) -> Floats:
    """Return the angle of z in (-pi, pi]; 0 where z is 0."""
    return np.angle(z).astype(np.float32, copy=False)


def to_db(power: Samples) -> Floats:
    """Return 10 log10(power): -inf for 0, NaN for NaN and for what is below 0; never a warning."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return (10 * np.log10(power)).astype(np.float32, copy=False)


def as_reals(image: npt.NDArray[Any], axis: int = 0) -> npt.NDArray[Any]:
    """Return real images as they are; of complex ones the real parts, then the imaginary ones.

    Parameters
    ----------
    axis : of the bands, of which there are twice as many then
    """
    if not np.iscomplexobj(image):
        return image
    return np.concatenate([image.real, image.imag], axis)


def interleave(z: Samples) -> Floats:
    """Turn complex channels into real pairs, real part first.

    Parameters
    ----------
    z : (n, C, ...) complex array

    Returns
    -------
    (n, 2C, ...) float32 array
        Channels re0, im0, re1, im1, ...
    """
    pairs = np.stack((z.real, z.imag), axis=2)
    return pairs.reshape(z.shape[0], 2 * z.shape[1], *z.shape[2:]).astype(np.float32, copy=False)


def deinterleave(x: Samples) -> Complexes:
    """Turn real pairs (n, 2C, ...) back into (n, C, ...) complex64; undoes `interleave`."""
    pairs = x.reshape(x.shape[0], x.shape[1] // 2, 2, *x.shape[2:])
    z = np.empty((pairs.shape[0], pairs.shape[1], *pairs.shape[3:]), np.complex64)
    z.real, z.imag = pairs[:, :, 0], pairs[:, :, 1]
    return z
