"""Viewport: which part of an image a view shows, as arithmetic without a window.

Image positions are (row, col); pixel (0, 0) covers [0, 1) x [0, 1), its centre is (0.5, 0.5).
Screen positions are (down, right) in screen units from the view's upper-left corner; a `view`
is the view's Size in screen units. On high-DPI screens a screen unit is `dpr` device pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from satstudio.core.grid import Size, Window

Point = tuple[float, float]
"""(row, col) in an image, or (down, right) on the screen."""

LEAST_SCALE, MOST_SCALE = 2.0**-20, 512.0


@dataclass(frozen=True, slots=True)
class Viewport:
    """The middle of the view and how large a pixel is; one may be shared by linked views.

    Attributes
    ----------
    row, col : image position shown in the middle of the view
    scale : screen units per image column
    aspect : row spacing / column spacing on the ground; a row is `scale * aspect` units high
    """

    row: float = 0.0
    col: float = 0.0
    scale: float = 1.0
    aspect: float = 1.0

    @property
    def scales(self) -> tuple[float, float]:
        """Screen units per image row and per image column."""
        return self.scale * self.aspect, self.scale

    def to_screen(self, row: float, col: float, view: Size) -> Point:
        """Return where an image position is on the screen, as (down, right)."""
        high, wide = self.scales
        return (row - self.row) * high + view.rows / 2, (col - self.col) * wide + view.cols / 2

    def to_image(self, down: float, right: float, view: Size) -> Point:
        """Return the image position, as (row, col), that is shown at a screen position."""
        high, wide = self.scales
        return (down - view.rows / 2) / high + self.row, (right - view.cols / 2) / wide + self.col

    def zoomed(self, factor: float, at: Point | None, view: Size) -> "Viewport":
        """Return the view enlarged by `factor`; the image point under `at` stays there.

        `at` is (down, right); None keeps the middle of the view.
        """
        scale = min(max(self.scale * factor, LEAST_SCALE), MOST_SCALE)
        down, right = at if at is not None else (view.rows / 2, view.cols / 2)
        row, col = self.to_image(down, right, view)
        return replace(
            self,
            scale=scale,
            row=row - (down - view.rows / 2) / (scale * self.aspect),
            col=col - (right - view.cols / 2) / scale,
        )

    def with_scale(self, scale: float, at: Point | None, view: Size) -> "Viewport":
        """Return the view at a scale (1 = one screen unit a column), keeping the point `at`."""
        return self.zoomed(scale / self.scale, at, view)

    def moved(self, down: float, right: float) -> "Viewport":
        """Return the view after the image was dragged by screen units."""
        high, wide = self.scales
        return replace(self, row=self.row - down / high, col=self.col - right / wide)

    def centred(self, row: float, col: float) -> "Viewport":
        """Return the view with an image position in its middle."""
        return replace(self, row=row, col=col)

    def fitted(self, size: Size, view: Size) -> "Viewport":
        """Return the view that shows a whole image of this size."""
        return self.fitted_to(Window.whole(size), view)

    def fitted_to(self, window: Window, view: Size) -> "Viewport":
        """Return the view that shows a window as large as possible."""
        high = max(view.rows, 1) / (max(window.rows, 1) * self.aspect)
        wide = max(view.cols, 1) / max(window.cols, 1)
        return replace(
            self,
            row=window.row + window.rows / 2,
            col=window.col + window.cols / 2,
            scale=min(max(min(high, wide), LEAST_SCALE), MOST_SCALE),
        )

    def level(self, levels: Sequence[tuple[int, int]], dpr: float = 1.0) -> int:
        """Return the index of the coarsest level with a sample or more for each device pixel.

        Parameters
        ----------
        levels : (row factor, column factor) of each level, fine to coarse, the first (1, 1)
        dpr : device pixels per screen unit
        """
        high, wide = (scale * dpr * (1 - 1e-9) for scale in self.scales)
        fine = [i for i, (rows, cols) in enumerate(levels) if rows * high <= 1 and cols * wide <= 1]
        return fine[-1] if fine else 0

    def visible(self, size: Size, view: Size) -> Window:
        """Return the pixels of an image that the view shows at least in part; may be empty."""
        top, left = self.to_image(0, 0, view)
        bottom, right = self.to_image(view.rows, view.cols, view)
        row, col = math.floor(top), math.floor(left)
        whole = Window(row, col, math.ceil(bottom) - row, math.ceil(right) - col)
        return whole.clipped(size)
