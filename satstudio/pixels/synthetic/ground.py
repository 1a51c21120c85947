"""Ground: a made piece of land, its reflectance and backscatter on any day."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.cover_spectra import (
    BANDS,
    BARE,
    BARE_POWER,
    CIRRUS,
    DRINKS,
    GREEN,
    GREEN_POWER,
    GROUND_IN_B10,
    NAMES,
    TEXTURE,
    greenness,
)
from satstudio.pixels.synthetic.random_fields import Reals, Rng

DARKEST, BRIGHTEST = 0.0005, 0.95
WET_DARKENS, WET_DB = 0.45, 3.0
"""What full wetness takes from soil's reflectance (Lobell and Asner 2002: about half) and adds to
its backscatter (Ulaby and Dobson 1989)."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What is true of a made piece of land.

    Attributes
    ----------
    parcel : (rows, cols) number of the parcel that a pixel is of
    cover : (parcels,) place of its land cover in `cover_spectra.COVERS`
    delay_days : (parcels,) how late its season is
    tint : (parcels, 13) factor on its reflectance, by band
    gain_db : (parcels,) added to its backscatter
    texture : (rows, cols) normal field, which a cover's own texture scales
    shade : (rows, cols) illumination by slope, 1 where the ground is level
    relief_db : (rows, cols) what slope adds to the backscatter
    """

    parcel: npt.NDArray[np.int64]
    cover: npt.NDArray[np.int64]
    delay_days: Reals
    tint: Reals
    gain_db: Reals
    texture: Reals
    shade: Reals
    relief_db: Reals

    @property
    def size(self) -> Size:
        """Rows and columns."""
        return Size(*self.parcel.shape)

    @property
    def cover_map(self) -> npt.NDArray[np.int64]:
        """Place of each pixel's land cover in `cover_spectra.COVERS`, (rows, cols)."""
        return self.cover[self.parcel]

    def reflectance(
        self, day: float, wetness: float = 0.0, bands: tuple[str, ...] = BANDS
    ) -> npt.NDArray[np.float32]:
        """Return the reflectance (bands, rows, cols) float32 of a day of the year, without air.

        Parameters
        ----------
        wetness : of the soil, 0 dry to 1 after rain
        """
        which = [BANDS.index(band) for band in bands]
        green = self._greenness(day)[:, None]
        bare = BARE * (1 - WET_DARKENS * wetness * DRINKS[:, None])
        spectra = green * GREEN[self.cover] + (1 - green) * bare[self.cover]
        rough = np.exp(TEXTURE[self.cover_map] * self.texture) * self.shade
        found = (spectra * self.tint)[:, which].T[:, self.parcel] * rough
        if CIRRUS in which:
            found[which.index(CIRRUS)] = GROUND_IN_B10
        return np.clip(found, DARKEST, BRIGHTEST).astype(np.float32)

    def backscatter(self, day: float, wetness: float = 0.0) -> npt.NDArray[np.float32]:
        """Return sigma0 (2, rows, cols) float32 of VV and VH, linear, without speckle."""
        green = self._greenness(day)[:, None]
        bare = BARE_POWER * 10 ** (WET_DB / 10 * wetness * DRINKS[:, None])
        power = green * GREEN_POWER[self.cover] + (1 - green) * bare[self.cover]
        power = power * 10 ** (self.gain_db[:, None] / 10)
        found = power.T[:, self.parcel] * 10 ** (self.relief_db / 10)
        return np.asarray(found, np.float32)

    def has(self, cover: str) -> npt.NDArray[np.bool_]:
        """Return where a land cover is, (rows, cols)."""
        return np.asarray(self.cover_map == NAMES.index(cover))

    def _greenness(self, day: float) -> Reals:
        """Return the share of green leaves of every parcel."""
        shares = greenness(day - self.delay_days)
        return np.asarray(shares[self.cover, np.arange(len(self.cover))])


def speckled(power: npt.NDArray[Any], looks: float, rng: Rng) -> npt.NDArray[np.float32]:
    """Return linear power under fully developed speckle of so many looks, independent by pixel.

    The mean of L exponential intensities is gamma distributed of shape L (Goodman 1976).
    """
    return np.asarray(power * rng.gamma(looks, 1 / looks, power.shape), np.float32)


def decibels(power: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return 10 log10 of power, which is above 0."""
    return np.asarray(10 * np.log10(np.maximum(power, 1e-6)), np.float32)
