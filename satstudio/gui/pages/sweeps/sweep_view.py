"""SweepView: one sweep: how far it is, its table as rows come; stop, continue, report."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.stop_button import StopButton
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import Button, duration, label
from satstudio.gui.pages.sweeps.sweep_list import MOST_FIGURES, SweepRow, figures_of, table_of
from satstudio.jobs.job import Event

NO_SWEEP = "No sweep chosen"
HEADS = ("Row", "Runs", *[""] * MOST_FIGURES)
SCALE = 1000


class SweepView(QWidget):
    """Shows a sweep from its folder; while its task runs, also what the task says."""

    continued = Signal(object)
    """SweepRow of the sweep to continue."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._row: SweepRow | None = None
        self._task: WorkerTask | None = None
        self._finished: list[Mapping[str, Any]] = []
        self.title = label(NO_SWEEP, "heading")
        self.title.setWordWrap(True)
        self.state = label("", "note")
        self.bar = QProgressBar()
        self.bar.setRange(0, SCALE)
        self.bar.setAccessibleName(self.tr("How far the sweep is"))
        self.message = label("", "problem")
        self.stop = StopButton("square", self.tr("Stop after a checkpoint; it can be continued"))
        self.go_on = Button(
            self.tr("Continue"), "play", self.tr("Go on; finished runs are not trained again")
        )
        self.report = Button(
            self.tr("Open report"), "file-text", self.tr("Table, curves and pictures as a page")
        )
        self.table = Table(HEADS, right=range(1, len(HEADS)))
        self.table.setAccessibleName(self.tr("Mean and standard deviation of each row"))
        self.note = label("", "note")
        self.note.setWordWrap(True)
        self.note.setAccessibleName(self.tr("What the table does not tell apart"))
        self._arrange()
        self.stop.clicked.connect(self._on_stop)
        self.go_on.clicked.connect(self._on_continue)
        self.report.clicked.connect(self._on_report)
        self.show_sweep(None)

    @property
    def row(self) -> SweepRow | None:
        """The sweep shown."""
        return self._row

    def show_sweep(self, row: SweepRow | None, task: WorkerTask | None = None) -> None:
        """Show another sweep, or the same one as it is now."""
        if self._task is not None and self._task is not task:
            self._task.told.disconnect(self._on_event)
            self._task.changed.disconnect(self._show_state)
        if task is not None and task is not self._task:
            task.told.connect(self._on_event)
            task.changed.connect(self._show_state)
        self._row, self._task = row, task
        self._finished = list(row.rows) if row is not None else []
        self._show_table()
        self._show_state()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        card = QFrame()
        card.setObjectName("card")
        buttons = QHBoxLayout()
        for button in (self.stop, self.go_on, self.report):
            buttons.addWidget(button)
        buttons.addStretch(1)
        inner = QVBoxLayout(card)
        for widget in (self.title, self.state, self.bar, self.message):
            inner.addWidget(widget)
        inner.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.addWidget(card)
        outer.addWidget(self.table, 1)
        outer.addWidget(self.note)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.name == "row":
            key = event.fields.get("key")
            others = [row for row in self._finished if row.get("key") != key]
            self._finished = [*others, event.fields]  # one that failed before is tried again
            self._show_table()

    def _show_table(self) -> None:
        cards = figures_of(self._row) if self._row is not None else ()
        for column in range(2, len(HEADS)):
            is_there = column - 2 < len(cards)
            self.table.setColumnHidden(column, not is_there)
            head = self.table.horizontalHeaderItem(column)
            if head is not None and is_there:
                head.setText(cards[column - 2].head)
                head.setToolTip(f"{cards[column - 2].heading}\n{cards[column - 2].definition}")
        found = table_of(self._finished, cards)
        self.table.show_rows([row[0] for row in found.cells], found.cells)
        self.note.setText("\n".join(found.notes))
        self.note.setVisible(bool(found.notes))

    @Slot()
    def _show_state(self) -> None:
        row, task = self._row, self._task
        is_live = task is not None and not task.has_ended
        self.title.setText(row.plan.title if row and row.plan else row.name if row else NO_SWEEP)
        self.state.setText(self._state_text())
        self.bar.setVisible(is_live)
        if task is not None:
            self.bar.setValue(round(SCALE * max(task.share, 0.0)))
        problem = row.problem if row is not None else ""
        if task is not None and task.state == "failed":
            problem = task.text
        self.message.setText(problem)
        self.message.setVisible(bool(problem))
        self.stop.show_task(task)
        self.go_on.setEnabled(row is not None and row.plan is not None and not is_live)
        self.report.setEnabled(row is not None and row.report is not None)

    def _state_text(self) -> str:
        row, task = self._row, self._task
        if row is None:
            return self.tr("Choose a plan at the left and start it.")
        if task is not None and not task.has_ended:
            left = duration(task.remaining_s)
            return self.tr("{text}  ·  {time} left").format(text=task.text, time=left)
        done = self.tr("{n} runs finished").format(n=len(self._finished))
        return done if row.report is None else done + self.tr(", report written")

    @Slot()
    def _on_stop(self) -> None:
        if self._task is not None:
            self._task.stop()

    @Slot()
    def _on_continue(self) -> None:
        if self._row is not None:
            self.continued.emit(self._row)

    @Slot()
    def _on_report(self) -> None:
        if self._row is not None and self._row.report is not None:
            self._context.show_file(self._row.report)
