"""What lies in bench/ of a study folder: sweeps with their rows; read off the GUI thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from satstudio.bench.plans.failures import failure_remarks
from satstudio.bench.plans.rows import has_failed, read_rows
from satstudio.core.errors import SatstudioError
from satstudio.core.recipe import read_toml
from satstudio.gui.kit.table import Cell, Strong
from satstudio.jobs.plans import PlanInfo, describe_plan
from satstudio.metrics.run_figures import WORDS, FigureCard, figure_card, not_told_apart
from satstudio.metrics.sets.distances import REFERENCES
from satstudio.metrics.trials import Statistic, number_text, rank, statistic_of

MOST_FIGURES = 12
NOTHING = "\N{EN DASH}"
Finished = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SweepRow:
    """A sweep as lists show it.

    Attributes
    ----------
    plan : None where its file cannot be read; then `problem` says why
    rows : finished runs, in the order in which they were finished
    report : its page, once written
    """

    name: str
    path: Path
    plan: PlanInfo | None = None
    rows: tuple[Finished, ...] = ()
    report: Path | None = None
    problem: str = ""

    @property
    def patches(self) -> Path | None:
        """The patch set that finished rows name."""
        named = [Path(str(row["patches"])) for row in self.rows if row.get("patches")]
        return named[0] if named else None


def sweeps(folder: Path, others: Sequence[Path] = ()) -> tuple[SweepRow, ...]:
    """Return other sweeps, then those of a folder, the newest first."""
    inside = [path.parent for path in folder.glob("*/plan.toml")] if folder.is_dir() else []
    newest = sorted(inside, key=lambda path: (path / "plan.toml").stat().st_mtime, reverse=True)
    return tuple(_sweep(path) for path in dict.fromkeys([*others, *newest]))


def figures_of(row: SweepRow) -> tuple[FigureCard, ...]:
    """Return the figures that a sweep's table has as columns."""
    values = row.plan.values if row.plan is not None else {}
    found = dict.fromkeys(name for one in row.rows for name in one.get("figures") or {})
    named = [*(values.get("figures") or found)]
    return tuple([_card(str(name), values) for name in named])[:MOST_FIGURES]


def _card(name: str, values: Mapping[str, Any]) -> FigureCard:
    """Return what a figure is called; of one that is not known the plan says which is better."""
    card, better = figure_card(name), values.get("better")
    return replace(card, better=better) if card.better == "none" and better in WORDS else card


@dataclass(frozen=True, slots=True)
class SweepTable:
    """Finished runs as a table.

    Attributes
    ----------
    cells : a line a row of the plan: name, finished runs, mean ± deviation of each figure, the
        best in bold where it is not within noise (of a benchmark the best of each data set); below
        it what real patches and Gaussian fields have
    notes : of which rows chance may have made the difference, and which runs failed, and why
    """

    cells: list[tuple[Cell, ...]]
    notes: tuple[str, ...] = ()


def table_of(rows: Sequence[Finished], cards: Sequence[FigureCard]) -> SweepTable:
    """Return the table of finished runs."""
    lines: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for family in _by(rows, "set").values():
        of_family, said = _lines(family, cards)
        lines += of_family
        notes += said
    return SweepTable([*lines, *_beside(rows, cards)], (*notes, *failure_remarks(rows)))


def _lines(
    rows: Sequence[Finished], cards: Sequence[FigureCard]
) -> tuple[list[tuple[Cell, ...]], list[str]]:
    """Return lines and notes of rows that are compared with each other."""
    together = _by(rows, "row", "key")
    columns = [
        {name: _statistic(found, card.key) for name, found in together.items()} for card in cards
    ]
    figures = [_column(card, column) for card, column in zip(cards, columns, strict=True)]
    lines: list[tuple[Cell, ...]] = [
        (name, _runs_text(found), *(column[place] for column in figures))
        for place, (name, found) in enumerate(together.items())
    ]
    notes = (not_told_apart(*pair) for pair in zip(cards, columns, strict=True))
    return lines, list(filter(None, notes))


def _by(rows: Sequence[Finished], *fields: str) -> dict[str, list[Finished]]:
    """Return rows by the first of these fields that they have, in their order."""
    together: dict[str, list[Finished]] = {}
    for one in rows:
        name = next((str(one[field]) for field in fields if one.get(field)), "")
        together.setdefault(name, []).append(one)
    return together


def _statistic(found: Sequence[Finished], figure: str) -> Statistic | None:
    values = [(one.get("figures") or {}).get(figure) for one in found]
    return statistic_of([float(value) for value in values if value is not None])


def _column(card: FigureCard, found: Mapping[str, Statistic | None]) -> list[Cell]:
    best = rank(list(found.values()), card.better).best
    texts = [one.text if one else NOTHING for one in found.values()]
    return [Strong(text) if place == best else text for place, text in enumerate(texts)]


def _beside(rows: Sequence[Finished], cards: Sequence[FigureCard]) -> list[tuple[Cell, ...]]:
    """Return what stands beside the figures in the log of the first run that has it."""
    known: Mapping[str, float] = next((one["beside"] for one in rows if one.get("beside")), {})
    lines = [
        (called, "", *(_number(known.get(card.key + ending)) for card in cards))
        for ending, called in REFERENCES.items()
    ]
    return [line for line in lines if any(cell not in ("", NOTHING) for cell in line[1:])]


def _number(value: float | None) -> str:
    return NOTHING if value is None else number_text(value)


def _runs_text(found: Sequence[Finished]) -> str:
    lost = {
        "diverged": sum(one.get("status") == "diverged" for one in found),
        "failed": sum(map(has_failed, found)),
    }
    said = ", ".join(f"{count} {how}" for how, count in lost.items() if count)
    return f"{len(found)} ({said})" if said else str(len(found))


def _sweep(path: Path) -> SweepRow:
    try:
        plan = describe_plan(path.name, read_toml(path / "plan.toml"))
    except SatstudioError as error:
        return SweepRow(path.name, path, problem=str(error))
    report = path / "report.html"
    return SweepRow(path.name, path, plan, read_rows(path), report if report.is_file() else None)
