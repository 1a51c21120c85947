"""ConfigDialog: the configurations of several runs beside each other; what differs in bold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.errors import SatstudioError
from satstudio.gui.kit.table import Cell, Strong, Table
from satstudio.gui.kit.widgets import Button, label
from satstudio.gui.pages.train.like import shown_value
from satstudio.jobs.again import beside, run_choices


@dataclass(frozen=True, slots=True)
class Config:
    """What a run was made with, or why that cannot be read."""

    name: str
    values: Mapping[str, Any]
    problem: str = ""


def read_configs(runs: Sequence[Path]) -> tuple[Config, ...]:
    """Read the recipes of runs, with their patch sets."""
    return tuple(_config(run) for run in runs)


def _config(run: Path) -> Config:
    try:
        choices = run_choices(run)
    except SatstudioError as error:
        return Config(run.name, {}, str(error))
    return Config(run.name, {**choices.recipe, "patches": str(choices.patches)})


class ConfigDialog(QDialog):
    """Shows the choices in which runs differ, or all of them.

    Parameters
    ----------
    titles : what the form calls each choice
    """

    def __init__(
        self, parent: QWidget, configs: Sequence[Config], titles: Mapping[str, str]
    ) -> None:
        super().__init__(parent)
        self._configs, self._titles = tuple(configs), titles
        self._rows = beside([config.values for config in configs])
        self.setWindowTitle(self.tr("Configurations of {n} runs").format(n=len(configs)))
        self.table = Table((self.tr("Choice"), *(config.name for config in configs)))
        self.table.setAccessibleName(self.tr("Choices of the runs"))
        self.only = QCheckBox(self.tr("Only what differs"))
        self.only.setChecked(True)
        self.copy = Button(
            self.tr("Copy"), "copy", self.tr("Copy the table; spreadsheets take it as it is")
        )
        self.said = label("", "note")
        problems = [config.problem for config in configs if config.problem]
        self.problem = label("\n".join(problems), "problem")
        self.problem.setVisible(bool(problems))
        self._arrange()
        self.only.toggled.connect(self._show)
        self.copy.clicked.connect(self._on_copy)
        self.table.installEventFilter(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._show()

    def _arrange(self) -> None:
        self.copy.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addWidget(self.only)
        foot.addWidget(self.copy)
        foot.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.addWidget(self.problem)
        column.addWidget(self.said)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        em = self.fontMetrics().averageCharWidth()
        self.resize(
            em * min(40 + 26 * len(self._configs), 150), self.fontMetrics().lineSpacing() * 26
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Copy by the usual key while the table has the keyboard."""
        is_press = event.type() == QEvent.Type.KeyPress
        copies = isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Copy)
        if is_press and copies:
            self._on_copy()
            return True
        return super().eventFilter(watched, event)

    def text(self) -> str:
        """Return the table as lines of cells between tabs."""
        heads = [self.tr("Choice"), *(config.name for config in self._configs)]
        rows = [
            [self._title(name), *map(shown_value, values)] for name, values in self._shown_rows()
        ]
        return "\n".join("\t".join(row) for row in [heads, *rows])

    def _shown_rows(self) -> list[tuple[str, tuple[Any, ...]]]:
        is_all = not self.only.isChecked()
        return [
            (name, values) for name, (values, differs) in self._rows.items() if differs or is_all
        ]

    def _title(self, name: str) -> str:
        return self._titles.get(name) or self._titles.get(name.removeprefix("options.")) or name

    @Slot()
    def _show(self) -> None:
        rows = self._shown_rows()
        cells: list[tuple[Cell, ...]] = []
        for name, values in rows:
            is_other = self._rows[name][1]
            texts = map(shown_value, values)
            cells.append((self._title(name), *(Strong(t) if is_other else t for t in texts)))
        self.table.show_rows([name for name, _ in rows], cells)
        for place, (name, _) in enumerate(rows):
            self.table.set_tip(place, 0, name)
        self.said.setText("" if rows else self.tr("All of them were made with the same choices."))
        self.said.setVisible(not rows)

    @Slot()
    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self.text())
