"""Doctor dialog: what the installation has and lacks, and the plug-ins; found out by a worker."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.kit.widgets import Button, label
from satstudio.jobs.doctor_text import doctor_rows, doctor_text, summary

PARTS = ("Part", "What", "Found")
PLUGINS = ("Kind", "Name", "State", "From")
BAD = ("not installed", "cannot be written", "missing")


class DoctorDialog(QDialog):
    """Two tables, filled when their worker has answered."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._found: Mapping[str, Any] = {}
        self.setWindowTitle(self.tr("Check the installation"))
        self.head = label(self.tr("Looking around…"), "heading")
        self.missing = label("", "note")
        self.parts = Table(PARTS)
        self.parts.setAccessibleName(self.tr("What the installation has"))
        self.plugins = Table(PLUGINS)
        self.plugins.setAccessibleName(self.tr("Plug-ins"))
        self._tabs = QTabWidget()
        self._tabs.addTab(self.parts, self.tr("Installation"))
        self._tabs.addTab(self.plugins, self.tr("Plug-ins"))
        self.copy = Button(self.tr("Copy"), "copy", self.tr("Copy everything as text"))
        self.copy.setAutoDefault(False)
        self.copy.setEnabled(False)
        self.copy.clicked.connect(self._on_copy)
        self._arrange()
        context.jobs.ended.connect(self._on_ended)
        given = {"doctor": {"study": context.settings.study}}
        titles = {"doctor": self.tr("Check the installation"), "plugins": self.tr("List plug-ins")}
        self._tasks: dict[str, WorkerTask] = {
            kind: context.jobs.start(kind, given.get(kind, {}), title, is_quiet=True)
            for kind, title in titles.items()
        }

    def _arrange(self) -> None:
        self.parts.stretch(2)
        self.plugins.stretch(2)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.head)
        column.addWidget(self.missing)
        column.addWidget(self._tabs, 1)
        column.addWidget(box)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 104, min(540, metrics.lineSpacing() * 32))

    @Slot(object)
    def _on_ended(self, task: WorkerTask) -> None:
        kind = next((kind for kind, mine in self._tasks.items() if mine is task), "")
        if kind and task.state != "done":
            self.head.setText(self.tr("This could not be found out"))
            self.missing.setText(task.text)
        elif kind == "doctor" and isinstance(task.result, Mapping):
            self._show(task.result)
        elif kind == "plugins" and isinstance(task.result, Sequence):
            self._show_plugins(task.result)

    def _show(self, found: Mapping[str, Any]) -> None:
        self._found = found
        self.head.setText(summary(found))
        self.missing.setText("\n".join(found["missing"]))
        self.missing.setVisible(bool(found["missing"]))
        rows = doctor_rows(found)
        parts = ["", *(part for part, _, _ in rows)]
        self.parts.show_rows(
            list(range(len(rows))),
            [
                (part if part != parts[number] else "", name, _signed(value))
                for number, (part, name, value) in enumerate(rows)
            ],
        )
        self.copy.setEnabled(True)

    def _show_plugins(self, rows: Sequence[Any]) -> None:
        works, broken = self.tr("works"), self.tr("broken: {why}")
        ordered = sorted(rows, key=lambda row: (not row["is_broken"], not row["path"]))
        self.plugins.show_rows(
            list(range(len(ordered))),
            [
                (
                    row["kind"],
                    row["name"],
                    (broken.format(why=row["reason"]), sign_colour("bad"))
                    if row["is_broken"]
                    else works,
                    row["path"] or self.tr("satstudio"),
                )
                for row in ordered
            ],
        )
        count = sum(row["is_broken"] for row in rows)
        if count:
            title = self.tr("Plug-ins ({n} broken)").format(n=count)
            self._tabs.setTabText(self._tabs.indexOf(self.plugins), title)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(doctor_text(self._found))


def _signed(value: str) -> Any:  # noqa: ANN401 - a cell of the table
    is_bad = any(text in value for text in BAD) or value == "no"
    return (value, sign_colour("wait")) if is_bad else value
