"""scaled_grid, scaled_window: the same ground in pixels of another size, by a fraction."""

from dataclasses import replace
from fractions import Fraction

from satstudio.core.grid import GeoGrid, Size, Window

HALF = Fraction(1, 2)
RPC_CENTRES = {"LINE_OFF", "SAMP_OFF"}
RPC_LENGTHS = {"LINE_SCALE", "SAMP_SCALE"}


def edge(position: int, ratio: Fraction) -> int:
    """Return the pixel edge at a position times a ratio; what lies half-way goes up."""
    return (position * ratio + HALF).__floor__()


def scaled_window(window: Window, ratio: Fraction) -> Window:
    """Return the window of the scaled grid that belongs to a window.

    Both ends are multiplied and rounded half up, so that windows side by side stay so: nothing of
    the scaled grid is lost or taken twice. A window of few pixels may become empty.
    """
    row, col = edge(window.row, ratio), edge(window.col, ratio)
    return Window(row, col, edge(window.end_row, ratio) - row, edge(window.end_col, ratio) - col)


def scaled_size(size: Size, ratio: Fraction) -> Size:
    """Return rows and columns times a ratio, rounded half up, at least 1."""
    return Size(max(edge(size.rows, ratio), 1), max(edge(size.cols, ratio), 1))


def scaled_grid(grid: GeoGrid, ratio: Fraction) -> GeoGrid:
    """Return the grid with `ratio` pixels for one along each axis and the same upper-left corner.

    Pixels become exactly 1/ratio as large, whatever the rounding of the size (`scaled_size`).
    GCPs count from the corner of the first pixel, RPCs from its centre: (n + 1/2) ratio - 1/2.
    """
    if ratio == 1:
        return grid
    number = float(ratio)
    transform = None
    if grid.transform is not None:
        x0, a, b, y0, d, e = grid.transform
        transform = (x0, a / number, b / number, y0, d / number, e / number)
    spacing = grid.spacing_m
    return replace(
        grid,
        size=scaled_size(grid.size, ratio),
        transform=transform,
        gcps=tuple(replace(gcp, row=gcp.row * number, col=gcp.col * number) for gcp in grid.gcps),
        rpcs=tuple((key, _scaled_rpc(key, value, number)) for key, value in grid.rpcs),
        spacing_m=None if spacing is None else (spacing[0] / number, spacing[1] / number),
    )


def _scaled_rpc(key: str, value: str, ratio: float) -> str:
    if key not in RPC_CENTRES | RPC_LENGTHS:
        return value
    try:
        number = float(value.split()[0])
    except (ValueError, IndexError):  # no number: it places nothing, here or there
        return value
    return repr((number + 0.5) * ratio - 0.5 if key in RPC_CENTRES else number * ratio)
