"""SyntheticEvaluation: figures of a despeckler on synthetic scenes, beside rivals."""

import math
from collections.abc import Iterable, Sequence

from pydantic import Field

from satstudio.bench.figures import signed
from satstudio.core.recipe import Recipe

LEAST_GAIN_DB = 0.3
LARGEST_POWER_DB, LARGEST_QUARTILE_DB, LARGEST_CLUTTER_DB = 0.15, 0.3, 0.15
LARGEST_UNGAINED_DB = 0.5
FLUX_RANGE, PEAK_RANGE = (0.85, 1.15), (0.7, 1.4)
LARGEST_CHANGE_DB, LARGEST_SCALE_CHANGE = 1.0, 1e-3
DEFINITIONS = (
    "log-PSNR: 10 log10(L^2 / MSE) of ln(result) against ln(reflectivity without points), L the "
    "range of the latter; pixels within 6 px of a point are left out",
    "power: 10 log10 of the mean result over the mean intensity of the scene, all pixels",
    "quartiles: the same by quartile of reflectivity, darkest first, pixels within 6 px of a point "
    "left out",
    "clutter: the same against the expected power, 4 to 8 px from a point, where the points' own "
    "sidelobes have less than a tenth of the ground's power",
    "flux, peak: median over points of the sum, and of the largest value, in 7 x 7 px of the "
    "result over that of the scene",
)


class SyntheticFigures(Recipe):
    """Figures of one restored scene.

    Attributes
    ----------
    name, setting : of what restored it; its tuned choice, empty where there is none
    psnr_db : of the logarithm, ground only
    power_db : mean power kept
    quartiles_db : mean power kept, from the darkest quarter of the reflectivity to the brightest
    ungained_db : mean power kept before the gain of the scene; None where there is no gain
    clutter_db : mean power beside points over what is to be expected; None without points
    n : pixels of the PSNR
    """

    name: str
    setting: str = ""
    spectrum: str
    ground: str
    psnr_db: float
    power_db: float
    quartiles_db: tuple[float, float, float, float]
    ungained_db: float | None = None
    clutter_db: float | None = None
    n: int


class PointFigures(Recipe):
    """Points of one level and spectrum: medians of flux and peak kept."""

    name: str
    spectrum: str
    place: str = Field(description="on pixels, or between them")
    level_db: int
    n: int
    flux: float
    peak: float


class Margin(Recipe):
    """The model's PSNR over that of the best rival, on one scene."""

    spectrum: str
    ground: str
    gain_db: float
    rival: str

    @property
    def text(self) -> str:
        """One line."""
        return f"{signed(self.gain_db)} dB over {self.rival} ({self.spectrum}, {self.ground})"


class SyntheticEvaluation(Recipe):
    """A despeckler on synthetic scenes of three spectra and three grounds that training never saw.

    Attributes
    ----------
    parts : what stands around the rivals too (whitening, points)
    lost, changed_db, scale_change : zeros that cost valid pixels; largest change 3 to 8 px away
        from a block of zeros; largest relative change where the scene is 1e-6 or 1e6 as large;
        None where it was not measured
    slack_db : how much wider every bar in decibels is: 0 for despecklers of complex samples
    """

    model: str
    side_px: int
    parts: tuple[str, ...] = ()
    figures: tuple[SyntheticFigures, ...]
    rivals: tuple[SyntheticFigures, ...]
    points: tuple[PointFigures, ...] = ()
    lost: int | None = None
    changed_db: float | None = None
    scale_change: float | None = None
    slack_db: float = 0.0

    @property
    def margins(self) -> tuple[Margin, ...]:
        """The model beside the best rival of each scene, the weakest first."""
        found = []
        for mine in self.figures:
            best = max(self._beside(mine), key=lambda one: one.psnr_db)
            found.append(
                Margin(
                    spectrum=mine.spectrum,
                    ground=mine.ground,
                    gain_db=mine.psnr_db - best.psnr_db,
                    rival=f"{best.name} {best.setting}".strip(),
                )
            )
        return tuple(sorted(found, key=lambda one: one.gain_db))

    @property
    def headline(self) -> str:
        """The smallest margin over the best rival."""
        return f"weakest of {len(self.figures)} synthetic scenes: {self.margins[0].text}"

    @property
    def failures(self) -> tuple[str, ...]:
        """What is not reached, in words; empty where all is well."""
        return tuple(text for is_met, text in self._checks() if not is_met)

    def _beside(self, mine: SyntheticFigures) -> tuple[SyntheticFigures, ...]:
        place = (mine.spectrum, mine.ground)
        return tuple(one for one in self.rivals if (one.spectrum, one.ground) == place)

    def _checks(self) -> Iterable[tuple[bool, str]]:
        """Yield what is held to: whether it is reached, and the words where it is not."""
        slack = self.slack_db
        for margin in self.margins:
            yield margin.gain_db >= LEAST_GAIN_DB - slack, margin.text
        for one in self.figures:
            yield from _checks_of(one, slack)
        for point in self.points:
            where = f"({point.level_db} dB, {point.spectrum}, {point.place} pixels)"
            yield _is_in(point.flux, FLUX_RANGE, slack), f"flux of points {point.flux:.2f} {where}"
            yield _is_in(point.peak, PEAK_RANGE, slack), f"peak of points {point.peak:.2f} {where}"
        if self.lost is not None:
            yield self.lost == 0, f"{self.lost} valid pixels lost beside zeros"
        if self.changed_db is not None:
            text = f"zeros change results 3 to 8 px away by {self.changed_db:.2f} dB"
            yield self.changed_db <= LARGEST_CHANGE_DB + slack, text
        if self.scale_change is not None:
            text = f"scale changes results by {self.scale_change:.1g}"
            yield self.scale_change <= LARGEST_SCALE_CHANGE, text

    def as_text(self) -> str:
        """Return all figures, the weakest first."""
        beside = f" with {' and '.join(self.parts)} around the rivals" if self.parts else ""
        lines = [f"{self.model} on synthetic scenes of {self.side_px} px{beside}", self.headline]
        lines += _columns([_HEAD, *(self._row(margin) for margin in self.margins)])
        names = tuple(dict.fromkeys(one.name for one in self.rivals))
        mean = [("mean PSNR", _mean(self.figures)), *((n, _mean(self._named(n))) for n in names)]
        lines.append("; ".join(f"{name} {value:.2f}" for name, value in mean))
        if self.points:
            lines += _columns(
                [_POINT_HEAD, *map(_point_row, sorted(self.points, key=_point_distance))]
            )
        if self.lost is not None:
            lines.append(
                f"zeros: {self.lost} valid pixels lost, results 3 to 8 px away change by at most "
                f"{self.changed_db or 0:.2f} dB; scale: {self.scale_change or 0:.1g}"
            )
        lines += [f"not reached: {text}" for text in self.failures]
        return "\n".join([*lines, *DEFINITIONS])

    def _named(self, name: str) -> tuple[SyntheticFigures, ...]:
        return tuple(one for one in self.rivals if one.name == name)

    def _row(self, margin: Margin) -> tuple[str, ...]:
        place = (margin.spectrum, margin.ground)
        mine = next(one for one in self.figures if (one.spectrum, one.ground) == place)
        rivals = [
            f"{one.name} {one.setting}: {one.psnr_db:.2f} ({signed(one.power_db)})"
            for one in self._beside(mine)
        ]
        return (
            *place,
            signed(margin.gain_db),
            f"{mine.psnr_db:.2f}",
            signed(mine.power_db),
            "" if mine.ungained_db is None else signed(mine.ungained_db),
            " ".join(signed(one) for one in mine.quartiles_db),
            "" if mine.clutter_db is None else signed(mine.clutter_db),
            "; ".join(rivals),
        )


_HEAD = (
    "spectrum", "ground", "margin dB", "log-PSNR dB", "power dB", "before gain", "quartiles dB",
    "clutter dB", "rivals: log-PSNR (power)",
)  # fmt: skip
_POINT_HEAD = ("spectrum", "points", "dB", "n", "flux", "peak")


def _checks_of(one: SyntheticFigures, slack_db: float) -> Iterable[tuple[bool, str]]:
    """Yield what power is held to on one scene."""
    measured = (
        ("power", one.power_db, LARGEST_POWER_DB),
        ("power before the gain", one.ungained_db, LARGEST_UNGAINED_DB),
        ("a quartile's power", max(one.quartiles_db, key=abs), LARGEST_QUARTILE_DB),
        ("clutter beside points", one.clutter_db, LARGEST_CLUTTER_DB),
    )
    for name, value, limit in measured:
        if value is not None:
            text = f"{name} {signed(value)} dB ({one.spectrum}, {one.ground})"
            yield abs(value) <= limit + slack_db, text


def _point_row(one: PointFigures) -> tuple[str, ...]:
    numbers = (str(one.level_db), str(one.n), f"{one.flux:.2f}", f"{one.peak:.2f}")
    return (one.spectrum, f"{one.place} pixels", *numbers)


def _point_distance(one: PointFigures) -> float:
    """Sort the flux that is furthest from 1 first."""
    return -abs(math.log(max(one.flux, 1e-9)))


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    wide = [max(len(row[col]) for row in rows) for col in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip()
        for row in rows
    ]


def _mean(figures: Sequence[SyntheticFigures]) -> float:
    return sum(one.psnr_db for one in figures) / max(len(figures), 1)


def _is_in(value: float, bounds: tuple[float, float], slack_db: float) -> bool:
    wider = 10 ** (slack_db / 10)
    return bounds[0] / wider <= value <= bounds[1] * wider
