"""describe(dataset): everything that is known about an open GDAL dataset, checked at the door."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rasterio.enums import ColorInterp, MaskFlags

from satstudio.core.grid import Gcp, GeoGrid, Size
from satstudio.scenes.gdal.locate import ground_spacing
from satstudio.scenes.source import BandInfo, Details

MaskKind = Literal["none", "nodata", "mask"]
SPACING_TAG = "SATSTUDIO_SPACING_M"


@dataclass(frozen=True, slots=True)
class Description:
    """What `describe` found; see Source for the meaning of the fields."""

    grid: GeoGrid
    band_info: tuple[BandInfo, ...]
    dtype: str
    is_complex: bool
    nodata: tuple[float | None, ...]
    driver: str
    details: Details
    block: tuple[int, int]
    files: tuple[Path, ...]
    mask_kind: MaskKind


def describe(dataset: Any, hint: str) -> Description:  # noqa: ANN401 - rasterio has no types
    """Read all metadata of a rasterio dataset; what it raises passes through.

    Parameters
    ----------
    hint : name of the file or image, in which polarisation and date are looked for
    """
    dtype = common_dtype(dataset.dtypes)
    is_complex = dtype.startswith("complex")
    bands = range(1, dataset.count + 1)
    tags = dataset.tags()
    colours = tuple(ColorInterp(item).name for item in dataset.colorinterp)
    details = Details(
        tags=tags,
        band_tags=tuple(dataset.tags(band) for band in bands),
        colours=colours,
        scales=tuple(dataset.scales),
        offsets=tuple(dataset.offsets),
        palette=dataset.colormap(1) if colours == ("palette",) else None,
        has_mask=MaskFlags.per_dataset in dataset.mask_flag_enums[0]
        and MaskFlags.alpha not in dataset.mask_flag_enums[0],
    )
    band_info = tuple(_band(dataset, details, band, hint) for band in bands)
    return Description(
        grid=_grid(dataset),
        band_info=band_info,
        dtype=dtype,
        is_complex=is_complex,
        nodata=tuple(dataset.nodatavals),
        driver=dataset.driver,
        details=details,
        block=tuple(dataset.block_shapes[0]),
        files=tuple(Path(name) for name in dataset.files if Path(name).exists()),
        mask_kind=_mask_kind(dataset),
    )


def common_dtype(dtypes: Sequence[str]) -> str:
    """Return the type that holds the values of all bands."""
    if len(set(dtypes)) == 1:
        return dtypes[0]
    return str(np.result_type(*(numpy_type(dtype) for dtype in dtypes)))


def numpy_type(dtype: str) -> str:
    """Return the type in which numpy holds a type of GDAL."""
    return "complex64" if dtype == "complex_int16" else dtype


def polarisation_of(text: str) -> str | None:
    """Find HH, HV, VH or VV as a word of its own in a name."""
    found = re.search(r"(?<![A-Za-z])(HH|HV|VH|VV)(?![A-Za-z])", text, re.IGNORECASE)
    return found.group(1).upper() if found else None


def date_of(text: str) -> str | None:
    """Find a day such as 20220918 or 2022-09-18 in a name; returns it as 2022-09-18."""
    found = re.search(
        r"(?<!\d)((?:19|20)\d\d)([-_]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)", text
    )
    return f"{found[1]}-{found[3]}-{found[4]}" if found else None


def _band(dataset: Any, details: Details, band: int, hint: str) -> BandInfo:  # noqa: ANN401 - as above
    tags, whole = details.band_tags[band - 1], details.tags
    name = dataset.descriptions[band - 1] or f"band{band}"
    named = tags.get("POLARIZATION") or tags.get("POLARIMETRIC_INTERP") or name
    polarisation = polarisation_of(named)
    if polarisation is None and dataset.count == 1:
        polarisation = polarisation_of(whole.get("POLARISATION", "")) or polarisation_of(hint)
    dated = tags.get("DATE") or whole.get("ACQUISITION_DATE") or whole.get("START_TIME")
    unit = dataset.units[band - 1] or None
    return BandInfo(name, polarisation, dated or date_of(name) or date_of(hint), unit)


def _grid(dataset: Any) -> GeoGrid:  # noqa: ANN401 - as above
    points, points_crs = dataset.gcps
    transform = dataset.transform
    grid = GeoGrid(
        size=Size(dataset.height, dataset.width),
        transform=None if transform.is_identity else tuple(transform.to_gdal()),
        crs=dataset.crs.to_wkt() if dataset.crs else None,
        gcps=tuple(Gcp(p.row, p.col, p.x, p.y, p.z or 0.0) for p in points),
        gcp_crs=points_crs.to_wkt() if points and points_crs else None,
        rpcs=tuple(sorted(dataset.tags(ns="RPC").items())),
    )
    return replace(grid, spacing_m=_noted_spacing(dataset.tags()) or ground_spacing(grid))


def _noted_spacing(tags: dict[str, str]) -> tuple[float, float] | None:
    """Return what `create_scene` noted: GCPs alone tell the spacing of radar geometry roughly."""
    row, comma, col = tags.get(SPACING_TAG, "").partition(",")
    return (float(row), float(col)) if comma else None


def _mask_kind(dataset: Any) -> MaskKind:  # noqa: ANN401 - as above
    flags = dataset.mask_flag_enums
    if any(MaskFlags.nodata in of_band for of_band in flags):
        return "nodata"
    return "none" if MaskFlags.all_valid in flags[0] else "mask"
