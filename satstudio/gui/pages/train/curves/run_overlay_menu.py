"""RunOverlayMenu: which other runs are drawn into the curves of the chosen one."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMenu, QToolButton

from satstudio.core.files.old_keys import new_extractor
from satstudio.core.runs.run_log import log_lines
from satstudio.core.runs.run_rows import RunRow
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import IconButton
from satstudio.gui.pages.train.curves.charts import OF_FEATURES
from satstudio.gui.pages.train.curves.curve_overlays import MOST_RUNS
from satstudio.gui.pages.train.curves.curves import Curves

Logs = Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
Read = tuple[tuple[Path, ...], str]
"""Runs whose logs were read, and what the features of the chosen run are of."""


class RunOverlayMenu(IconButton):
    """A button whose menu lists the other runs; the ticked ones are drawn."""

    def __init__(self, context: Context, curves: Curves) -> None:
        super().__init__("chart-line")
        self._context = context
        self._curves = curves
        self._rows: tuple[RunRow, ...] = ()
        self._shown: Path | None = None
        self._ticked: list[Path] = []
        self._read: Read = ((), "")
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.setText(self.tr("Other runs"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        tip = self.tr("Draw curves of other runs as thin lines, {n} at most").format(n=MOST_RUNS)
        self.setToolTip(tip)
        self.setAccessibleName(self.tr("Other runs in the curves"))
        self._menu.aboutToShow.connect(self._fill)

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Take the runs that can be drawn."""
        self._rows = tuple(rows)
        self._ask()

    def show_run(self, path: Path | None) -> None:
        """Take the run whose curves are shown; it is not drawn twice."""
        self._shown = path
        self._ask()

    def tick(self, path: Path, is_ticked: bool) -> None:
        """Draw a run or draw it no more; the one ticked first makes room."""
        others = [one for one in self._ticked if one != path]
        self._ticked = [*others, path][-MOST_RUNS:] if is_ticked else others
        self._ask()

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        for row in self._rows:
            if row.path == self._shown:
                continue
            action = self._menu.addAction(row.name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(row.path in self._ticked)
            action.toggled.connect(partial(self.tick, row.path))

    def _ask(self) -> None:
        """Read the logs on another thread where other runs are to be drawn than before."""
        known = {row.path: row.name for row in self._rows}
        self.setEnabled(any(path != self._shown for path in known))
        wanted = tuple(path for path in self._ticked if path in known and path != self._shown)
        own = self._extractor(self._shown)
        if (wanted, own) != self._read:
            self._read = (wanted, own)
            asked = [(known[path], path, self._extractor(path) == own) for path in wanted]
            self._context.scenes.background_calls.ask(
                partial(_logs, self._read, asked), self._on_logs
            )

    def _extractor(self, path: Path | None) -> str:
        """Return what a run's features are of; distances of others are other numbers."""
        info = next((row.info for row in self._rows if row.path == path), {})
        return str(new_extractor(info.get("features", {}).get("extractor", "")))

    @Slot(object)
    def _on_logs(self, found: tuple[Read, Logs]) -> None:
        read, logs = found
        if read == self._read:
            self._curves.show_others(logs)


def _logs(read: Read, asked: Sequence[tuple[str, Path, bool]]) -> tuple[Read, Logs]:
    return read, [(name, _lines(path, is_alike)) for name, path, is_alike in asked]


def _lines(path: Path, is_alike: bool) -> Sequence[Mapping[str, Any]]:
    """Return a log; without distances of features where they are of others."""
    lines = log_lines(path)
    if is_alike:
        return lines
    return [{key: value for key, value in line.items() if key not in OF_FEATURES} for line in lines]
