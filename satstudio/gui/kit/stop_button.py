"""StopButton: asks a task to stop; pressed again, it ends the task at once."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QAbstractButton

from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.widgets import Button


class StopButton(Button):
    """A push button that stops a task.

    Parameters
    ----------
    name : of the icon
    tip : what a stop does; the tip of the second press is the same everywhere
    """

    def __init__(self, name: str, tip: str) -> None:
        super().__init__("", name)
        self._tip = tip
        take_single_clicks(self)
        self.show_task(None)

    def show_task(self, task: Task | None) -> None:
        """Follow a task; None where none runs."""
        is_again = task is not None and task.is_stopping
        self.setText(self.tr("End now") if is_again else self.tr("Stop"))
        self.setToolTip(second_tip() if is_again else self._tip)
        self.setEnabled(task is not None and task.can_stop)


def second_tip() -> str:
    """Return what the second press of a stop button does."""
    return QCoreApplication.translate(
        "StopButton", "End the process at once, without waiting for it to save"
    )


def take_single_clicks(button: QAbstractButton) -> None:
    """Let a double click count once: the second press would not be meant."""
    button.installEventFilter(_SingleClicks(button))


class _SingleClicks(QObject):
    """Takes away the second press of a double click."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Let everything through but a double click."""
        is_double = event.type() == QEvent.Type.MouseButtonDblClick
        return is_double or super().eventFilter(watched, event)
