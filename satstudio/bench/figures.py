"""FigureRow, figure_rows: figures as people read them, on paper, on the screen and in files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan, nan

from satstudio.metrics.score import Score
from satstudio.metrics.uniformity import BlockMeans

MIXED = "mixed area"
NONE = "\N{EM DASH}"
"""Stands for a figure that cannot be told; its note says why."""

LABELS = {
    ("enl", ""): "looks",
    ("ratio_image_stats", "mean"): "ratio mean",
    ("ratio_image_stats", "var"): "ratio variance",
    ("ratio_image_stats", "enl"): "",
    ("radiometric_bias_db", ""): "mean power kept",
    ("epi_ratio", ""): "edges kept",
    ("epi_corr", ""): "edge correlation",
    ("mse", ""): "MSE",
    ("psnr", ""): "PSNR",
    ("ssim", ""): "SSIM",
    ("ms_ssim", ""): "MS-SSIM",
    ("sam", ""): "SAM",
    ("ergas", ""): "ERGAS",
    ("uqi", ""): "UQI",
    ("q2n", ""): "Q2n",
    ("scc", ""): "SCC",
}
"""What people call a metric, or a part of one; empty: not worth a line."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure as people read it; `score` has its definition, `metric` its name in METRICS."""

    label: str
    value: float
    unit: str
    score: Score
    metric: str = ""

    @property
    def number(self) -> str:
        """The value with three digits; in words where there is none."""
        if isnan(self.value):
            return MIXED if self.score.note.startswith(MIXED) else NONE
        return signed(self.value) if self.score.better == "zero" else f"{self.value:.3g}"

    @property
    def number_and_unit(self) -> str:
        """The value, and its unit unless the label says it."""
        unit = "" if self.unit == self.label or isnan(self.value) else self.unit
        return f"{self.number} {unit}".strip()

    @property
    def text(self) -> str:
        """Label, value and unit in one."""
        return f"{self.label} {self.number_and_unit}"


def signed(value: float) -> str:
    """Return a number of two decimals with its sign; no minus before 0."""
    return f"{round(value, 2) + 0.0:+.2f}"


def figure_rows(figures: Mapping[str, Score]) -> tuple[FigureRow, ...]:
    """Return the figures worth a line each, under the names that people use."""
    rows = []
    for name, one in figures.items():
        values = one.parts or {"": one.value}
        for part, value in values.items():
            label = LABELS.get((name, part), f"{name} {part}".strip())
            if label:
                rows.append(FigureRow(label, value, one.unit if not part else "", one, name))
    return tuple(rows)


def short_text(figures: Mapping[str, Score]) -> str:
    """Return figures in one line, each with its unit."""
    return ", ".join(row.text for row in figure_rows(figures))


def told_of_mixed(
    figures: Mapping[str, Score], noisy: BlockMeans, looks: float | None
) -> dict[str, Score]:
    """Return figures whose looks say in their note where the area is not uniform.

    Parameters
    ----------
    noisy : of linear power before restoring; it tells whether the ground is uniform
    looks : of `noisy` where they are known (1 of complex samples)
    """
    found = dict(figures)
    if "enl" in found:
        remark = noisy.uniformity(looks).remark
        note = "; ".join(filter(None, (remark, found["enl"].note)))
        found["enl"] = replace(found["enl"], note=note)
    return found


def without_mixed(figures: Mapping[str, Score]) -> dict[str, Score]:
    """Return figures without the looks of an area that is not uniform: they mean nothing."""
    return {
        name: replace(one, value=nan) if name == "enl" and one.note.startswith(MIXED) else one
        for name, one in figures.items()
    }
