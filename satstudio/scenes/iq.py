"""I and Q: two real bands that are parts of complex samples, read as one complex band.

Files say so by the NITF field ISUBCAT of their bands (I and Q, or M and P: SICD volume 2,
pixel types RE32F_IM32F, RE16I_IM16I, AMP8I_PHS8I) or by names: i_VV and q_VV (SNAP), s_i and
s_q (ICEYE), VH.I and VH.Q, HH_real and HH_imag.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.address import Pairs
from satstudio.scenes.gdal.describe import polarisation_of
from satstudio.scenes.gdal.image import is_data
from satstudio.scenes.source import BandInfo, Details, Source

Part = Literal["i", "q", "m", "p"]
"""Real part, imaginary part; modulus, phase."""

WORDS: Mapping[str, Part] = {"i": "i", "q": "q", "real": "i", "imag": "q", "re": "i", "im": "q"}
TWINS = {"i": "q", "q": "i", "real": "imag", "imag": "real", "re": "im", "im": "re"}
WORD = "|".join(WORDS)
NAMES = (
    re.compile(rf"(?P<part>{WORD})[._ -](?P<stem>.+)", re.IGNORECASE),
    re.compile(rf"(?P<stem>.+)[._ -](?P<part>{WORD})", re.IGNORECASE),
    re.compile(rf"(?P<part>{WORD})(?P<stem>)", re.IGNORECASE),
)
MATRIX = re.compile(r"[CT][1-4][1-4]", re.IGNORECASE)
"""Elements of a covariance or coherency matrix: complex, but no samples."""

STOKES = {"U", "V"}
"""Beside bands of these names, I and Q are Stokes parameters."""

SUBCATEGORY = "NITF_ISUBCAT"
MAG_UNIT: Mapping[str, float] = {"uint8": 2 * np.pi / 256, "uint16": 2 * np.pi / 65536}
"""Radians of a step of a phase kept as integers; kept as a float it is in radians."""


@dataclass(frozen=True, slots=True)
class Half:
    """A band that is a part of complex samples: which part, of what.

    Attributes
    ----------
    stem : what both parts of a pair have in common
    is_sure : nothing else is called so; without its other half the band is of no use
    """

    part: Part
    stem: str
    is_sure: bool


class IqSource:
    """A source whose pairs of real bands are read as complex bands; all other bands are gone.

    Parameters
    ----------
    inner : the source of the real bands; closed with this one
    pairs : (I, Q), or with `is_polar` (modulus, phase), counted from 0
    """

    is_complex = True

    def __init__(self, inner: Source, pairs: Pairs, *, is_polar: bool = False) -> None:
        self._inner = inner
        self._pairs = pairs
        self._is_polar = is_polar
        self.grid = inner.grid
        self.parts = inner.bands
        self.parts_dtype: str = getattr(inner, "dtype", "float32")
        is_short = self.parts_dtype in ("int16", "int8", "uint8") and not is_polar
        self.dtype = "complex_int16" if is_short else "complex64"
        self.band_info = tuple(_paired(inner, pair, number) for number, pair in enumerate(pairs, 1))
        self.bands = tuple(info.name for info in self.band_info)
        known: Sequence[float | None] = getattr(inner, "nodata", (None,) * len(inner.bands))
        self._parts_nodata = tuple(known)
        self.driver: str = getattr(inner, "driver", type(inner).__name__)
        self.nodata = tuple(self._common(pair) for pair in pairs)
        self.details = self._details(getattr(inner, "details", Details()))
        self.block: tuple[int, int] = getattr(inner, "block", (256, 256))
        for name in ("files", "title"):
            if hasattr(inner, name):
                setattr(self, name, getattr(inner, name))

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Return (bands, rows, cols) complex64, and where both halves of all bands have data."""
        wanted = [part for band in bands for part in self._pairs[band]]
        parts, inside = self._inner.read(window, shape, wanted)
        pixels = np.empty((len(bands), shape.rows, shape.cols), np.complex64)
        valid: Mask = inside.copy()
        for index, band in enumerate(bands):
            first, second = parts[2 * index], parts[2 * index + 1]
            pixels[index] = self._joined(first, second)
            valid &= self._has_data(first, second, self._pairs[band])
        return pixels, valid

    def close(self) -> None:
        """Close the source of the real bands."""
        self._inner.close()

    def _joined(self, first: Pixels, second: Pixels) -> Pixels:
        if self._is_polar:
            turn = second.astype(np.float32) * np.float32(MAG_UNIT.get(self.parts_dtype, 1.0))
            return np.asarray(first.astype(np.float32) * np.exp(1j * turn).astype(np.complex64))
        joined: Pixels = np.empty(first.shape, np.complex64)
        joined.real, joined.imag = first, second
        return joined

    def _has_data(self, first: Pixels, second: Pixels, pair: tuple[int, int]) -> Mask:
        """Tell where both halves have data; zeros mean none only where both are zero.

        A real or an imaginary part of a valid sample is 0 now and then, most of all in integers.
        """
        values = [self._parts_nodata[band] for band in pair]
        if self._is_polar:
            return is_data(first, values[0]) & is_data(second, None)
        if values == [0, 0]:
            good = is_data(first, None) & is_data(second, None)
            return np.asarray(good & ((first != 0) | (second != 0)))
        return is_data(first, values[0]) & is_data(second, values[1])

    def _common(self, pair: tuple[int, int]) -> float | None:
        """Return the nodata value of a complex band: 0 only; else its mask says what is valid."""
        return 0.0 if all(self._parts_nodata[band] == 0 for band in pair) else None

    def _details(self, known: Details) -> Details:
        """Return details of the complex bands; what GDAL says of the halves goes."""
        named = any(value is not None for value in self._parts_nodata)
        tags = tuple(known.band_tags[first] for first, _ in self._pairs) if known.band_tags else ()
        kept = tuple({k: v for k, v in one.items() if k != SUBCATEGORY} for one in tags)
        has_mask = known.has_mask or (named and any(value is None for value in self.nodata))
        return Details(tags=known.tags, band_tags=kept, has_mask=has_mask)


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs that a file itself names.

    Attributes
    ----------
    reason : what says so, for people
    is_polar : modulus and phase instead of I and Q
    """

    pairs: Pairs
    reason: str
    is_polar: bool = False


def find_pairs(source: Source, name: str) -> Found | None:
    """Return the pairs of real bands that are complex samples; None where there are none.

    Raises
    ------
    SceneReadError
        If a band is surely one half of complex samples and the other one is missing.
    """
    if source.is_complex:
        return None
    return _by_subcategory(source, name) or _by_names(source, name)


def check_pairs(source: Source, pairs: Pairs, name: str) -> None:
    """Refuse pairs that a source does not have; raises SceneReadError."""
    if source.is_complex:
        raise SceneReadError(f"{name} is complex already; it has no bands of I and Q to pair.")
    most = max(band for pair in pairs for band in pair)
    if most >= len(source.bands):
        raise SceneReadError(
            f"{name} has {len(source.bands)} band(s), so band {most + 1} is no I or Q of it."
        )


def half_of(name: str) -> Half | None:
    """Return which part of complex samples a name says a band is; None where it says nothing."""
    for pattern in NAMES:
        found = pattern.fullmatch(name)
        if found:
            stem, word = found["stem"], found["part"].lower()
            if MATRIX.fullmatch(stem):
                return None
            is_iq = word in ("i", "q")
            is_sure = is_iq and (polarisation_of(stem.replace("_", " ")) is not None or stem == "s")
            return Half(WORDS[word], stem.upper(), is_sure)
    return None


def twin_of(name: str) -> str | None:
    """Return what the other half of complex samples is called; None for what is no half."""
    if half_of(name) is None:
        return None
    for pattern in NAMES:
        found = pattern.fullmatch(name)
        if found:
            part = found["part"]
            other = TWINS[part.lower()]
            other = other.upper() if part.isupper() else other
            return name[: found.start("part")] + other + name[found.end("part") :]
    return None


def _by_subcategory(source: Source, name: str) -> Found | None:
    details: Details = getattr(source, "details", Details())
    kinds = [tags.get(SUBCATEGORY, "").strip().upper() for tags in details.band_tags]
    if not {"I", "Q", "M", "P"} & set(kinds):
        return None
    for first, second in (("I", "Q"), ("M", "P")):
        ones = [band for band, kind in enumerate(kinds) if kind == first]
        others = [band for band, kind in enumerate(kinds) if kind == second]
        if ones and len(ones) == len(others):
            pairs = tuple(zip(ones, others, strict=True))
            reason = f"the NITF field ISUBCAT of its bands says {first} and {second}"
            return Found(pairs, reason, is_polar=first == "M")
    raise SceneReadError(_half_sentence(name, "a band", ", ".join(filter(None, kinds))))


def _by_names(source: Source, name: str) -> Found | None:
    if {band.upper() for band in source.bands} & STOKES:
        return None
    halves = {band: half_of(text) for band, text in enumerate(source.bands)}
    firsts = {half.stem: band for band, half in halves.items() if half and half.part == "i"}
    seconds = {half.stem: band for band, half in halves.items() if half and half.part == "q"}
    for band, half in halves.items():
        if half and half.is_sure and not (half.stem in firsts and half.stem in seconds):
            raise SceneReadError(_half_sentence(name, source.bands[band], half.part.upper()))
    pairs = tuple((band, seconds[stem]) for stem, band in firsts.items() if stem in seconds)
    if not pairs:
        return None
    named = ", ".join(f"{source.bands[i]} and {source.bands[q]}" for i, q in pairs[:3])
    return Found(pairs, f"its bands are called {named}")


def _half_sentence(name: str, band: str, part: str) -> str:
    return (
        f"{name}: {band} is one half of complex samples ({part}) and the other one is missing; "
        "open it with both, or as plain numbers with '#quantity=dn'."
    )


def _paired(source: Source, pair: tuple[int, int], number: int) -> BandInfo:
    """Name a complex band by what its halves have in common, else by its number."""
    plain = tuple(BandInfo(name) for name in source.bands)
    infos: tuple[BandInfo, ...] = getattr(source, "band_info", plain)
    first, second = (infos[band] for band in pair)
    half = half_of(first.name)
    stem = next((found["stem"] for p in NAMES if (found := p.fullmatch(first.name))), "")
    name = stem if half is not None and stem else f"band{number}"
    polarisation = first.polarisation if first.polarisation == second.polarisation else None
    return replace(first, name=name, polarisation=polarisation or polarisation_of(name), unit=None)
