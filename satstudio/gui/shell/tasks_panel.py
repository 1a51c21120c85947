"""Tasks panel: running and finished jobs; progress, log, cancel, result."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.actions import add_entry
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.context_menu import ContextMenu
from satstudio.gui.kit.icons import pixmap
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.stop_button import second_tip, take_single_clicks
from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.kit.widgets import Button, duration, label, tool_button

SIGNS = {
    "running": ("loader", "info"),
    "paused": ("pause", "wait"),
    "stopping": ("clock", "wait"),
    "done": ("circle-check", "good"),
    "stopped": ("ban", "wait"),
    "failed": ("circle-x", "bad"),
}
SCENE_SUFFIXES = (".tif", ".tiff")
TICK_MS = 1000
LOG_LINES = 8
LEAST_LINES = 3


def make_panel(context: Context) -> QWidget:
    """Return the Tasks panel."""
    return JobsPanel(context)


def open_result(context: Context, path: Path) -> None:
    """Show what a job made: a scene in the View page, anything else with its own program."""
    if path.suffix.lower() in SCENE_SUFFIXES:
        context.open([str(path)])
        PageList.of(context).show("look")
    else:
        context.show_file(path)


class JobsPanel(QWidget):
    """A row for each task, the newest on top."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rows: dict[Task, TaskRow] = {}
        self._empty = label(
            self.tr("No tasks yet. Cutting, training, sampling and other long work appear here."),
            "note",
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._clear = Button(self.tr("Clear finished"), "list-x")
        self._clear.setToolTip(self.tr("Take finished tasks off the list; their results stay"))
        self._clear.clicked.connect(context.jobs.clear_ended)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self._arrange()
        jobs = context.jobs
        jobs.added.connect(self._on_added)
        jobs.changed.connect(self._on_changed)
        jobs.removed.connect(self._on_removed)
        for task in jobs.tasks:
            self._on_added(task)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(TICK_MS)
        self._show_state()

    def row(self, task: Task) -> "TaskRow":
        """Return the row of a task."""
        return self._rows[task]

    def _arrange(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self._empty)
        column.addLayout(self._list)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        area.setMinimumHeight(self.fontMetrics().lineSpacing() * LEAST_LINES)
        line = QHBoxLayout()
        line.setContentsMargins(6, 0, 6, 6)
        line.addStretch(1)
        line.addWidget(self._clear)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        outer.addLayout(line)

    def _show_state(self) -> None:
        self._empty.setVisible(not self._rows)
        self._clear.setEnabled(any(task.has_ended for task in self._rows))

    @Slot(object)
    def _on_added(self, task: Task) -> None:
        row = TaskRow(task)
        ContextMenu(self._context, row, fill=row.offer)
        row.result_asked.connect(self._on_result_asked)
        self._rows[task] = row
        self._list.insertWidget(0, row)
        self._show_state()

    @Slot(object)
    def _on_changed(self, task: Task) -> None:
        if task in self._rows:
            self._rows[task].show_task()
            self._show_state()

    @Slot(object)
    def _on_removed(self, task: Task) -> None:
        row = self._rows.pop(task, None)
        if row is not None:
            row.deleteLater()
        self._show_state()

    @Slot(str)
    def _on_result_asked(self, path: str) -> None:
        open_result(self._context, Path(path))

    @Slot()
    def _on_tick(self) -> None:
        for task, row in self._rows.items():
            if not task.has_ended:
                row.show_times()


class TaskRow(QFrame):
    """One task: sign, title, bar, what it does, times, buttons; its log unfolds beneath."""

    result_asked = Signal(str)

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.setObjectName("card")
        self._task = task
        self._sign = QLabel()
        self._title = label(task.title, "heading")
        self._bar = QProgressBar()
        self._bar.setAccessibleName(task.title)
        self._bar.setTextVisible(True)
        self._text = label("")
        self._text.setWordWrap(True)
        self._times = label("", "note")
        self._times.setWordWrap(False)
        self.cancel = tool_button("x", self.tr("Cancel"), self.tr("Stop this task"))
        take_single_clicks(self.cancel)
        self.cancel.clicked.connect(task.stop)
        self.open = tool_button("folder-open", self.tr("Open"), self.tr("Open what was made"))
        self.open.clicked.connect(self._on_open)
        self.unfold = tool_button("scroll-text", self.tr("Log"), self.tr("What the task said"))
        self.unfold.setCheckable(True)
        self.unfold.toggled.connect(self._on_unfold)
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._log.setFixedHeight(self._log.fontMetrics().lineSpacing() * LOG_LINES)
        self._log.setAccessibleName(self.tr("Log of {title}").format(title=task.title))
        self._log.hide()
        self._shown = ("", 0)
        self._arrange(self.cancel, self.open, self.unfold)
        self.show_task()

    def show_task(self) -> None:
        """Bring everything up to date."""
        task = self._task
        if (task.state, self.palette().cacheKey()) != self._shown:
            self._shown = (task.state, self.palette().cacheKey())
            name, sign = SIGNS[task.state]
            size = self.fontMetrics().height()
            self._sign.setPixmap(pixmap(name, size, sign_colour(sign), self.devicePixelRatioF()))
            self._sign.setToolTip(task.state.capitalize())
        is_unknown = task.share <= 0 and not task.has_ended
        self._bar.setRange(0, 0 if is_unknown else 1000)
        self._bar.setValue(round(task.share * 1000))
        self._bar.setVisible(not task.has_ended)
        self._text.setText(task.text)
        self.cancel.setVisible(not task.has_ended)
        self.cancel.setEnabled(task.can_stop)
        self.cancel.setToolTip(second_tip() if task.is_stopping else self.tr("Stop this task"))
        self.open.setVisible(bool(task.made))
        if self._log.isVisible():
            self._show_log()
        self.show_times()

    def offer(self, menu: QMenu, _place: QPoint) -> None:
        """Put what can be done with the task into a menu."""
        for button in (self.cancel, self.open, self.unfold):
            if not button.isHidden():
                add_entry(menu, button.text(), button.click).setIcon(button.icon())
        log = self._task.log_text
        add_entry(menu, self.tr("Copy the log"), lambda: QGuiApplication.clipboard().setText(log()))

    def show_times(self) -> None:
        """Bring elapsed and remaining time up to date."""
        parts = [duration(self._task.elapsed_s)]
        if (left := self._task.remaining_s) is not None:
            parts.append(self.tr("about {time} left").format(time=duration(left)))
        self._times.setText(" · ".join(parts))

    def _arrange(self, *buttons: QToolButton) -> None:
        head = QHBoxLayout()
        head.addWidget(self._sign)
        head.addWidget(self._title, 1)
        for button in buttons:
            head.addWidget(button)
        foot = QHBoxLayout()
        foot.addWidget(self._text, 1)
        foot.addWidget(self._times)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 8, 6)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addLayout(foot)
        column.addWidget(self._log)

    def _show_log(self) -> None:
        text = self._task.log_text()
        if text != self._log.toPlainText():
            self._log.setPlainText(text)
            self._log.verticalScrollBar().setValue(self._log.verticalScrollBar().maximum())

    @Slot(bool)
    def _on_unfold(self, is_open: bool) -> None:
        self._log.setVisible(is_open)
        self._show_log()

    @Slot()
    def _on_open(self) -> None:
        if self._task.made:
            self.result_asked.emit(self._task.made)
