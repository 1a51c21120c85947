"""Evaluation: figures of a despeckler beside the noisy scene and classic filters, explained."""

import math
from collections.abc import Mapping, Sequence

from pydantic import Field

from satstudio.bench.despeckling.standing import Standing, standings
from satstudio.bench.figures import MIXED, signed
from satstudio.bench.report import Table
from satstudio.core.grid import Window
from satstudio.core.recipe import Recipe
from satstudio.metrics.score import METRICS

FILTERS = {
    "boxcar": "Boxcar",
    "lee": "Lee",
    "refined_lee": "Refined Lee",
    "gamma_map": "Gamma-MAP",
    "nlm": "Non-local means",
    "tv": "Total variation",
}
"""The classic filters that come with the program, and their titles."""

TRIALS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "boxcar": ("filter_px", (3, 5, 7, 9)),
    "lee": ("filter_px", (3, 5, 7, 9)),
    "refined_lee": ("filter_px", (5, 7, 9)),
    "gamma_map": ("filter_px", (3, 5, 7, 9)),
    "nlm": ("strength", (0.4, 0.6, 0.9, 1.3)),
    "tv": ("strength", (1.0, 1.4, 2.0, 2.8)),
}
"""Filter -> what of RestoreRecipe is tuned, and among which values."""

LARGEST_POWER_DB = 0.5
POWER_SOURCE = (
    "the radiometric stability (3 sigma) that Sentinel-1 was built for, Torres et al. 2012, Remote "
    "Sensing of Environment 120"
)
BETTER = {"higher": "Higher is better.", "one": "1 is best.", "zero": "0 is best."}
FORMATS = {"psnr_db": ".2f", "psnr_with_floor_db": ".2f", "looks": ".1f"}


class Meaning(Recipe):
    """What a column of figures is; a limit stands beside its source or not at all."""

    title: str
    unit: str = ""
    better: str
    definition: str
    where: str = Field(description="which pixels it was measured on")
    limit: float | None = Field(None, description="largest distance from what is best")
    source: str = Field("", description="where the limit comes from")


class Restored(Recipe):
    """Figures of one restored intensity.

    Attributes
    ----------
    filter, window_px, strength : of a classic filter, else empty and 0
    psnr_db : of the logarithm, against that of the reflectivity; None where it is unknown
    psnr_with_floor_db : the same against reflectivity and noise floor, which is the expected
        intensity
    looks : in the uniform area; None where there is none
    ratio_mean, ratio_var : of the noisy over the restored intensity; 1 and 1 are ideal at one look
    power_kept_db : 10 log10 of the mean restored over the mean noisy intensity; 0 is ideal
    edges : share of the noisy image's variation that is kept (`epi_ratio`)
    edge_correlation : of the Laplacians (`epi_corr`), with the reflectivity where it is known,
        else with the noisy image
    n : pixels that count: where noisy and restored intensity are finite and above 0
    """

    name: str
    filter: str = ""
    window_px: int = 0
    strength: float = 0
    n: int
    psnr_db: float | None = None
    psnr_with_floor_db: float | None = None
    looks: float | None
    ratio_mean: float
    ratio_var: float
    power_kept_db: float
    edges: float
    edge_correlation: float

    @property
    def choices(self) -> dict[str, float]:
        """What a filter was told, as fields of RestoreRecipe."""
        known = {"filter_px": self.window_px, "strength": self.strength}
        return {name: value for name, value in known.items() if value}

    @property
    def distance(self) -> float:
        """How far from the best tuning: less PSNR; without a truth, ratio variance away from 1.

        The ratio image of a scene of one look is speckle alone where nothing but speckle was
        removed, and its variance is 1 then.
        """
        return -self.psnr_db if self.psnr_db is not None else abs(self.ratio_var - 1)


class Evaluation(Recipe):
    """A despeckler, the noisy image and classic filters, each in several ways (one look)."""

    scene: str
    window: Window
    area: Window = Field(description="where looks are measured")
    noisy: Restored
    filters: tuple[Restored, ...] = Field(description="each filter in each of its ways")
    model: Restored
    log_range: float | None = Field(None, description="of the log reflectivity, for the PSNR")
    remarks: tuple[str, ...] = ()

    @property
    def tuned(self) -> tuple[Restored, ...]:
        """Each filter in the way that suits it best, in the order of `FILTERS`."""
        return tuple(
            min((one for one in self.filters if one.filter == name), key=lambda one: one.distance)
            for name in FILTERS
        )

    @property
    def best_filter(self) -> Restored:
        """The tuned filter with the largest PSNR; without a truth, the purest ratio image."""
        return min(self.tuned, key=lambda one: one.distance)

    @property
    def area_text(self) -> str:
        """Where looks are measured, in words."""
        return _place(self.area)

    @property
    def gain_db(self) -> float:
        """PSNR of the model over the best filter, the smaller of with and without noise floor."""
        mine = self.model
        return min(
            (mine.psnr_db or math.nan) - max(one.psnr_db or math.nan for one in self.filters),
            (mine.psnr_with_floor_db or math.nan)
            - max(one.psnr_with_floor_db or math.nan for one in self.filters),
        )

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How the model stands in each figure beside the filter that is best in it; best first."""
        titles = {name: (one.title, one.unit, one.better) for name, one in self.meanings().items()}
        rows = {one.name: one.model_dump() for one in self.tuned}
        return standings(self.model.model_dump(), rows, titles)

    @property
    def headline(self) -> str:
        """The model's strongest figure and its weakest, each beside the best filter's."""
        found = self.standings
        if not found:
            return "nothing to compare"
        if len(found) == 1:
            return found[0].text
        return f"strongest: {found[0].text}; weakest: {found[-1].text}"

    @property
    def failures(self) -> tuple[str, ...]:
        """What the model does not reach; empty where all is well."""
        best, power = self.best_filter, self.model.power_kept_db
        mine, looks = self.model.looks or math.nan, best.looks or math.nan
        checks = (
            (not self.gain_db < 0, f"{self.gain_db:+.2f} dB beside the best filter"),
            (not mine < looks, f"{mine:.1f} looks, {best.name} has {looks:.1f}"),
            (abs(power) <= LARGEST_POWER_DB, f"mean power kept {power:+.2f} dB"),
        )
        return tuple(text for is_met, text in checks if not is_met)

    @property
    def rows(self) -> tuple[Restored, ...]:
        """The scene as it is, each filter tuned, the model."""
        return (self.noisy, *self.tuned, self.model)

    def meanings(self) -> dict[str, Meaning]:
        """Return what each figure is, by its name in `Restored`; no PSNR without a truth."""
        inside = f"{_place(self.window)}; {self.noisy.n} pixels with power"
        area = f"the uniform area, {_place(self.area)}; {self.area.size.pixels} pixels"
        power = METRICS["radiometric_bias_db"]
        ratio, edges = METRICS["ratio_image_stats"], METRICS["epi_corr"]
        against = "noisy intensity" if self.log_range is None else "reflectivity"
        found = {
            "looks": Meaning(
                title="looks",
                unit="looks",
                better="higher",
                definition=METRICS["enl"].definition,
                where=area,
            ),
            "power_kept_db": Meaning(
                title="mean power kept",
                unit="dB",
                better="zero",
                definition=f"{power.definition}; here: restored over noisy intensity",
                where=inside,
                limit=LARGEST_POWER_DB,
                source=POWER_SOURCE,
            ),
            "ratio_mean": Meaning(
                title="ratio mean",
                better="one",
                definition=f"{ratio.definition}; here: its mean",
                where=inside,
            ),
            "ratio_var": Meaning(
                title="ratio variance",
                better="one",
                definition=f"{ratio.definition}; here: its variance, 1 at one look",
                where=inside,
            ),
            "edges": Meaning(
                title="edges kept",
                better="higher",
                definition=METRICS["epi_ratio"].definition,
                where=inside,
            ),
            "edge_correlation": Meaning(
                title="edge correlation",
                better="higher",
                definition=f"{edges.definition}; here: the {against}",
                where=inside,
            ),
        }
        return (_of_truth(self.log_range, inside) if self.log_range is not None else {}) | found

    def table(self) -> Table:
        """Return the figures as a table of a report."""
        meanings = self.meanings()
        units = {
            name: f" ({one.unit})" if one.unit == "dB" else "" for name, one in meanings.items()
        }
        return Table(
            title=f"{self.scene}, {_place(self.window)}",
            head=("", *(one.title + units[name] for name, one in meanings.items())),
            rows=tuple(_texts(one, tuple(meanings)) for one in self.rows),
            is_numeric=True,
        )

    def definitions(self) -> Table:
        """Return what the figures mean as a table of a report."""
        return Table(
            title="What the figures mean",
            head=("Figure", "Definition", "Measured on", "Limit and its source"),
            rows=tuple(
                (one.title, f"{BETTER[one.better]} {one.definition}", one.where, _limit(one))
                for one in self.meanings().values()
            ),
        )


def _of_truth(log_range: float, inside: str) -> dict[str, Meaning]:
    told = (
        f"10 log10(L^2 / MSE) of ln(intensity) against {{}}; L = {log_range:.3f}, the range of ln"
    )
    told += "(reflectivity)"
    floor = "reflectivity plus noise floor, the expected intensity"
    return {
        name: Meaning(
            title=title, unit="dB", better="higher", definition=told.format(truth), where=inside
        )
        for name, title, truth in (
            ("psnr_db", "PSNR", "ln(reflectivity)"),
            ("psnr_with_floor_db", "PSNR with noise floor", f"ln({floor})"),
        )
    }


def _place(window: Window) -> str:
    return (
        f"rows {window.row} to {window.end_row - 1}, columns {window.col} to {window.end_col - 1}"
    )


def _texts(one: Restored, names: tuple[str, ...]) -> tuple[str, ...]:
    values = one.model_dump()
    return (one.name, *(_number(name, values[name]) for name in names))


def _number(name: str, value: float | None) -> str:
    if value is None:
        return MIXED
    return signed(value) if name == "power_kept_db" else f"{value:{FORMATS.get(name, '.3f')}}"


def _limit(one: Meaning) -> str:
    return "none" if one.limit is None else f"{one.limit:g} {one.unit} either way: {one.source}"


def as_text(evaluations: Sequence[Evaluation]) -> str:
    """Return tables as lines of text."""
    lines = []
    for one in evaluations:
        table = one.table()
        rows = [table.head, *table.rows]
        wide = [max(len(row[col]) for row in rows) for col in range(len(table.head))]
        lines.append(table.title)
        lines += [
            "  ".join(cell.rjust(width) for cell, width in zip(row, wide, strict=True))
            for row in rows
        ]
        lines += [f"remark: {text}" for text in one.remarks if text]
    return "\n".join(lines)
