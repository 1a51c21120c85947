"""scene_figures, own_scene_figures: figures of whole scenes, read tile by tile; memory is flat."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from satstudio.bench.figures import told_of_mixed, without_mixed
from satstudio.bench.metric_choice import BYTE_RANGE, usual_names
from satstudio.bench.pair_figures import (
    as_intensity,
    check_quantities,
    figures_of,
    known_looks,
    seen_by,
)
from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import Quantity, is_radar
from satstudio.core.raster import Mask, Raster
from satstudio.metrics.score import METRICS, Score
from satstudio.metrics.tile_score import TileScore, reach_px, why_whole
from satstudio.metrics.tiled import TILE_MULTIPLE
from satstudio.metrics.uniformity import BlockMeans
from satstudio.scenes.scene import Scene

TILE_VALUES = 2_000_000
"""Values (pixels x bands) of a tile: about 300 MB while it is measured."""

MOST_VALUES = 48_000_000
"""Values that a metric which does not go by tiles may see at once: about 3 GB while it lasts."""


@dataclass(frozen=True, slots=True)
class ScenePair:
    """Two scenes on one grid, the window of both that counts, and a scene that is their mask.

    Attributes
    ----------
    mask : pixels count where its first band is valid and not 0
    """

    first: Scene
    second: Scene
    where: Window | None = None
    mask: Scene | None = None

    @property
    def window(self) -> Window:
        """What is measured."""
        return self.where or Window.whole(self.first.grid.size)

    def read(self, window: Window) -> tuple[Raster, Raster, Mask | None]:
        """Read a part of both, and which pixels count by the mask."""
        rasters = self.first.read(window), self.second.read(window)
        if self.mask is None:
            return *rasters, None
        raster = self.mask.read(window, bands=[0])
        return *rasters, raster.valid & (raster.pixels[0] != 0)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a window of a scene before it is read."""

    quantity: Quantity
    bands: tuple[str, ...]
    grid: GeoGrid


def scene_figures(
    pair: ScenePair,
    names: Sequence[str] = (),
    progress: Progress | None = None,
    **known: Any,  # noqa: ANN401 - the parameters of any metric
) -> dict[str, Score]:
    """Return what `figures_of` returns of the pixels of two scenes, but for rounding.

    Raises
    ------
    GridMismatchError
        If the scenes do not lie on each other.
    InputError
        If a metric is unknown, misses a parameter, or needs more pixels at once than fit.
    """
    first = pair.first
    check_quantities(first.quantity, pair.second.quantity)
    known = {"data_range": BYTE_RANGE if first.dtype == "uint8" else None} | known
    known = {name: value for name, value in known.items() if value is not None}
    facts = _Facts(first.quantity, first.bands, first.grid.cropped(pair.window))
    chosen = tuple(names) or usual_names(facts, known)
    whole = {name: reason for name in chosen if (reason := why_whole(name, known))}
    _check_whole(whole, pair)
    tiled = [name for name in chosen if name not in whole]
    found = _TiledFigures(pair, tiled, bool(names), known).measure(progress or Progress())
    if whole:
        one, other, mask = pair.read(pair.window)
        found |= figures_of(one, other, list(whole), **{**known, "mask": mask})
    found = {name: found[name] for name in chosen}
    return found if names else without_mixed(found)


def own_scene_figures(
    scene: Scene, where: Window | None = None, progress: Progress | None = None
) -> dict[str, Score]:
    """Return what can be said of a scene alone: `own_figures` of its pixels."""
    if not is_radar(scene.quantity):
        return {}
    return without_mixed(scene_figures(ScenePair(scene, scene, where), ["enl"], progress))


class _TiledFigures:
    """Measures metrics in one pass over two scenes."""

    def __init__(
        self, pair: ScenePair, names: Sequence[str], is_asked: bool, known: Mapping[str, Any]
    ) -> None:
        """Prepare; where the metrics were not asked for, one that fails says so in its note."""
        self._pair = pair
        self._known = known
        self._is_asked = is_asked
        size = pair.window.size
        self._scores = {name: TileScore(name, size, known) for name in names}
        self._failed: dict[str, str] = {}
        self._reach = max((reach_px(name, known) for name in names), default=0)
        self._means: BlockMeans | None = None

    def measure(self, progress: Progress) -> dict[str, Score]:
        if not self._scores:
            return {}
        window = self._pair.window
        tiles = list(plan(window.size, len(self._pair.first.bands)))
        for tile in progress.over(tiles, f"Measuring {self._pair.second.name}"):
            self._add(tile)
        found = {name: self._score(name) for name in self._scores}
        if self._means is None:
            return found
        return told_of_mixed(found, self._means, known_looks(self._pair.first.is_complex))

    def _add(self, tile: Window) -> None:
        window = self._pair.window
        reach = Window(tile.row, tile.col, tile.rows + self._reach, tile.cols + self._reach)
        reach = reach.clipped(window.size)
        first, second, mask = self._pair.read(reach.moved(window.row, window.col))
        pair = first, second
        power = as_intensity(first), as_intensity(second)
        for name in self._scores.keys() - self._failed.keys():
            try:
                self._scores[name].add(*seen_by(name, pair, power), tile.size, mask)
            except InputError as error:
                self._fail(name, error)
        if "enl" in self._scores:
            rows, cols = Window.whole(tile.size).slices
            valid = first.valid & second.valid & (True if mask is None else mask)
            means = BlockMeans.of(power[0].pixels[:, rows, cols], valid[rows, cols])
            self._means = means if self._means is None else self._means + means

    def _score(self, name: str) -> Score:
        if name not in self._failed:
            try:
                return self._scores[name].score()
            except InputError as error:
                self._fail(name, error)
        return replace(METRICS[name].score({}, 0, self._known), note=self._failed[name])

    def _fail(self, name: str, error: InputError) -> None:
        if self._is_asked or isinstance(error, GridMismatchError):
            raise error
        self._failed[name] = str(error)


def plan(size: Size, bands: int) -> Iterator[Window]:
    """Cover an image with tiles of about `TILE_VALUES` values, whole rows where they are short."""
    most = TILE_VALUES // (bands * TILE_MULTIPLE) // TILE_MULTIPLE * TILE_MULTIPLE
    cols = size.cols if size.cols <= most else max(most, TILE_MULTIPLE)
    rows = TILE_VALUES // (bands * cols) // TILE_MULTIPLE * TILE_MULTIPLE
    rows = max(rows, TILE_MULTIPLE)
    for row in range(0, size.rows, rows):
        for col in range(0, size.cols, cols):
            yield Window(row, col, rows, cols).clipped(size)


def _check_whole(whole: Mapping[str, str], pair: ScenePair) -> None:
    size, bands = pair.window.size, len(pair.first.bands)
    if whole and size.pixels * bands > MOST_VALUES:
        raise InputError(
            f"{size.rows} x {size.cols} px of {bands} bands are too many at once (at most "
            f"{MOST_VALUES:,} values), and {'; '.join(whole.values())}: choose a part with "
            "--window, or other metrics."
        )
