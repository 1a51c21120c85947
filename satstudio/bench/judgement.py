"""Judgement: figures of a despeckler beside the noisy scene and Lee, with what they mean."""

import math
from collections.abc import Sequence

from pydantic import Field

from satstudio.bench.report import Table
from satstudio.core.grid import Window
from satstudio.core.recipe import Recipe
from satstudio.metrics.score import METRICS

LEE_WINDOWS = (3, 5, 7, 9)
LEAST_GAIN_DB = 0.5
LARGEST_BIAS = 0.05
BETTER = {"higher": "Higher is better.", "one": "1 is best."}
FORMATS = {"psnr_db": ".2f", "psnr_with_floor_db": ".2f", "looks": ".1f"}


class Meaning(Recipe):
    """What a column of figures is."""

    title: str
    unit: str = ""
    better: str
    definition: str
    where: str = Field(description="which pixels it was measured on")


class Restored(Recipe):
    """Figures of one restored intensity.

    Attributes
    ----------
    psnr_db : of the logarithm, against that of the reflectivity; None where it is unknown
    psnr_with_floor_db : the same against reflectivity and noise floor, which is the expected
        intensity
    looks : in the uniform area
    ratio_mean, ratio_var : of the noisy over the restored intensity; 1 and 1 are ideal at one look
    edges : share of the noisy image's variation that is kept (`epi_ratio`)
    edge_correlation : of the Laplacians (`epi_corr`), with the reflectivity where it is known,
        else with the noisy image
    n : pixels that count: where noisy and restored intensity are finite and above 0
    """

    name: str
    n: int
    psnr_db: float | None = None
    psnr_with_floor_db: float | None = None
    looks: float
    ratio_mean: float
    ratio_var: float
    edges: float
    edge_correlation: float


class Judgement(Recipe):
    """A despeckler, the noisy image and the filter of Lee in windows 3, 5, 7 and 9 (one look)."""

    scene: str
    window: Window
    area: Window = Field(description="where looks are measured")
    noisy: Restored
    lee: tuple[Restored, ...]
    model: Restored
    log_range: float | None = Field(None, description="of the log reflectivity, for the PSNR")
    remarks: tuple[str, ...] = ()

    @property
    def best_lee(self) -> Restored:
        """The one with the largest PSNR; where that is unknown, that of 7 px."""
        if self.noisy.psnr_db is None:
            return self.lee[LEE_WINDOWS.index(7)]
        return max(self.lee, key=lambda one: one.psnr_db or -math.inf)

    @property
    def best_lee_px(self) -> int:
        """The window of `best_lee`."""
        return LEE_WINDOWS[self.lee.index(self.best_lee)]

    @property
    def area_text(self) -> str:
        """Where looks are measured, in words."""
        return _place(self.area)

    @property
    def gain_db(self) -> float:
        """PSNR of the model over the best Lee, the smaller of with and without noise floor."""
        mine = self.model
        return min(
            (mine.psnr_db or math.nan) - max(one.psnr_db or math.nan for one in self.lee),
            (mine.psnr_with_floor_db or math.nan)
            - max(one.psnr_with_floor_db or math.nan for one in self.lee),
        )

    @property
    def failures(self) -> tuple[str, ...]:
        """What the model does not reach; empty where all is well."""
        looks, wanted = self.model.looks, self.best_lee.looks
        checks = (
            (self.gain_db >= LEAST_GAIN_DB, f"gain over the best Lee {self.gain_db:+.2f} dB"),
            (looks >= wanted, f"{looks:.1f} looks, that Lee has {wanted:.1f}"),
            (
                abs(self.model.ratio_mean - 1) <= LARGEST_BIAS,
                f"mean ratio {self.model.ratio_mean:.3f}",
            ),
        )
        return tuple(text for is_met, text in checks if not is_met)

    @property
    def rows(self) -> tuple[Restored, ...]:
        """The scene as it is, Lee by growing window, the model."""
        return (self.noisy, *self.lee, self.model)

    def meanings(self) -> dict[str, Meaning]:
        """Return what each figure is, by its name in `Restored`; no PSNR without a truth."""
        inside = f"{_place(self.window)}; {self.noisy.n} pixels with power"
        area = f"the uniform area, {_place(self.area)}; {self.area.size.pixels} pixels"
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
            head=("Figure", "Definition", "Measured on"),
            rows=tuple(
                (one.title, f"{BETTER[one.better]} {one.definition}", one.where)
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
    return (one.name, *(f"{values[name]:{FORMATS.get(name, '.3f')}}" for name in names))


def as_text(judgements: Sequence[Judgement]) -> str:
    """Return tables as lines of text."""
    lines = []
    for one in judgements:
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
