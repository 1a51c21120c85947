"""Locator: pixel <-> lon/lat by affine, GCPs or RPCs, with the residual; ground_spacing."""

import math
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.errors import TransformWarning
from rasterio.rpc import RPC
from rasterio.transform import GCPTransformer, RPCTransformer
from rasterio.warp import transform

from satstudio.core.grid import Gcp, GeoGrid, Transform
from satstudio.scenes.gdal.handles import gdal_env
from satstudio.scenes.gdal.read_errors import GDAL_ERRORS

Numbers = npt.NDArray[np.float64]
Floats = Sequence[float] | Numbers
EARTH = "EPSG:4326"
DEGREE_M = 111_320.0
MOST_TPS = 1200
"""A thin plate spline costs the cube of its points; above, a polynomial is fitted."""


class _Plane(Protocol):
    """Pixel <-> coordinates of a CRS."""

    crs: str | None
    note: str

    def xy(self, rows: Numbers, cols: Numbers) -> tuple[Numbers, Numbers]: ...

    def rowcol(self, xs: Numbers, ys: Numbers) -> tuple[Numbers, Numbers]: ...


class Locator:
    """Where a pixel lies on the ground, and back; may be asked from any thread.

    Positions are (row, col) floats; the centre of the first pixel is (0.5, 0.5). Longitude and
    latitude are in degrees, of WGS 84 on Earth, in this order whatever the CRS says.

    Attributes
    ----------
    note : "" where exact; "approx. (GCP)", "approx. (RPC)", "not on Earth"
    """

    def __init__(self, grid: GeoGrid) -> None:
        self._grid = grid
        self._lock = threading.Lock()
        self._plane = _plane(grid)
        self._crs: CRS | None = None
        self._ground: CRS | None = None
        self.note = ""
        if self._plane is None:
            return
        self._crs = _crs(self._plane.crs or EARTH)
        self.note = self._plane.note
        self._ground, is_earth = _ground(self._crs)
        if not is_earth:
            self.note = "not on Earth"

    @property
    def is_located(self) -> bool:
        """Tell whether pixels have a place at all."""
        return self._plane is not None and self._ground is not None

    @property
    def residual_m(self) -> float | None:
        """Root mean square distance of GCPs that were left out of a fit; None without GCPs."""
        if self._plane is None or not self._plane.note.startswith("approx. (GCP"):
            return None
        return _residual_m(self._grid)

    def lonlat(self, row: float, col: float) -> tuple[float, float] | None:
        """Return longitude and latitude of a position, None where it has none."""
        lons, lats = self.lonlats([row], [col])
        return _one(lons, lats)

    def rowcol(self, lon: float, lat: float) -> tuple[float, float] | None:
        """Return the position of a longitude and latitude, None where it has none."""
        rows, cols = self.rowcols([lon], [lat])
        return _one(rows, cols)

    def lonlats(self, rows: Floats, cols: Floats) -> tuple[Numbers, Numbers]:
        """Return longitudes and latitudes of positions; NaN where there is none."""
        plane = self._plane
        if plane is None or self._ground is None:
            return _nothing(len(rows))
        first, second = np.asarray(rows, float), np.asarray(cols, float)
        with self._lock, gdal_env():
            xs, ys = _each(plane.xy, first, second)
            lons, lats = _between(self._crs, self._ground, xs, ys)
        return (lons + 180) % 360 - 180, lats

    def rowcols(self, lons: Floats, lats: Floats) -> tuple[Numbers, Numbers]:
        """Return positions of longitudes and latitudes; NaN where there is none."""
        plane = self._plane
        if plane is None or self._ground is None:
            return _nothing(len(lons))
        first, second = np.asarray(lons, float), np.asarray(lats, float)
        with self._lock, gdal_env():
            xs, ys = _between(self._ground, self._crs, first, second)
            if self._crs is not None and self._crs.is_geographic:
                xs = self._turned(plane, xs)
            return _each(plane.rowcol, xs, ys)

    def _turned(self, plane: _Plane, xs: Numbers) -> Numbers:
        """Add whole turns so that longitudes come nearest to the middle of the image."""
        size = self._grid.size
        middle, _ = _each(plane.xy, np.array([size.rows / 2]), np.array([size.cols / 2]))
        turned: Numbers = middle[0] + (xs - middle[0] + 180) % 360 - 180
        return turned


def ground_spacing(grid: GeoGrid) -> tuple[float, float] | None:
    """Return (row, col) spacing on the ground in metres at the middle of an image."""
    t = grid.transform
    if t is not None and grid.crs is not None:
        crs = _crs(grid.crs)
        if crs is not None and crs.is_projected:
            metres = _metres(crs)
            return _good(math.hypot(t[2], t[5]) * metres, math.hypot(t[1], t[4]) * metres)
    place = Locator(grid)
    if not place.is_located:
        return None
    row, col = grid.size.rows / 2, grid.size.cols / 2
    step = min(max(min(row, col) / 2, 0.5), 50.0)
    lons, lats = place.lonlats(
        [row - step, row + step, row, row], [col, col, col - step, col + step]
    )
    down = _distance_m(lons[0], lats[0], lons[1], lats[1]) / (2 * step)
    across = _distance_m(lons[2], lats[2], lons[3], lats[3]) / (2 * step)
    return _good(down, across)


def _good(down: float, across: float) -> tuple[float, float] | None:
    is_good = math.isfinite(down) and math.isfinite(across) and down > 0 and across > 0
    return (down, across) if is_good else None


# ------------------------------------------------------------------------------------- planes


def affine_of(transform: Transform) -> tuple[Numbers, Numbers]:
    """Return origin (2) and matrix (2, 2) of an affine: xy = matrix (col, row) + origin."""
    x0, a, b, y0, d, e = transform
    return np.array([x0, y0], float), np.array([[a, b], [d, e]], np.float64)


def times(matrix: Numbers, first: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
    """Return a 2 x 2 matrix times many vectors, one by one: not BLAS, whose sums depend on them."""
    (a, b), (c, d) = matrix
    return a * first + b * second, c * first + d * second


class _AffinePlane:
    note = ""

    def __init__(self, grid: GeoGrid) -> None:
        self._origin, self._forward = affine_of(grid.transform or (0, 1, 0, 0, 0, 1))
        self._back: Numbers = np.linalg.inv(self._forward).astype(np.float64)
        self.crs = grid.crs

    def xy(self, rows: Numbers, cols: Numbers) -> tuple[Numbers, Numbers]:
        xs, ys = times(self._forward, cols, rows)
        return xs + self._origin[0], ys + self._origin[1]

    def rowcol(self, xs: Numbers, ys: Numbers) -> tuple[Numbers, Numbers]:
        cols, rows = times(self._back, xs - self._origin[0], ys - self._origin[1])
        return rows, cols


class _FittedPlane:
    """A transformer of rasterio behind the same two questions."""

    def __init__(self, transformer: Any, crs: str | None, note: str) -> None:  # noqa: ANN401 - rasterio has no types
        self._transformer = transformer
        self.crs = crs
        self.note = note

    def xy(self, rows: Numbers, cols: Numbers) -> tuple[Numbers, Numbers]:
        with _no_warning():
            xs, ys = self._transformer.xy(rows, cols, offset="ul")
        return np.asarray(xs, float), np.asarray(ys, float)

    def rowcol(self, xs: Numbers, ys: Numbers) -> tuple[Numbers, Numbers]:
        with _no_warning():
            rows, cols = self._transformer.rowcol(xs, ys, op=lambda value: value)
        return np.asarray(rows, float), np.asarray(cols, float)


@contextmanager
def _no_warning() -> Iterator[None]:
    """Leave out that some points have no place: they come back as NaN, and are told so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TransformWarning)
        yield


def _plane(grid: GeoGrid) -> _Plane | None:
    """Return the best way there is from pixels to coordinates; None without one."""
    try:
        with gdal_env():
            if grid.transform is not None and grid.crs is not None:
                return _AffinePlane(grid)
            if len(grid.gcps) >= 3:
                return _FittedPlane(_fit(grid.gcps), grid.gcp_crs, "approx. (GCP)")
            if grid.rpcs:
                rpc = RPC.from_gdal(dict(grid.rpcs))
                fitted = RPCTransformer(rpc, RPC_HEIGHT=rpc.height_off)
                return _FittedPlane(fitted, EARTH, "approx. (RPC)")
    except (*GDAL_ERRORS, np.linalg.LinAlgError):
        return None  # a degenerate transform, points on one line, RPCs with a term missing
    return None


def _fit(points: Sequence[Gcp]) -> GCPTransformer:
    xs = np.array([point.x for point in points])
    if np.ptp(xs) > 180 and np.abs(xs).max() <= 180:  # the antimeridian lies between the points
        xs = np.where(xs < 0, xs + 360, xs)
    known = [
        GroundControlPoint(row=point.row, col=point.col, x=float(x), y=point.y, z=point.z)
        for point, x in zip(points, xs, strict=True)
    ]
    return GCPTransformer(known, tps=8 <= len(known) <= MOST_TPS)


def _residual_m(grid: GeoGrid) -> float | None:
    """Fit without every other point (all points where they are few) and compare."""
    points = grid.gcps
    kept, left = (points[::2], points[1::2]) if len(points) >= 8 else (points, points)
    crs = _crs(grid.gcp_crs or EARTH)
    fitted = Locator(GeoGrid(grid.size, gcps=kept, gcp_crs=grid.gcp_crs))
    ground, _ = _ground(crs)
    if ground is None or not fitted.is_located:
        return None
    lons, lats = fitted.lonlats([p.row for p in left], [p.col for p in left])
    with gdal_env():
        xs, ys = np.array([p.x for p in left]), np.array([p.y for p in left])
        true_lons, true_lats = _between(crs, ground, xs, ys)
    distances = [_distance_m(*four) for four in zip(lons, lats, true_lons, true_lats, strict=True)]
    return math.sqrt(float(np.mean(np.square(distances))))


# ------------------------------------------------------------------------------------- ground


def _crs(text: str) -> CRS | None:
    try:
        with gdal_env():
            return CRS.from_user_input(text)
    except GDAL_ERRORS:
        return None  # a CRS that PROJ does not understand places nothing


def _ground(crs: CRS | None) -> tuple[CRS | None, bool]:
    """Return the lon/lat system of a CRS, and whether it is Earth's."""
    if crs is None or not (crs.is_geographic or crs.is_projected):
        return None, True
    earth = _crs(EARTH)
    known = crs.to_dict(projjson=False)
    radius = known.get("R") or known.get("a")
    if radius is None or 6.3e6 < float(radius) < 6.4e6:
        return earth, True
    minor = known.get("b", radius)
    return _crs(f"+proj=longlat +a={radius} +b={minor} +no_defs"), False


def _between(
    source: CRS | None, target: CRS | None, xs: Numbers, ys: Numbers
) -> tuple[Numbers, Numbers]:
    if source == target:
        return xs, ys

    def step(first: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
        results = transform(source, target, first, second)
        return np.asarray(results[0], float), np.asarray(results[1], float)

    return _each(step, xs, ys)


def _each(
    step: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]], first: Numbers, second: Numbers
) -> tuple[Numbers, Numbers]:
    """Transform all at once; where that fails, one by one with NaN for what fails."""
    try:
        results = step(first, second)
    except GDAL_ERRORS:
        if len(first) == 1:
            return _nothing(1)
        pairs = [_each(step, first[i : i + 1], second[i : i + 1]) for i in range(len(first))]
        results = (
            np.concatenate([pair[0] for pair in pairs]),
            np.concatenate([pair[1] for pair in pairs]),
        )
    is_good = np.isfinite(results[0]) & np.isfinite(results[1])
    return np.where(is_good, results[0], np.nan), np.where(is_good, results[1], np.nan)


def _nothing(count: int) -> tuple[Numbers, Numbers]:
    return np.full(count, np.nan), np.full(count, np.nan)


def _one(first: Numbers, second: Numbers) -> tuple[float, float] | None:
    return None if np.isnan(first[0]) else (float(first[0]), float(second[0]))


def _metres(crs: CRS) -> float:
    try:
        return float(crs.linear_units_factor[1])
    except GDAL_ERRORS:
        return 1.0


def _distance_m(lon0: float, lat0: float, lon1: float, lat1: float) -> float:
    """Return the distance of two near points on Earth in metres."""
    east = (lon1 - lon0 + 180) % 360 - 180
    return DEGREE_M * math.hypot(east * math.cos(math.radians((lat0 + lat1) / 2)), lat1 - lat0)
