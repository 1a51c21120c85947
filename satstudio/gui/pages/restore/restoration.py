"""Restoration: the work of the Restore page in a worker, from its start to what it made."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.pages.restore.ending import Ending, ending_of


class Restoration(QObject):
    """One at a time.

    Attributes
    ----------
    task : what runs; None where nothing does
    out : where the last one's result went, or goes
    ending, has_failed : how the last one ended
    """

    progressed = Signal()
    ended = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._masks: tuple[Path, ...] = ()
        self.task: WorkerTask | None = None
        self.out = Path()
        self.ending, self.has_failed = Ending(), False
        context.jobs.ended.connect(self._on_ended)

    def start(self, kind: str, arguments: Mapping[str, Any]) -> None:
        """Start a job in a worker; its `out` and what ends in `_mask` are the files it makes."""
        self.out = Path(arguments["out"])
        self.ending, self.has_failed = Ending(), False
        self._masks = tuple(path for name, path in arguments.items() if name.endswith("_mask"))
        title = self.tr("Restore {name}").format(name=self.out.stem)
        self.task = self._context.jobs.start(kind, arguments, title)
        self.task.changed.connect(self.progressed)

    @Slot()
    def stop(self) -> None:
        """Ask for a stop; a second time: end the process."""
        if self.task is not None:
            self.task.stop()

    def forget_problem(self) -> None:
        """Say no more why the last one failed: something else is chosen by now."""
        self.ending = replace(self.ending, problem="", failed={})

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        if self.task is None or task is not self.task:
            return
        self.task = None
        self.ending, self.has_failed = (
            ending_of(task, self.out, self._masks),
            task.state == "failed",
        )
        if task.state == "failed":
            self._context.notify(task.text, "error", task.detail)
        self._context.study_changed.emit()
        self.ended.emit()
