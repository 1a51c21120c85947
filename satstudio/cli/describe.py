"""as_document, as_text: what is known about a scene, for `info`."""

import re
from typing import Any

from satstudio.cli.terminal import table
from satstudio.core.quantity import Known, title_of
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.geometry.align import ALIGNED_TAG
from satstudio.scenes.scene import Scene


def as_document(scene: Scene) -> dict[str, Any]:
    """Return everything known about an open scene as JSON values."""
    grid = scene.grid
    crs = grid.crs or grid.gcp_crs
    return {
        "path": str(scene.path),
        "image": scene.image,
        "name": scene.name,
        "driver": scene.driver,
        "size": {"rows": grid.size.rows, "cols": grid.size.cols},
        "dtype": scene.dtype,
        "is_complex": scene.is_complex,
        "quantity": scene.quantity,
        "quantity_source": scene.known.origin,
        "quantity_reason": scene.known.reason,
        "bands": _bands(scene),
        "nodata": list(scene.nodata),
        "crs": crs,
        "crs_name": crs_name(crs),
        "transform": list(grid.transform) if grid.transform else None,
        "gcps": [
            {"row": gcp.row, "col": gcp.col, "x": gcp.x, "y": gcp.y, "z": gcp.z}
            for gcp in grid.gcps
        ],
        "rpcs": dict(grid.rpcs),
        "spacing_m": list(grid.spacing_m) if grid.spacing_m else None,
        "centre_lonlat": _centre(scene),
        "images": [{"name": image.name, "title": image.title} for image in scene.images],
        "metadata": dict(scene.tags),
    }


def as_text(document: dict[str, Any]) -> str:
    """Return a document of `as_document` as aligned lines."""
    size, spacing, centre = (document[key] for key in ("size", "spacing_m", "centre_lonlat"))
    rows = {
        "name": document["name"],
        "driver": document["driver"],
        "size": f"{size['rows']} rows x {size['cols']} columns",
        "type": document["dtype"],
        "values": f"{title_of(document['quantity'])}; {_source(document)}",
        "bands": "\n".join(_band_line(band) for band in document["bands"][:24])
        + (f"\n... {len(document['bands'])} in all" if len(document["bands"]) > 24 else ""),
        "crs": document["crs_name"],
        "transform": document["transform"] and ", ".join(f"{x:g}" for x in document["transform"]),
        "control points": len(document["gcps"]) or None,
        "rpc": "yes" if document["rpcs"] else None,
        "spacing": spacing and f"{spacing[0]:.3g} m x {spacing[1]:.3g} m (rows x columns)",
        "centre": centre and f"{centre[0]:.5f}, {centre[1]:.5f} (lon, lat)",
        "aligned": document["metadata"].get(ALIGNED_TAG),
        "images": "\n".join(f"#{item['name']}  {item['title']}" for item in document["images"]),
        "metadata": "\n".join(
            f"{key} = {value[:120]}" for key, value in sorted(document["metadata"].items())
        ),
    }
    return table(rows)


def _source(document: dict[str, Any]) -> str:
    known = Known(document["quantity"], document["quantity_source"], document["quantity_reason"])
    return known.source_text


def crs_name(wkt: str | None) -> str | None:
    """Return the first quoted name of a WKT, with its EPSG number where it ends with one."""
    if not wkt:
        return None
    name = re.search(r'"([^"]+)"', wkt)
    code = re.search(r'(?:AUTHORITY|ID)\["EPSG",\s*"?(\d+)"?\]\]\s*$', wkt)
    return (name.group(1) if name else wkt[:40]) + (f" (EPSG:{code.group(1)})" if code else "")


def _bands(scene: Scene) -> list[dict[str, Any]]:
    colours = scene.colours or ("",) * len(scene.bands)
    return [
        {
            "number": number,
            "name": band.name,
            "polarisation": band.polarisation,
            "date": band.date,
            "unit": band.unit,
            "nodata": nodata,
            "colour": colour or None,
        }
        for number, (band, nodata, colour) in enumerate(
            zip(scene.band_info, scene.nodata, colours, strict=True), 1
        )
    ]


def _band_line(band: dict[str, Any]) -> str:
    more = [str(band[key]) for key in ("polarisation", "date", "unit") if band[key]]
    if band["nodata"] is not None:
        more.append(f"nodata {band['nodata']:g}")
    return f"{band['number']}  {band['name']}" + (f"  ({', '.join(more)})" if more else "")


def _centre(scene: Scene) -> list[float] | None:
    size = scene.grid.size
    place = Locator(scene.grid).lonlat(size.rows / 2, size.cols / 2)
    return list(place) if place else None
