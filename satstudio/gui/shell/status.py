"""Status: what just happened, how many tasks run, where the study lies."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMainWindow

from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import tool_button

SHOWN_MS = 8000
STUDY_CHARS = 46
TITLE_CHARS = 40


class Status:
    """The status bar of the window.

    Attributes
    ----------
    tasks : says what runs; a click shows or hides the Tasks panel
    """

    def __init__(self, window: QMainWindow, context: Context) -> None:
        self._context = context
        self._bar = window.statusBar()
        self.tasks = tool_button("list-checks", "", window.tr("Show or hide the Tasks panel"))
        self.tasks.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.tasks.clicked.connect(lambda: context.actions.trigger("window.tasks"))
        self._study = tool_button("package", "", window.tr("The study folder"))
        self._study.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._study.clicked.connect(lambda: context.actions.trigger("tools.study"))
        self._bar.addPermanentWidget(self.tasks)
        self._bar.addPermanentWidget(self._study)
        context.study_changed.connect(self.show_study)
        context.jobs.added.connect(self.show_tasks)
        context.jobs.ended.connect(self.show_tasks)
        context.jobs.changed.connect(self.show_tasks)
        self.show_study()
        self.show_tasks()

    def say(self, text: str) -> None:
        """Show a sentence for a while."""
        self._bar.showMessage(text, SHOWN_MS)

    @Slot()
    def show_study(self) -> None:
        """Show where the study lies."""
        path = str(self._context.study)
        metrics = self._study.fontMetrics()
        width = metrics.averageCharWidth() * STUDY_CHARS
        self._study.setText(metrics.elidedText(path, Qt.TextElideMode.ElideMiddle, width))
        self._study.setToolTip(
            f"Study folder: {path}\nPatches, runs and models are written here; click to show it"
        )

    @Slot()
    def show_tasks(self, _task: object = None) -> None:
        """Show what runs and how far it is."""
        text = _told(self._context.jobs.running)
        if text != self.tasks.text():
            self.tasks.setText(text)
            self.tasks.setAccessibleName(text)


def _told(running: tuple[Task, ...]) -> str:
    """Return one line about the tasks that run."""
    if not running:
        return "No tasks"
    if len(running) > 1:
        return f"{len(running)} tasks running"
    (task,) = running
    title = task.title if len(task.title) <= TITLE_CHARS else task.title[: TITLE_CHARS - 1] + "…"
    return f"{title}, {task.share:.0%}" if task.share > 0 else title
