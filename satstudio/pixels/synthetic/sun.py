"""Sun: where it stands, by day of year and latitude, at the hour that satellites pass."""

import math
from dataclasses import dataclass
from typing import Self

from satstudio.pixels.synthetic.cover_spectra import YEAR_DAYS

PASS_HOUR = 10.5
"""Local solar time at which Sentinel-2 passes."""

LOWEST_DEG = 20.0
"""Scenes of a lower sun are not made: shadows are longer than patches."""


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the sun stands.

    Attributes
    ----------
    azimuth_deg : clockwise from north
    height_deg : over the horizon
    """

    azimuth_deg: float
    height_deg: float

    @classmethod
    def of(cls, day: float, latitude_deg: float) -> Self:
        """Return the sun of a day of the year as the satellite passes.

        Declination after Cooper (1969); height and azimuth by spherical trigonometry.
        """
        declination = math.radians(23.45) * math.sin(2 * math.pi * (284 + day) / YEAR_DAYS)
        hour, latitude = math.radians(15 * (PASS_HOUR - 12)), math.radians(latitude_deg)
        up = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(
            declination
        ) * math.cos(hour)
        east = -math.cos(declination) * math.sin(hour)
        north = math.sin(declination) * math.cos(latitude) - math.cos(declination) * math.sin(
            latitude
        ) * math.cos(hour)
        height = math.degrees(math.asin(up))
        return cls(math.degrees(math.atan2(east, north)) % 360, max(height, LOWEST_DEG))

    def toward(self, height_m: float) -> tuple[float, float]:
        """Return how far down and right (m) of a pixel the ray from it to the sun is so high.

        Rows go south, columns east.
        """
        away = height_m / math.tan(math.radians(self.height_deg))
        azimuth = math.radians(self.azimuth_deg)
        return -away * math.cos(azimuth), away * math.sin(azimuth)
