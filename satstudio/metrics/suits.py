"""Suits: which comparisons of scenes a metric is for, as its own card says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Suits:
    """Which comparisons a metric is for, and where lists of figures have it.

    Attributes
    ----------
    place : among what the window offers, smallest first; 0: on the command line only
    usual : what has it unasked: comparisons of radar scenes, of real values, of several bands of
        real values, where each parameter that it requires is known; curves of a training
    holds : what scenes must hold; radar: or plain numbers, which may be; optical: anything but
    least_bands : of a scene
    least_px : of its shorter side, among the usual figures
    sees_power : of radar scenes it sees linear intensity, whatever they hold
    """

    place: int = 0
    usual: Literal["", "radar", "real", "spectra", "training"] = ""
    holds: Literal["any", "radar", "optical"] = "any"
    least_bands: int = 1
    least_px: int = 1
    sees_power: bool = False


UNLISTED = Suits()
"""For any comparison, by its name alone."""
