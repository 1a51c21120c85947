"""SeamReport: what the difference of tiles and one pass says, and what helps."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from satstudio.restore.blocks import TileGrid
from satstudio.restore.blockwise.seam_reference import ONE_PASS, SHIFTED
from satstudio.restore.engines import Engine

Unit = Literal["dB", "spreads"]
DB: Unit = "dB"
SPREAD: Unit = "spreads"

TOLERANCE = {DB: 0.01, SPREAD: 1e-3}
"""What nobody sees: a hundredth of a decibel, a thousandth of the standard deviation."""

EVERYWHERE = 0.5
"""A difference that is so large, of that at seams, in the middle of tiles is not one of seams."""

STEPS = 1.2
"""So much larger steps across seams than those of one pass are seen as lines."""


@dataclass(frozen=True, slots=True)
class SeamFigures:
    """What was measured of a crop.

    Attributes
    ----------
    window : ROW,COL,ROWS,COLS of the scene
    unit : of the differences
    at_seams, inside : root of the mean square of the difference, at seams and amid tiles
    largest : of the difference, anywhere
    steps, steps_one_pass : how much larger steps across seams are than beside them (`seam_score`),
        in tiles and in what they are compared with
    profile : root of the mean square by the distance from the nearest seam in pixels
    """

    window: str
    unit: Unit
    at_seams: float
    inside: float
    largest: float
    steps: float
    steps_one_pass: float
    profile: tuple[float, ...]

    @property
    def has_steps(self) -> bool:
        """Tell whether steps across seams stand out from those that one pass has there."""
        return self.steps > STEPS * self.steps_one_pass

    @property
    def reach(self) -> int:
        """How many pixels from a seam a difference is still seen; 0: none is."""
        seen = [at + 1 for at, size in enumerate(self.profile) if size > TOLERANCE[self.unit]]
        return max(seen, default=0)


@dataclass(frozen=True, slots=True)
class SeamReport:
    """The figures of all crops, and what to do.

    Attributes
    ----------
    has_seams : whether a difference is seen
    tile_px, halo_px : of the tiles
    compared_with : "one pass", or "shifted tiles" where there is none
    wanted_halo_px : with which no seam would show; None where a halo does not help
    """

    has_seams: bool
    advice: str
    tile_px: int
    halo_px: int
    wanted_halo_px: int | None
    crops: tuple[SeamFigures, ...]
    compared_with: str = ONE_PASS

    @classmethod
    def of_none(cls, engine: Engine) -> Self:
        """Return the report of what is restored in one tile."""
        tiles = engine.tiles
        advice = "All is restored in one tile: there are no seams."
        return cls(False, advice, tiles.tile_px, tiles.margin, None, ())

    @classmethod
    def of(cls, engine: Engine, crops: Sequence[SeamFigures], compared_with: str) -> Self:
        """Judge what was measured."""
        tiles = engine.tiles
        worst = max(crops, key=lambda each: each.at_seams)
        most = TOLERANCE[worst.unit]
        size = f"{max(each.largest for each in crops):.2g} {worst.unit}"
        is_apart = max(max(each.at_seams, each.inside) for each in crops) > most
        is_everywhere = worst.inside > EVERYWHERE * worst.at_seams
        has_seams = is_apart and (not is_everywhere or worst.has_steps)
        halo: int | None = None
        if not is_apart:
            advice = f"No seams: tiles and {compared_with} differ by {size} at most. Nothing to do."
        elif is_everywhere:
            advice = _of_statistics(worst, has_seams=has_seams)
        else:
            halo = tiles.margin + max(each.reach for each in crops)
            largest = tiles.tile_px if compared_with == SHIFTED else None
            advice = _of_halo(worst, halo, tiles, largest)
        return cls(
            has_seams, advice, tiles.tile_px, tiles.margin, halo, tuple(crops), compared_with
        )

    def described(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


def _of_statistics(worst: SeamFigures, *, has_seams: bool) -> str:
    return (
        f"{'Seams show' if has_seams else 'No lines show, as tiles fade into each other'}, and the "
        f"difference ({worst.inside:.2g} {worst.unit} amid tiles, {worst.at_seams:.2g} at seams) "
        "does not come from the halo: the model's answer depends on what else its tile holds, as "
        "where it normalises each tile by its own statistics. Export it with fixed statistics, or "
        "take larger tiles (--tile)."
    )


def _of_halo(worst: SeamFigures, wanted: int, tiles: TileGrid, largest: int | None) -> str:
    seen = (
        f"Seams show: {worst.at_seams:.2g} {worst.unit} at them, {worst.inside:.2g} amid tiles; "
        f"the model sees further than its halo of {tiles.margin} px. "
    )
    if 4 * wanted <= tiles.tile_px:
        return f"{seen}Take a halo of {wanted} px (--halo {wanted})."
    if largest is not None:
        return (
            f"{seen}Take a halo of {wanted} px; its tiles of {largest} px, the only ones that it "
            "takes, are small for that: export it for larger ones."
        )
    return (
        f"{seen}Take a halo of {wanted} px (--halo {wanted}) with tiles of {4 * wanted} px or more "
        "(--tile), or let tiles fade into each other (blending in the model's card)."
    )
