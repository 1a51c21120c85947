"""What lies in bench/ of a study folder: sweeps with their rows; read off the GUI thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.errors import SatstudioError
from satstudio.core.json_text import parse_json
from satstudio.core.recipe import read_toml
from satstudio.gui.table import Cell, Strong
from satstudio.jobs.plans import PlanInfo, describe_plan
from satstudio.metrics.distances import REFERENCES
from satstudio.metrics.run_figures import FigureCard, figure_card, not_told_apart
from satstudio.metrics.trials import Statistic, number_text, rank, statistic_of

MOST_FIGURES = 6
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
    named = values.get("figures") or next((list(one.get("figures", {})) for one in row.rows), [])
    return tuple([figure_card(str(name)) for name in named])[:MOST_FIGURES]


@dataclass(frozen=True, slots=True)
class SweepTable:
    """Finished runs as a table.

    Attributes
    ----------
    cells : a line a row of the plan: name, finished runs, mean ± deviation of each figure, the
        best in bold where it is not within noise; below it what real patches and Gaussian fields
        have
    notes : of which rows chance may have made the difference
    """

    cells: list[tuple[Cell, ...]]
    notes: tuple[str, ...] = ()


def table_of(rows: Sequence[Finished], cards: Sequence[FigureCard]) -> SweepTable:
    """Return the table of finished runs."""
    together: dict[str, list[Finished]] = {}
    for one in rows:
        together.setdefault(str(one.get("row") or one.get("key", "")), []).append(one)
    columns = [
        {name: _statistic(found, card.key) for name, found in together.items()} for card in cards
    ]
    figures = [_column(card, column) for card, column in zip(cards, columns, strict=True)]
    lines: list[tuple[Cell, ...]] = [
        (name, _runs_text(found), *(column[place] for column in figures))
        for place, (name, found) in enumerate(together.items())
    ]
    notes = [not_told_apart(*pair) for pair in zip(cards, columns, strict=True)]
    return SweepTable([*lines, *_beside(rows, cards)], tuple(filter(None, notes)))


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
    lost = sum(one.get("status") == "diverged" for one in found)
    return f"{len(found)} ({lost} diverged)" if lost else str(len(found))


def _sweep(path: Path) -> SweepRow:
    try:
        plan = describe_plan(path.name, read_toml(path / "plan.toml"))
    except SatstudioError as error:
        return SweepRow(path.name, path, problem=str(error))
    report = path / "report.html"
    return SweepRow(path.name, path, plan, _finished(path), report if report.is_file() else None)


def _finished(path: Path) -> tuple[Finished, ...]:
    file = path / "rows.jsonl"
    if not file.is_file():
        return ()
    found = []
    for line in file.read_text("utf-8").splitlines():
        try:
            found.append(parse_json(line))
        except ValueError:
            continue  # a half-written last one
    return tuple(row for row in found if isinstance(row, dict))
