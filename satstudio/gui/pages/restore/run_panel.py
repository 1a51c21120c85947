"""RestoreFigures: what a restoration will cost; RestoreRun: its button, progress and result."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.stop_button import StopButton
from satstudio.gui.kit.widgets import (
    Button,
    duration,
    grouped,
    label,
    primary_button,
)
from satstudio.gui.pages.restore.ending import Ending
from satstudio.gui.pages.restore.open_results import MOST_OPENED

DASH = "\N{EN DASH}"
MB = 1e6


class RestoreFigures(QWidget):
    """Time, size and tiles of the result, at the right with their units."""

    def __init__(self) -> None:
        super().__init__()
        self.values = {name: label(DASH) for name in ("time", "size", "tiles")}
        rows = {
            "time": (self.tr("Time"), self.tr("By the time of one tile on this machine")),
            "size": (self.tr("Size"), self.tr("Of the result, before compression")),
            "tiles": (self.tr("Tiles"), self.tr("How often the model or filter runs")),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(3)
        for row, (name, (text, tip)) in enumerate(rows.items()):
            caption = label(text, "note")
            caption.setToolTip(tip)
            self.values[name].setToolTip(tip)
            grid.addWidget(caption, row, 0)
            self.values[name].setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(self.values[name], row, 1)

    def show_estimate(
        self, seconds: float | None, size: int | None, tiles: int | None, *, is_busy: bool = False
    ) -> None:
        """Show what a restoration will cost; dashes where that is not known."""
        waiting = "…" if is_busy else DASH
        self.values["time"].setText(waiting if seconds is None else about(seconds))
        self.values["size"].setText(waiting if size is None else shown_size(size))
        self.values["tiles"].setText(waiting if tiles is None else grouped(tiles))


class RestoreRun(QWidget):
    """The foot of the Restore page's form; always in view."""

    started = Signal()
    stopped = Signal()
    view_asked = Signal()
    compare_asked = Signal()
    folder_asked = Signal()
    reasons_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.remark = label("", "note")
        self.problem = label("", "problem")
        self.start = primary_button(
            self.tr("Restore"),
            "play",
            self.tr("Restore the ticked scenes in a process of its own; the window stays smooth"),
        )
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(self.tr("Progress of the restoration"))
        self.stop = StopButton("x", self.tr("Stop; nothing half-written is left"))
        self.doing = label("", "note")
        self.result = label("")
        self.compare = Button(
            self.tr("Open result in Compare"),
            "columns-2",
            self.tr("Open the result and show it beside its scene"),
        )
        self.view = Button(self.tr("Show in View"), "eye", self.tr("Open the result as a scene"))
        self.folder = Button(
            self.tr("Open folder"), "folder-open", self.tr("Show the results as files")
        )
        self.reasons = Button(
            self.tr("Reasons…"), "list-x", self.tr("Which scenes failed, and why each of them did")
        )
        self._busy, self._done = QWidget(), QWidget()
        self._arrange()
        self.start.clicked.connect(self.started)
        self.stop.clicked.connect(self.stopped)
        self.view.clicked.connect(self.view_asked)
        self.compare.clicked.connect(self.compare_asked)
        self.folder.clicked.connect(self.folder_asked)
        self.reasons.clicked.connect(self.reasons_asked)
        self.show_task(None)
        self.show_ending(Ending())
        self.show_problem("")
        self.show_remark("")

    def show_problem(self, text: str) -> None:
        """Say why nothing can be restored, or what went wrong."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def show_remark(self, text: str) -> None:
        """Say what is good to know about this model on these scenes."""
        self.remark.setText(text)
        self.remark.setVisible(bool(text))

    def show_task(self, task: Task | None, *, goes_on: bool = False) -> None:
        """Follow a task; where none runs, say whether Restore would go on with a batch."""
        self._busy.setVisible(task is not None)
        self.start.setVisible(task is None)
        self.start.setText(self.tr("Continue") if goes_on else self.tr("Restore"))
        if task is None:
            return
        is_unknown = task.share <= 0
        self.bar.setRange(0, 0 if is_unknown else 1000)
        self.bar.setValue(round(task.share * 1000))
        left = task.remaining_s
        more = self.tr(" · about {time} left").format(time=duration(left)) if left else ""
        self.doing.setText(task.text + more)
        self.stop.show_task(task)

    def show_ending(self, ending: Ending, tip: str = "") -> None:
        """Show what was made, where anything was, and how it is opened."""
        self.result.setText(ending.text)
        self.result.setToolTip(tip)
        self._done.setVisible(bool(ending.text))
        self.compare.setVisible(len(ending.made) <= MOST_OPENED)
        self.folder.setVisible(ending.is_folder)
        self.reasons.setVisible(bool(ending.failed))
        tip = self.tr("Open the result as a scene")
        if len(ending.made) > MOST_OPENED:
            tip = self.tr("Open the first {count} results as scenes").format(count=MOST_OPENED)
        self.view.setToolTip(tip)

    def _arrange(self) -> None:
        self.doing.setWordWrap(True)
        self.result.setWordWrap(True)
        busy = QVBoxLayout(self._busy)
        busy.setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        line.addWidget(self.bar, 1)
        line.addWidget(self.stop)
        busy.addLayout(line)
        busy.addWidget(self.doing)
        done = QVBoxLayout(self._done)
        done.setContentsMargins(0, 0, 0, 0)
        done.addWidget(self.result)
        buttons = QHBoxLayout()
        buttons.addWidget(self.compare, 1)
        for button in (self.view, self.folder):
            buttons.addWidget(button)
        done.addLayout(buttons)
        rule = QFrame()
        rule.setFrameShape(QFrame.Shape.HLine)
        rule.setFrameShadow(QFrame.Shadow.Plain)
        rule.setForegroundRole(QPalette.ColorRole.Mid)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 0, 10, 10)
        column.addWidget(rule)
        column.addWidget(self.remark)
        column.addWidget(self.problem)
        column.addWidget(self.reasons, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self.start, self._busy, self._done):
            column.addWidget(widget)


def about(seconds: float) -> str:
    """Return an estimated time: `under 1 s`, `about 12 s`, `about 3 min 20 s`."""
    return "under 1 s" if seconds < 1 else f"about {duration(seconds)}"


def shown_size(size: int) -> str:
    """Return bytes for people: 6.6 MB, 3.2 GB."""
    value, unit = (size / 1e9, "GB") if size >= 1e9 else (size / MB, "MB")
    return f"{value:.3g} {unit}"
