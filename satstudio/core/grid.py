"""Size, Window, Gcp, GeoGrid: frozen, always (row, col)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from satstudio.core.crs import same_crs
from satstudio.core.errors import InputError

Transform = tuple[float, float, float, float, float, float]
"""Affine of GDAL: x = t[0] + t[1] col + t[2] row, y = t[3] + t[4] col + t[5] row."""


LIES_PX = 0.01
"""Pixels of two grids that lie on each other are no further apart."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows and columns."""

    rows: int
    cols: int

    @property
    def pixels(self) -> int:
        """Rows times columns."""
        return self.rows * self.cols


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of whole pixels; it ends just before row + rows, col + cols."""

    row: int
    col: int
    rows: int
    cols: int

    @classmethod
    def whole(cls, size: Size) -> "Window":
        """Return the window that covers an image of this size."""
        return cls(0, 0, size.rows, size.cols)

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read `ROW,COL,ROWS,COLS`.

        Raises
        ------
        InputError
            If the text is not four whole numbers, the last two above 0.
        """
        try:
            row, col, rows, cols = (int(part) for part in text.split(","))
        except ValueError:
            raise InputError(f"'{text}' is no window: give ROW,COL,ROWS,COLS.") from None
        if rows < 1 or cols < 1:
            raise InputError(f"Window '{text}' is empty: ROWS and COLS start at 1.")
        return cls(row, col, rows, cols)

    def __str__(self) -> str:
        return f"{self.row},{self.col},{self.rows},{self.cols}"

    @property
    def size(self) -> Size:
        """Rows and columns of the window."""
        return Size(self.rows, self.cols)

    @property
    def end_row(self) -> int:
        """First row after the window."""
        return self.row + self.rows

    @property
    def end_col(self) -> int:
        """First column after the window."""
        return self.col + self.cols

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices for an array of the whole image."""
        return slice(self.row, self.end_row), slice(self.col, self.end_col)

    def grown(self, margin: int) -> "Window":
        """Return the window with `margin` more pixels on every side."""
        more = 2 * margin
        return Window(self.row - margin, self.col - margin, self.rows + more, self.cols + more)

    def moved(self, rows: int, cols: int) -> "Window":
        """Return the window shifted by rows and columns."""
        return Window(self.row + rows, self.col + cols, self.rows, self.cols)

    def clipped(self, size: Size) -> "Window":
        """Return the part inside an image of this size; rows or cols may be 0."""
        row, col = min(max(self.row, 0), size.rows), min(max(self.col, 0), size.cols)
        rows = min(max(self.end_row, row), size.rows) - row
        cols = min(max(self.end_col, col), size.cols) - col
        return Window(row, col, rows, cols)

    def is_inside(self, size: Size) -> bool:
        """Tell whether the whole window lies in an image of this size and is not empty."""
        return self.rows > 0 and self.cols > 0 and self == self.clipped(size)

    def overlaps(self, other: "Window") -> bool:
        """Tell whether the two windows share a pixel."""
        return (
            self.row < other.end_row
            and other.row < self.end_row
            and self.col < other.end_col
            and other.col < self.end_col
        )


@dataclass(frozen=True, slots=True)
class Gcp:
    """A ground control point: image position (0, 0 = upper-left corner of the first pixel)."""

    row: float
    col: float
    x: float
    y: float
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class GeoGrid:
    """Where the pixels lie on the ground; all of it may be missing.

    Attributes
    ----------
    transform : affine in GDAL's order, in `crs`; None for radar geometry and plain images
    crs : WKT of `transform`
    gcps, gcp_crs : ground control points and their WKT
    rpcs : items of GDAL's RPC metadata, as sorted (key, value) pairs
    spacing_m : (row, col) pixel spacing on the ground in metres, where known
    """

    size: Size
    transform: Transform | None = None
    crs: str | None = None
    gcps: tuple[Gcp, ...] = ()
    gcp_crs: str | None = None
    rpcs: tuple[tuple[str, str], ...] = ()
    spacing_m: tuple[float, float] | None = None

    @property
    def is_located(self) -> bool:
        """Tell whether a pixel has a place on the ground."""
        return (self.crs is not None and self.transform is not None) or bool(self.gcps or self.rpcs)

    def lies_on(self, other: "GeoGrid") -> bool:
        """Tell whether each pixel lies on the same pixel of another grid.

        Sizes must be equal. Of what both know, all must agree: the corners by their transforms to
        a hundredth of a pixel, the coordinate system, the GCPs, the RPCs. Where one of them or both
        have no place on the ground, size and (where known) spacing decide; where both have one, but
        told in different ways (a transform here, GCPs there), they do not lie on each other.
        """
        return not self.apart(other)

    def apart(self, other: "GeoGrid") -> str:
        """Return why two grids do not lie on each other, as an end of a sentence; "" if they do."""
        return next(_reasons(self, other), "")

    @property
    def aspect(self) -> float:
        """Row spacing over column spacing on the ground; 1 where unknown."""
        if self.spacing_m is None:
            return 1.0
        ratio = self.spacing_m[0] / self.spacing_m[1]
        return ratio if math.isfinite(ratio) and ratio > 0 else 1.0

    def cropped(self, window: Window) -> "GeoGrid":
        """Return the grid of a window: transform moved, GCPs and RPC offsets shifted."""
        row, col = window.row, window.col
        transform = None
        if self.transform is not None:
            t = self.transform
            x0, y0 = t[0] + t[1] * col + t[2] * row, t[3] + t[4] * col + t[5] * row
            transform = (x0, t[1], t[2], y0, t[4], t[5])
        return replace(
            self,
            size=window.size,
            transform=transform,
            gcps=tuple(replace(gcp, row=gcp.row - row, col=gcp.col - col) for gcp in self.gcps),
            rpcs=tuple(_shifted_rpc(key, value, row, col) for key, value in self.rpcs),
        )


def _shifted_rpc(key: str, value: str, row: int, col: int) -> tuple[str, str]:
    shift = {"LINE_OFF": row, "SAMP_OFF": col}.get(key)
    if shift is None:
        return key, value
    try:
        return key, repr(float(value.split()[0]) - shift)
    except (ValueError, IndexError):  # no number: it places nothing, here or there
        return key, value


def _reasons(grid: GeoGrid, other: GeoGrid) -> Iterator[str]:
    """Yield why two grids do not lie on each other, what is worst first."""
    one, two = grid.size, other.size
    if one != two:
        yield f"their sizes are {one.rows} x {one.cols} and {two.rows} x {two.cols} px"
    if grid.crs and other.crs and not same_crs(grid.crs, other.crs):
        yield f"their coordinate systems differ ({_name(grid.crs)} and {_name(other.crs)})"
    ways = (
        (grid.transform, other.transform, _corners_differ),
        (grid.gcps, other.gcps, _gcps_differ),
        (grid.rpcs, other.rpcs, _rpcs_differ),
    )
    shared = [differ(grid, other) for mine, its, differ in ways if mine and its]
    yield from filter(None, shared)
    if not shared and grid.is_located and other.is_located:
        yield "one is placed by a transform, the other by GCPs or RPCs"
    if not shared and not _same_spacing(grid.spacing_m, other.spacing_m):
        yield "their pixels are of other sizes on the ground"


def _corners_differ(grid: GeoGrid, other: GeoGrid) -> str:
    far = _corners_apart(grid, other)
    shown = f"{far:.0f}" if far >= 1000 else f"{far:.3g}"
    return "" if far <= LIES_PX else f"their corners are {shown} px apart on the ground"


def _gcps_differ(grid: GeoGrid, other: GeoGrid) -> str:
    return "" if _same_gcps(grid, other) else "their ground control points differ"


def _rpcs_differ(grid: GeoGrid, other: GeoGrid) -> str:
    """Compare what both say of RPCs, however its numbers are written."""
    one, two = dict(grid.rpcs), dict(other.rpcs)
    is_same = all(_same_text(key, one[key], two[key]) for key in one.keys() & two.keys())
    return "" if is_same else "their rational polynomials (RPCs) differ"


def _same_spacing(one: tuple[float, float] | None, two: tuple[float, float] | None) -> bool:
    """Tell whether pixels are as large, as far as both know."""
    if one is None or two is None:
        return True
    return all(math.isclose(a, b, rel_tol=LIES_PX) for a, b in zip(one, two, strict=True))


def _name(crs: str) -> str:
    """Return the name of a coordinate system as its text has it."""
    return crs.partition('"')[2].partition('"')[0] or "unnamed"


def _corners_apart(grid: GeoGrid, other: GeoGrid) -> float:
    """Return the largest distance of two corners in pixels of the first; inf where it has none."""
    one, two = grid.transform, other.transform
    if one is None or two is None:
        return math.inf
    area = one[1] * one[5] - one[2] * one[4]
    if area == 0 or not all(map(math.isfinite, (*one, *two))):
        return 0.0 if one == two else math.inf
    worst = 0.0
    for row in (0, grid.size.rows):
        for col in (0, grid.size.cols):
            east, north = (
                two[k] - one[k] + (two[k + 1] - one[k + 1]) * col + (two[k + 2] - one[k + 2]) * row
                for k in (0, 3)
            )
            across = (one[5] * east - one[2] * north) / area
            down = (one[1] * north - one[4] * east) / area
            worst = max(worst, math.hypot(across, down))
    return worst


def _same_gcps(grid: GeoGrid, other: GeoGrid) -> bool:
    """Tell whether the points are the same ones, to a hundredth of a pixel."""
    if grid.gcp_crs and other.gcp_crs and not same_crs(grid.gcp_crs, other.gcp_crs):
        return False
    if len(grid.gcps) != len(other.gcps):
        return False
    one, two = (sorted(points, key=_place) for points in (grid.gcps, other.gcps))
    near = LIES_PX * _ground_px(grid.gcps)
    return all(
        math.hypot(a.row - b.row, a.col - b.col) <= LIES_PX
        and math.hypot(a.x - b.x, a.y - b.y) <= near
        for a, b in zip(one, two, strict=True)
    )


def _place(point: Gcp) -> tuple[float, float]:
    return round(point.row, 1), round(point.col, 1)


def _ground_px(points: Sequence[Gcp]) -> float:
    """Return about how large a pixel is in the units of the points' x and y."""

    def spread(values: list[float]) -> float:
        return max(values) - min(values)

    pixels = math.hypot(spread([p.row for p in points]), spread([p.col for p in points]))
    ground = math.hypot(spread([p.x for p in points]), spread([p.y for p in points]))
    return ground / pixels if pixels else 0.0


def _same_text(key: str, one: str, two: str) -> bool:
    near = LIES_PX if key in ("LINE_OFF", "SAMP_OFF") else 0.0
    first, second = _numbers(one), _numbers(two)
    if not first or len(first) != len(second):
        return one.split() == two.split()
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=near) for a, b in zip(first, second, strict=True)
    )


def _numbers(text: str) -> list[float]:
    """Return the numbers of an RPC item; units behind them do not count."""
    found = []
    for word in text.split():
        try:
            found.append(float(word))
        except ValueError:
            continue
    return found
