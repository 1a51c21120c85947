"""Annotation of a Sentinel-1 image: geolocation grid, spacing, bursts, date; from its XML."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Gcp
from satstudio.scenes.line_times import Run

Lines = npt.NDArray[np.int32]
Number = TypeVar("Number", int, float)
OF_IMAGE = "imageAnnotation/imageInformation"
TAGS = {
    "MISSION": "adsHeader/missionId",
    "PRODUCT_TYPE": "adsHeader/productType",
    "MODE": "adsHeader/mode",
    "SWATH": "adsHeader/swath",
    "POLARISATION": "adsHeader/polarisation",
    "START_TIME": "adsHeader/startTime",
    "STOP_TIME": "adsHeader/stopTime",
    "ABSOLUTE_ORBIT": "adsHeader/absoluteOrbitNumber",
    "PASS": "generalAnnotation/productInformation/pass",
    "HEADING_DEG": "generalAnnotation/productInformation/platformHeading",
    "RADAR_FREQUENCY_HZ": "generalAnnotation/productInformation/radarFrequency",
    "RANGE_PIXEL_SPACING_M": "imageAnnotation/imageInformation/rangePixelSpacing",
    "AZIMUTH_PIXEL_SPACING_M": "imageAnnotation/imageInformation/azimuthPixelSpacing",
    "INCIDENCE_MID_SWATH_DEG": "imageAnnotation/imageInformation/incidenceAngleMidSwath",
}


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is taken from an annotation file.

    Attributes
    ----------
    is_slc : single-look complex, in slant range
    spacing_m : (azimuth, ground range)
    first, last : first and last valid column of each line, -1 where the line has none; None
        where the image has no bursts
    runs : row and time of the first line of each burst; of the image where it has none
    interval_s, rows : time between two lines of a burst; lines of the image in full
    """

    polarisation: str
    date: str
    is_slc: bool
    gcps: tuple[Gcp, ...]
    spacing_m: tuple[float, float] | None
    first: Lines | None
    last: Lines | None
    tags: Mapping[str, str]
    runs: tuple[Run, ...] = ()
    interval_s: float | None = None
    rows: int | None = None


def parse_annotation(xml: bytes, name: str) -> Annotation:
    """Read an annotation file.

    Raises
    ------
    SceneReadError
        If it is no annotation of a Sentinel-1 image.
    """
    try:
        root = ET.fromstring(xml)  # noqa: S314 - expat has its own guard against bombs
        tags = {key: root.findtext(path) or "" for key, path in TAGS.items()}
        first, last = _bursts(root)
        return Annotation(
            polarisation=tags["POLARISATION"].upper(),
            date=tags["START_TIME"],
            is_slc=tags["PRODUCT_TYPE"] == "SLC",
            gcps=_gcps(root),
            spacing_m=_spacing_m(tags),
            first=first,
            last=last,
            tags={key: value for key, value in tags.items() if value},
            runs=_runs(root),
            interval_s=_of_image(root, "azimuthTimeInterval", float),
            rows=_of_image(root, "numberOfLines", int),
        )
    except (ET.ParseError, ValueError) as error:
        raise SceneReadError(
            f"Cannot read {name}: it is no Sentinel-1 annotation ({error}); "
            "copy or download the product again."
        ) from error


def _gcps(root: ET.Element) -> tuple[Gcp, ...]:
    """Return the geolocation grid; its lines and pixels are counted from pixel centres."""
    points = root.iterfind("geolocationGrid/geolocationGridPointList/geolocationGridPoint")
    return tuple(
        Gcp(
            row=_number(point, "line") + 0.5,
            col=_number(point, "pixel") + 0.5,
            x=_number(point, "longitude"),
            y=_number(point, "latitude"),
            z=_number(point, "height"),
        )
        for point in points
    )


def _number(point: ET.Element, name: str) -> float:
    return float(point.findtext(name, ""))


def _spacing_m(tags: Mapping[str, str]) -> tuple[float, float] | None:
    across, along = tags["RANGE_PIXEL_SPACING_M"], tags["AZIMUTH_PIXEL_SPACING_M"]
    if not across or not along:
        return None
    incidence = float(tags["INCIDENCE_MID_SWATH_DEG"] or 90)
    is_slant = tags["PRODUCT_TYPE"] == "SLC"
    ground = float(across) / math.sin(math.radians(incidence)) if is_slant else float(across)
    return float(along), ground


def _bursts(root: ET.Element) -> tuple[Lines | None, Lines | None]:
    """Return first and last valid sample of every line, burst after burst."""
    bursts = root.findall("swathTiming/burstList/burst")
    if not bursts:
        return None, None
    first = [_samples(burst, "firstValidSample") for burst in bursts]
    last = [_samples(burst, "lastValidSample") for burst in bursts]
    return np.concatenate(first), np.concatenate(last)


def _runs(root: ET.Element) -> tuple[Run, ...]:
    """Return row and time of the first line of each burst, else of the image."""
    bursts = root.findall("swathTiming/burstList/burst")
    per_burst = int(root.findtext("swathTiming/linesPerBurst") or 0)
    times = [burst.findtext("azimuthTime") for burst in bursts]
    if not times:
        times = [root.findtext(f"{OF_IMAGE}/productFirstLineUtcTime")]
    return tuple(
        (number * per_burst, datetime.fromisoformat(time))
        for number, time in enumerate(times)
        if time
    )


def _of_image(root: ET.Element, name: str, kind: Callable[[str], Number]) -> Number | None:
    text = root.findtext(f"{OF_IMAGE}/{name}")
    return kind(text) if text else None


def _samples(burst: ET.Element, name: str) -> Lines:
    return np.array((burst.findtext(name) or "").split(), np.int32)
