"""Findings: what a trial run found of a network."""

from typing import Literal

from satstudio.core.recipe import Recipe
from satstudio.restore.foreign.description import Layout, Undo


class Findings(Recipe):
    """All that is told of a network after its trial; sizes are pixels of the input.

    Attributes
    ----------
    takes, gives : nodes of the network, in words
    ratio : pixels of the answer for one of the input, a fraction
    crop_px : how many pixels of the answer are missing on each side
    side_px : of the only tiles that it takes; None: free
    halo_px : how far around a pixel the answer looks; None: over the whole tile
    seam : largest difference of two overlapping tiles inside their halos, for the largest answer
    low, high : of the answers, in the network's numbers
    seconds : one tile took
    top, mean, std : of the values that it was fed (see `Description`)
    remarks : what the user should know
    """

    file: str
    takes: str
    gives: str
    dtype: str
    layout: Layout
    bands_in: int
    bands_out: int
    ratio: str
    crop_px: int
    side_px: int | None
    tile_px: int
    halo_px: int | None
    size_multiple: int
    blending: Literal["none", "weighted"]
    seam: float
    low: float
    high: float
    is_finite: bool
    seconds: float
    top: float
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    undo: Undo
    tried_on: str
    remarks: tuple[str, ...] = ()

    @property
    def chosen_halo_px(self) -> int:
        """The halo; a quarter of a tile, to fade in, where it looks over the whole tile."""
        return self.tile_px // 4 if self.halo_px is None else self.halo_px
