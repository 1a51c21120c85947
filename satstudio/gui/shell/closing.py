"""Closing: running tasks are asked about, then waited for where the user sees it."""

import time

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context

GRACE_S = 10.0
TICK_MS = 100


class Closing(QObject):
    """Decides whether the window may close.

    Tasks in worker processes are asked about; they get ten seconds to save, with the event loop
    running. Work in threads (overviews) and what pages ask by themselves (cards, lists) is stopped
    without a question: it can be made again.
    """

    def __init__(self, window: QWidget, context: Context) -> None:
        super().__init__(window)
        self._window = window
        self._context = context
        self._is_sure = False
        self._since_s = 0.0
        self.question: QMessageBox | None = None
        self._stop: QPushButton | None = None
        self._keep: QPushButton | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_tick)

    @property
    def running(self) -> list[WorkerTask]:
        """Tasks in worker processes that the user started and that have not ended."""
        tasks = self._context.jobs.running
        return [task for task in tasks if isinstance(task, WorkerTask) and not task.is_quiet]

    def may_close(self) -> bool:
        """Tell whether nothing stands in the way; else ask, or go on waiting."""
        if not self.running:
            return True
        if not self._is_sure and self.question is None:
            self._ask()
        return False

    def end(self) -> None:
        """Stop all work that is left and wait for its threads."""
        self._timer.stop()
        self._context.scenes.close()
        self._context.jobs.close()

    def _ask(self) -> None:
        names = "\n".join(f"•  {task.title}" for task in self.running)
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Tasks are running"))
        box.setText(self.tr("Close while these tasks run?") + f"\n\n{names}")
        self._stop = box.addButton(
            self.tr("Stop, save and close"), QMessageBox.ButtonRole.AcceptRole
        )
        self._keep = None
        said = self.tr("Training saves a checkpoint first and can be continued later.")
        if any(task.can_detach for task in self.running):
            self._keep = box.addButton(
                self.tr("Keep training in the background"), QMessageBox.ButtonRole.YesRole
            )
            said = self._text_of_keeping()
        box.setInformativeText(said)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.finished.connect(self._on_answer)
        self.question = box
        box.open()

    @Slot(int)
    def _on_answer(self, _code: int) -> None:
        box, self.question = self.question, None
        if box is None:
            return
        clicked = box.clickedButton()
        box.deleteLater()
        if clicked is self._stop:
            self._context.jobs.stop_all()
        elif clicked is not None and clicked is self._keep:
            self._context.jobs.detach_all()
        else:
            return
        self._is_sure = True
        self._since_s = time.monotonic()
        self._timer.start(TICK_MS)

    def _text_of_keeping(self) -> str:
        """Return what becomes of training, and of what cannot go on without the window."""
        said = self.tr(
            "Stopped, training saves a checkpoint and can be continued later. In the background it "
            "goes on without the window; the Train page shows it at the next start and can stop it."
        )
        others = ", ".join(task.title for task in self.running if not task.can_detach)
        if not others:
            return said
        return f"{said}\n\n" + self.tr("Stopped either way: {names}.").format(names=others)

    @Slot()
    def _on_tick(self) -> None:
        running = self.running
        left = GRACE_S - (time.monotonic() - self._since_s)
        if running and left > 0:
            text = self.tr("Saving before closing: {names} ({seconds} s)")
            names = ", ".join(task.title for task in running)
            self._context.notify(text.format(names=names, seconds=round(left)))
            return
        self._timer.stop()
        for task in running:
            task.kill()
        if running:
            self._timer.start(TICK_MS)
            self._since_s = time.monotonic()
            return
        self._window.close()
