"""known_quantity(source, name): what the values of a source are: read, or guessed with a reason.

Read are satstudio's own tag, units, standard names (CF conventions), the bands' names of SNAP,
pyroSAR, ASF HyP3, OPERA and NISAR products, elements of PolSARpro's matrices, palettes, formats
that hold heights only. Everything less sure is a guess, and says what it stands on.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Window
from satstudio.core.quantity import QUANTITIES, Known, Quantity, is_radar, quantity_named
from satstudio.scenes.gdal.describe import numpy_type, polarisation_of
from satstudio.scenes.source import BandInfo, Details, Source

TAG = "SATSTUDIO_QUANTITY"
UNITS: Mapping[str, Quantity] = {
    **dict.fromkeys(("db", "decibel", "decibels", "intensity_db", "amplitude_db"), "db"),
    **dict.fromkeys(("rad", "radian", "radians", "phase"), "phase"),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "height"),
    **dict.fromkeys(("intensity", "power"), "power"),
    **dict.fromkeys(("amplitude",), "amplitude"),
    **dict.fromkeys(("coherence",), "coherence"),
    **dict.fromkeys(("class", "classes"), "class"),
    **dict.fromkeys(("dn", "digital number", "digital numbers"), "dn"),
}
STANDARD_NAMES: Mapping[str, Quantity] = {
    "surface_backwards_scattering_coefficient_of_radar_wave": "sigma0",
    "surface_altitude": "height",
    "altitude": "height",
    "height_above_reference_ellipsoid": "height",
    "height_above_geopotential_datum": "height",
    "surface_bidirectional_reflectance": "reflectance",
    "toa_bidirectional_reflectance": "reflectance",
}
NAMES: tuple[tuple[str, Quantity], ...] = (
    (r"(?<![a-z0-9])db(?![a-z0-9])", "db"),
    (r"(?<![a-z])sig(ma)?[ _-]?(0|nought|naught|zero)(?![0-9])", "sigma0"),
    (r"(?<![a-z])beta[ _-]?(0|nought|naught|zero)(?![0-9])", "beta0"),
    (r"(?<![a-z])gam(ma)?[ _-]?(0|nought|naught|zero)(?![0-9])", "gamma0"),
    (r"(?<![a-z])(intensity|mli)(?![a-z])", "power"),
    (r"(?<![a-z])amplitude(?![a-z])", "amplitude"),
    (r"(?<![a-z])coh(erence(magnitude)?)?\d*(?![a-z])", "coherence"),
    (r"(?<![a-z])((un)?wrapped|unw)[ _-]?phase(?![a-z])|(?<![a-z])phase(?![a-z])", "phase"),
    (r"(?<![a-z])(elevation|dem|dsm|dtm|hgt|srtm\w*)(?![a-z])", "height"),
    (r"(?<![a-z])(scl|qa[ _-]?pixel|land[ _-]?cover|lulc|connectedcomponents)(?![a-z])", "class"),
    (r"(?<![a-z])(boa|toa|surface)?[ _-]?reflectance(?![a-z])", "reflectance"),
)
"""Of bands and images; the first that is found holds: `Sigma0_VV_db` are decibels."""

FILE_NAMES: tuple[tuple[str, Quantity, str], ...] = (
    (r"_rtc\d*_[a-z]_[gs]d", "db", "ASF HyP3 names its products so"),
    (r"_rtc\d*_[a-z]_[gs]a", "amplitude", "ASF HyP3 names its products so"),
    (r"_rtc\d*_[a-z]_gp", "gamma0", "ASF HyP3 names its products so"),
    (r"_rtc\d*_[a-z]_sp", "sigma0", "ASF HyP3 names its products so"),
    (r"opera_l2_rtc-s1", "gamma0", "OPERA RTC-S1 holds it"),
    (r"/gcov/", "gamma0", "NISAR GCOV holds it"),
    (r"(?<![a-z0-9])db$", "db", "its name ends with db"),
    (r"(^|/)[ct]([1-4])\2$", "power", "a diagonal element of a PolSARpro matrix"),
    (
        r"(^|/)[ct][1-4][1-4]_(real|imag)$",
        "dn",
        "a part of an element of a PolSARpro matrix",
    ),
    (r"s1[a-d]-\w+-grd-", "amplitude", "a measurement of a Sentinel-1 GRD product"),
    (r"(^|[/_])t\d\d[a-z]{3}_.*b\d[\da](_\d\dm)?$", "reflectance", "Sentinel-2 names them so"),
    (r"l[ceot]0\d_l2sp_.*_sr_b\d", "reflectance", "Landsat names surface reflectance so"),
    (r"hls\.[sl]30\..*\.b\d[\da]$", "reflectance", "HLS names its bands so"),
)
"""Of products, as `folder/name` or the path inside a container, in small letters."""

GUESSES: tuple[tuple[str, Quantity, str], ...] = (
    *((pattern, quantity, "") for pattern, quantity in NAMES[1:]),
    (r"\.(hgt|dem|dt[012])(-|$)|(?<![a-z])(heights?|topo)(?![a-z])", "height", ""),
    (r"\.cor$|(?<![a-z])(corr|cc)$", "coherence", ""),
    (r"\.unw$|(?<![a-z])unw(?![a-z])", "phase", ""),
    (r"(?<![a-z])(labels?|labelhand|classes|classification|clc|corine)\d*(?![a-z])", "class", ""),
    (r"(?<![a-z])rtc(?![a-z])", "gamma0", ""),
    (r"(?<![a-z0-9])(s2[a-d]?|sentinel-?2)(?![a-z0-9])", "reflectance", ""),
    (
        r"(?<![a-z])(grd|umbra|capella|iceye|mgd|imagery_[hv]{2}|image_[hv]{2}_sra)(?![a-z])",
        "amplitude",
        "detected images of this kind hold amplitudes",
    ),
)
"""Of files and images, less sure: the last part of a name, with its ending."""

KINDS: Mapping[Quantity, str] = {"class": "iub", "coherence": "f", "phase": "f"}
"""Types of numbers (as numpy calls them) without which such a guess is none."""

WORDS = {"NETCDF_VARNAME": "variable", "long_name": "long name", "description": "description"}
"""Tags of a band that name it, and what people call them."""

SENTINEL2 = re.compile(r"b(0?[1-9]|1[0-2]|8a)", re.IGNORECASE)
OTHER_LENGTHS = re.compile(r"displacement|los|range|baseline|wavelength|distance|depth", re.I)
ANGLES = re.compile(r"angle|incidence|(?<![a-z])lia(?![a-z])", re.IGNORECASE)
HEIGHT_DRIVERS = ("SRTMHGT", "DTED", "USGSDEM")
PLACES, SIDE_PX = 3, 32
LEAST_NEGATIVE = 0.05
MOST_LINEAR = 20.0
"""Backscatter as linear power is rarely above this (13 dB) in the middle of a scene."""


@dataclass(frozen=True, slots=True)
class _Band:
    """What is known of one band."""

    info: BandInfo
    tags: Mapping[str, str]


def known_quantity(source: Source, path: Path, image: str | None) -> Known:
    """Return what the values of a source are, who says so, and why.

    Parameters
    ----------
    path, image : what was opened, for names that say what is in them
    """
    if source.is_complex:
        return Known("complex", "file", "its samples are complex")
    own = getattr(source, "quantity", None)
    if own is not None:
        return Known(own, "file", "products of this format hold it")
    details: Details = getattr(source, "details", Details())
    tagged = quantity_named(details.tags.get(TAG, ""))
    if tagged is not None and tagged != "complex":
        return Known(tagged, "file", f"its tag {TAG}")
    name = f"{path.parent.name}/{path.name}" if image is None else image
    for step in (_of_format, _of_bands, _of_file_name):
        found = step(source, details, name)
        if found is not None:
            return found
    inside = None if image is None else _named(image.rpartition("/")[2])
    if inside is not None:
        return Known(inside, "file", f"the image's name {image}")
    return _guessed(source, details, name) or Known("dn")


def _of_format(source: Source, details: Details, name: str) -> Known | None:
    driver: str = getattr(source, "driver", "")
    if driver in HEIGHT_DRIVERS:
        return Known("height", "file", f"files of format {driver} hold heights")
    if details.colours == ("palette",):
        return Known("class", "file", "its colours are a palette")
    if any(tags.get("LAYER_TYPE", "").lower() == "thematic" for tags in details.band_tags):
        return Known("class", "file", "its layer is thematic")
    if details.colours[:3] == ("red", "green", "blue"):
        return Known("dn", "file", "its colours are red, green and blue")
    described = details.tags.get("TIFFTAG_IMAGEDESCRIPTION", "")
    if re.search(r"Sentinel-1.* GRD ", described):
        return Known("amplitude", "file", f"it says {described}")
    return None


def _of_bands(source: Source, details: Details, name: str) -> Known | None:
    """Return what all bands say of themselves, angles beside them left out."""
    plain = tuple(BandInfo(band) for band in source.bands)
    infos: Sequence[BandInfo] = getattr(source, "band_info", plain)
    tags = details.band_tags or ({},) * len(infos)
    bands = [_Band(*both) for both in zip(infos, tags, strict=True)]
    counted = [band for band in bands if not ANGLES.search(band.info.name)] or bands
    found = [_of_band(band) for band in counted]
    said = {one.quantity for one in found if one is not None}
    if len(said) > 1:
        is_power = {QUANTITIES[one].family for one in said} == {"power"} and "dn" not in said
        text = f"its bands hold different quantities ({', '.join(sorted(said))})"
        return Known("power" if is_power else "dn", "file", text)
    if not said or None in found:
        return None
    known = found[0]
    scaled = any(scale not in (0, 1) for scale in details.scales) or any(details.offsets)
    if known is not None and known.quantity == "db" and scaled:
        return Known("dn", "file", "its numbers become decibels only with its scale and offset")
    return known


def _of_band(band: _Band) -> Known | None:
    """Return what a band says by standard name, flags, name or unit."""
    name = band.info.name
    standard = band.tags.get("standard_name", "")
    for word in standard.split():
        if word in STANDARD_NAMES:
            return Known(_in_unit(STANDARD_NAMES[word], band), "file", f"its standard name {word}")
    if "flag_meanings" in band.tags or "flag_values" in band.tags:
        return Known("class", "file", "it lists flag values")
    texts = {name: "band name"}
    texts |= {band.tags[key]: what for key, what in WORDS.items() if key in band.tags}
    for text, what in texts.items():
        quantity = _named(text)
        if quantity is not None:
            return Known(_in_unit(quantity, band), "file", f"the {what} {text}")
    return _of_unit(band)


def _of_unit(band: _Band) -> Known | None:
    unit = _unit(band)
    quantity = UNITS.get(unit.lower())
    name = f"{band.info.name} {band.tags.get('long_name', '')}"
    if quantity == "height" and OTHER_LENGTHS.search(name):
        return None
    return None if quantity is None else Known(quantity, "file", f"the unit {unit}")


def _in_unit(quantity: Quantity, band: _Band) -> Quantity:
    """Return decibels where a backscatter's unit says so."""
    return "db" if is_radar(quantity) and UNITS.get(_unit(band).lower()) == "db" else quantity


def _unit(band: _Band) -> str:
    return (band.info.unit or band.tags.get("units", "") or band.tags.get("UNITS", "")).strip()


def _named(text: str) -> Quantity | None:
    lower = text.lower()
    for pattern, quantity in NAMES:
        if re.search(pattern, lower):
            return None if quantity == "height" and OTHER_LENGTHS.search(lower) else quantity
    return None


def _of_file_name(source: Source, details: Details, name: str) -> Known | None:
    """Return what products are named by."""
    stem = _stem(name)
    for pattern, quantity, why in FILE_NAMES:
        if re.search(pattern, stem):
            return Known(quantity, "file", why)
    return None


def _guessed(source: Source, details: Details, name: str) -> Known | None:
    steps: tuple[Callable[[], Known | None], ...] = (
        lambda: _guess_by_name(source, name),
        lambda: _guess_reflectance(source, details),
        lambda: _guess_radar(source),
    )
    return next((found for step in steps if (found := step()) is not None), None)


def _guess_by_name(source: Source, name: str) -> Known | None:
    kind = np.dtype(numpy_type(getattr(source, "dtype", "float32"))).kind
    last = name.rpartition("/")[2]
    for pattern, quantity, why in GUESSES:
        found = re.search(pattern, last.lower()) or re.search(pattern, _stem(last))
        if found and kind in KINDS.get(quantity, kind):
            return Known(quantity, "guess", f"its name is {last}" + (f"; {why}" if why else ""))
    return None


def _guess_reflectance(source: Source, details: Details) -> Known | None:
    names = [band for band in source.bands if SENTINEL2.fullmatch(band)]
    if len(source.bands) > 1 and len(names) == len(source.bands):
        return Known("reflectance", "guess", "its bands have the names of Sentinel-2's")
    has_waves = any("wavelength" in tags for tags in details.band_tags)
    if has_waves and set(details.scales) == {1e-4}:
        return Known("reflectance", "guess", "its bands have wavelengths and a scale of 0.0001")
    return None


def _guess_radar(source: Source) -> Known | None:
    """Guess the quantity of bands that are named by their polarisation from a look at them."""
    radar = [band for band, text in enumerate(source.bands) if polarisation_of(text)]
    others = [text for text in source.bands if not (polarisation_of(text) or ANGLES.search(text))]
    if not radar or others:
        return None
    named = ", ".join(source.bands[band] for band in radar[:4])
    if not getattr(source, "dtype", "").startswith("float"):
        return Known("amplitude", "guess", f"its bands are called {named} and hold integers")
    values = _look(source, radar[0])
    if len(values) == 0:
        return None
    share, middle = float((values < 0).mean()), float(np.median(values))
    if share > LEAST_NEGATIVE and middle > -100:
        text = f"its bands are called {named} and {share:.0%} of a look at them lie below 0"
        return Known("db", "guess", text)
    if share <= LEAST_NEGATIVE and middle < MOST_LINEAR:
        text = f"its bands are called {named} and hold small numbers above 0 ({middle:.2g})"
        return Known("power", "guess", text)
    return None


def _look(source: Source, band: int) -> npt.NDArray[Any]:
    """Read a few small windows of a band; returns the valid values, none where all is empty."""
    size = source.grid.size
    rows, cols = min(SIDE_PX, size.rows), min(SIDE_PX, size.cols)
    found = []
    for row in np.unique(np.linspace(0, size.rows - rows, PLACES).astype(int)):
        for col in np.unique(np.linspace(0, size.cols - cols, PLACES).astype(int)):
            place = Window(int(row), int(col), rows, cols)
            pixels, valid = source.read(place, place.size, [band])
            values = pixels[0][valid].astype(np.float64)
            found.append(values[np.isfinite(values)])
    return np.concatenate(found)


def _stem(name: str) -> str:
    """Return `folder/file` in small letters, without the ending of an image file."""
    return re.sub(r"\.(tiff?|jp2|img|bin|vrt|dat|nc|h5|png)$", "", name.lower())
