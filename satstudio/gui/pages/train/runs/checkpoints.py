"""checkpoints_of, CheckpointCombo: which states of a run can be exported, with their figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy

from satstudio.core.runs.run_log import is_figure, log_lines
from satstudio.core.runs.run_rows import RunRow
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import grouped

FIGURES = {"swd": "SWD {:.3g}", "held_out_loss": "loss {:.4g}"}
"""What the best checkpoint is chosen by, as it is shown."""

LETTERS = 9
"""What is always to be seen of a name; the list below shows all of it."""

WIDEST_PX = 260
MARGIN_PX = 16


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A state that a run has kept.

    Attributes
    ----------
    which : what an export calls it: best, newest or its step
    figure : its distance from held-out patches in words; "" where it was never compared
    """

    which: str
    step: int
    figure: str = ""


def checkpoints_of(run: Path, info: Mapping[str, Any]) -> tuple[CheckpointRow, ...]:
    """Return the kept states: the best, the newest, then older ones; figures as last compared."""
    folder, lines = run / "checkpoints", log_lines(run)
    best, steps = (_steps(folder, kind) for kind in ("best", "step"))
    rows = []
    for step in best[-1:]:
        known: Mapping[str, Any] = info.get("best", {})
        line = known if known.get("step") == step else _line_at(lines, step)
        rows.append(CheckpointRow("best", step, figure_text(line)))
    for place, step in enumerate(reversed(steps)):
        which = str(step) if place else "newest"
        rows.append(CheckpointRow(which, step, figure_text(_line_at(lines, step))))
    return tuple(rows)


def figure_text(figures: Mapping[str, Any]) -> str:
    """Return what the best checkpoint is chosen by, with its name; "" where it is not known."""
    for name, text in FIGURES.items():
        value = figures.get(name)
        if value is not None and is_figure(value):
            return text.format(value)
    return ""


def best_figure(figures: Mapping[str, Any]) -> float | None:
    """Return what the best checkpoint is chosen by; None where it is not known."""
    values = (figures.get(name) for name in FIGURES)
    known = (float(value) for value in values if value is not None and is_figure(value))
    return next(known, None)


def _steps(folder: Path, kind: str) -> list[int]:
    """Return the steps of whole checkpoints: those whose hash lies beside them."""
    found = sorted(folder.glob(f"{kind}-*.safetensors"))
    digits = [
        path.stem.rpartition("-")[2]
        for path in found
        if path.with_name(path.name + ".sha256").is_file()
    ]
    return [int(text) for text in digits if text.isdecimal()]


def _line_at(lines: Sequence[Mapping[str, Any]], step: int) -> Mapping[str, Any]:
    """Return the last line with figures of a comparison up to a step."""
    compared = [line for line in lines if "n" in line and line.get("step", 0) <= step]
    return compared[-1] if compared else {}


class CheckpointCombo(QComboBox):
    """Chooses one of a run's states; the best at first."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._run: Path | None = None
        self.setAccessibleName(self.tr("Checkpoint to export"))
        self.setToolTip(
            self.tr(
                "Which state of the run is exported. Figures are those of the last comparison with "
                "held-out patches up to its step"
            )
        )
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LETTERS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(WIDEST_PX)
        self.show_rows(())

    @property
    def which(self) -> str:
        """What an export calls the chosen state."""
        return str(self.currentData() or "best")

    def show_run(self, row: RunRow | None) -> None:
        """Offer the states of a run, which are listed on another thread."""
        self._run = row.path if row is not None else None
        if row is None:
            self.show_rows(())
        else:
            kept = partial(_listed, row.path, row.info)
            self._context.scenes.background_calls.ask(kept, self._on_listed)

    def show_rows(self, rows: Sequence[CheckpointRow]) -> None:
        """Offer these states; what was chosen stays chosen where it is still there."""
        chosen = self.currentData()
        self.blockSignals(True)
        self.clear()
        for row in rows:
            self.addItem(self._text(row), row.which)
        if not rows:
            self.addItem(self.tr("no checkpoint yet"), None)
        self.setCurrentIndex(max(self.findData(chosen), 0))
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + MARGIN_PX)
        self.blockSignals(False)
        self.setEnabled(bool(rows))

    @Slot(object)
    def _on_listed(self, found: tuple[Path, Sequence[CheckpointRow]]) -> None:
        path, rows = found
        if path == self._run:
            self.show_rows(rows)

    def _text(self, row: CheckpointRow) -> str:
        names = {"best": self.tr("Best, step {n}"), "newest": self.tr("Newest, step {n}")}
        text = names.get(row.which, self.tr("Step {n}")).format(n=grouped(row.step))
        return f"{text}: {row.figure}" if row.figure else text


def _listed(run: Path, info: Mapping[str, Any]) -> tuple[Path, tuple[CheckpointRow, ...]]:
    return run, checkpoints_of(run, info)
