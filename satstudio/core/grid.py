"""Size, Window, Gcp, GeoGrid: frozen, always (row, col)."""

import math
from dataclasses import dataclass, replace

from satstudio.core.errors import InputError

Transform = tuple[float, float, float, float, float, float]
"""Affine of GDAL: x = t[0] + t[1] col + t[2] row, y = t[3] + t[4] col + t[5] row."""


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
    return (key, value) if shift is None else (key, repr(float(value.split()[0]) - shift))
