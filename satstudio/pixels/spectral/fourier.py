"""Images as centred Fourier spectra, and back."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Domain = Literal["image", "fourier"]
"""What the numbers of a patch are: samples of an image, or of its centred spectrum."""


def padded(images: Values, side: int) -> Values:
    """Return images (..., rows, cols) in the middle of zeros, `side` px wide and high."""
    rows, cols = images.shape[-2:]
    top, left = (side - rows) // 2, (side - cols) // 2
    places = ((top, side - rows - top), (left, side - cols - left))
    return np.pad(images, ((0, 0),) * (images.ndim - 2) + places)


def centred_spectrum(images: Values) -> npt.NDArray[np.complex64]:
    """Return the spectra of images (..., rows, cols), unitary, frequency 0 in the middle."""
    spectra = np.fft.fft2(images.astype(np.float64, copy=False), norm="ortho")
    return np.fft.fftshift(spectra, axes=(-2, -1)).astype(np.complex64)


def image_of_spectrum(spectra: Values) -> npt.NDArray[np.complex64]:
    """Undo `centred_spectrum`; the imaginary part is 0 where the spectrum is that of an image."""
    shifted = np.fft.ifftshift(spectra.astype(np.complex128, copy=False), axes=(-2, -1))
    return np.fft.ifft2(shifted, norm="ortho").astype(np.complex64)


def visible_image(spectra: Values) -> npt.NDArray[np.float32]:
    """Return the modulus of the inverse transform: the image that a spectrum shows."""
    return np.abs(image_of_spectrum(spectra))
