"""natural_bands: which bands are red, green and blue, by the file's word, names or wavelengths."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

WANTED_NM = (660.0, 560.0, 480.0)
"""Middles of red, green and blue, as the sensors of land have them."""

NEAR_NM = 35.0
WORDS = ("red", "green", "blue")
OTHERS = frozenset(
    {"edge", "rededge", "near", "infrared", "nir", "swir", "coastal", "deep", "yellow", "far"}
)
"""Words that make a red or blue band another one: red edge, near infrared, coastal blue."""

CODES = ((4, 3, 2), (3, 2, 1))
"""Numbers of red, green and blue: Sentinel-2 and Landsat 8; Landsat 4 to 7, which lack band 6."""

CODE = re.compile(r"(?:^|[^A-Z])B0*(\d{1,2})(?![0-9A-Z])")
LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(nm|nanomet\w*|um|\N{MICRO SIGN}m|micromet\w*|micron\w*)\b")
Bands = tuple[int, ...]


class Named(Protocol):
    """What `natural_bands` asks of a scene."""

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands."""
        ...

    @property
    def colours(self) -> tuple[str, ...]:
        """GDAL's colour interpretation, one a band."""
        ...


def natural_bands(scene: Named, band_tags: Sequence[Mapping[str, str]] = ()) -> Bands:
    """Return the bands of red, green and blue; empty where nothing tells them.

    Parameters
    ----------
    band_tags : of each band; `wavelength` with `wavelength_units`, or GDAL's
        `CENTRAL_WAVELENGTH_UM`
    """
    colours = list(scene.colours)
    if all(word in colours for word in WORDS):
        return tuple(colours.index(word) for word in WORDS)
    lengths = [
        wavelength_nm(name, band_tags[number] if number < len(band_tags) else {})
        for number, name in enumerate(scene.bands)
    ]
    return _by_words(scene.bands) or _by_lengths(lengths) or _by_codes(scene.bands)


def wavelength_nm(name: str, tags: Mapping[str, str]) -> float | None:
    """Return the middle of a band in nanometres; None where neither tags nor name say it."""
    lower = {key.lower(): value for key, value in tags.items()}
    if "central_wavelength_um" in lower:
        text = f"{lower['central_wavelength_um']} um"
    elif "wavelength" in lower:
        text = f"{lower['wavelength']} {lower.get('wavelength_units', 'nm')}"
    else:
        text = name
    found = LENGTH.search(text.lower())
    if found is None:
        return None
    return float(found[1]) * (1.0 if found[2].startswith("n") else 1000.0)


def _by_words(names: Sequence[str]) -> Bands:
    """Find bands whose names hold a colour as a word of its own."""
    words = [set(re.findall("[a-z]+", name.lower())) for name in names]
    found = [
        next((number for number, has in enumerate(words) if word in has and not has & OTHERS), None)
        for word in WORDS
    ]
    return _all(found)


def _by_lengths(lengths: Sequence[float | None]) -> Bands:
    """Find the bands next to the middles of the three colours."""
    found: list[int | None] = []
    for wanted in WANTED_NM:
        far = {n: abs(nm - wanted) for n, nm in enumerate(lengths) if nm is not None}
        best = min(far, key=far.__getitem__, default=None)
        found.append(best if best is not None and far[best] <= NEAR_NM else None)
    return _all(found)


def _by_codes(names: Sequence[str]) -> Bands:
    """Find bands by the numbers that the makers of Sentinel-2 and Landsat gave them."""
    codes = [int(code[1]) if (code := CODE.search(name.upper())) else None for name in names]
    is_old = 1 in codes and 7 in codes and 6 not in codes
    wanted = CODES[1] if is_old else CODES[0]
    return _all([codes.index(code) if code in codes else None for code in wanted])


def _all(found: Sequence[int | None]) -> Bands:
    known = tuple(number for number in found if number is not None)
    return known if len(known) == len(WANTED_NM) == len(set(known)) else ()
