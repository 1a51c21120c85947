"""Gaussian fields: patches with the power, or power and spectrum, of real ones, and nothing else.

What a generator has learnt shows only beside images that nothing was learnt for: a field of
speckle without structure has the power of single patches and, where it is coloured, their spectrum.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from satstudio.pixels.noise import complex_normal, real_normal

Values = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GaussianField:
    """Draws patches from a normal distribution; each gets the power of one of the real patches.

    Complex samples are circular and have mean 0 (fully developed speckle, Goodman 1976). Real
    images have each patch's mean and its power about the mean; the field is real.

    Attributes
    ----------
    means, powers : (n, bands) float64, of the real patches; means are 0 where they are complex
    root : (rows, cols, bands, bands), Hermitian root of the mean cross-spectrum of the bands; None:
        white, with independent bands
    shape : bands, rows, cols
    """

    means: Reals
    powers: Reals
    root: Values | None
    shape: tuple[int, int, int]
    is_complex: bool

    @classmethod
    def white(cls, patches: Values) -> Self:
        """Return the field of independent pixels with the powers of patches.

        Parameters
        ----------
        patches : (n, bands, rows, cols), complex or real, finite, linear values; n at least 1
        """
        means, _, powers = _parts(patches)
        return cls(means, powers, None, patches.shape[1:], np.iscomplexobj(patches))

    @classmethod
    def coloured(cls, patches: Values) -> Self:
        """Return the field with the mean power spectrum of patches and their single powers.

        Of several bands also the mean cross-spectra are kept, so bands stay correlated.

        Parameters
        ----------
        patches : as `white` takes them
        """
        means, rest, powers = _parts(patches)
        spectra = np.fft.fft2(rest)
        mean = np.einsum("niyx,njyx->yxij", spectra, spectra.conj()) / len(patches)
        values, vectors = np.linalg.eigh(mean)
        roots = np.sqrt(np.clip(values, 0, None))
        root = np.einsum("yxik,yxk,yxjk->yxij", vectors, roots, vectors.conj())
        return cls(means, powers, root, patches.shape[1:], np.iscomplexobj(patches))

    def draw(self, seed: int, count: int) -> Values:
        """Draw patches.

        Returns
        -------
        (count, bands, rows, cols) complex64 or float32
            Patch i depends on seed + i only; its power is exactly that of a real patch.
        """
        draw = complex_normal if self.is_complex else real_normal
        noise = draw(seed, count, int(np.prod(self.shape))).reshape(count, *self.shape)
        field = noise if self.root is None else self._filtered(noise, self.root)
        chosen = [
            int(np.random.default_rng((seed + place, 1)).integers(len(self.powers)))
            for place in range(count)
        ]
        return self._scaled(field, chosen)

    def _filtered(self, noise: Values, root: Values) -> Values:
        white: Values = np.fft.fft2(noise)
        spectra = np.einsum("yxij,njyx->niyx", root, white)
        field = np.fft.ifft2(spectra)
        return field if self.is_complex else field.real

    def _scaled(self, field: Values, chosen: list[int]) -> Values:
        if not self.is_complex:
            field = field - field.mean(axis=(-2, -1), keepdims=True)
        found = np.square(np.abs(field)).mean(axis=(-2, -1), dtype=np.float64)
        gain = np.sqrt(self.powers[chosen] / np.where(found > 0, found, 1))
        scaled = field * gain[..., None, None] + self.means[chosen][..., None, None]
        return np.asarray(scaled, np.complex64 if self.is_complex else np.float32)


def _parts(patches: Values) -> tuple[Reals, Values, Reals]:
    """Return means (n, bands), what is left of patches without them, and its power (n, bands)."""
    if np.iscomplexobj(patches):
        wide = patches.astype(np.complex128)
        means = np.zeros(patches.shape[:2])
    else:
        wide = patches.astype(np.float64)
        means = wide.mean(axis=(-2, -1))
        wide = wide - means[..., None, None]
    return means, wide, np.square(np.abs(wide)).mean(axis=(-2, -1))
