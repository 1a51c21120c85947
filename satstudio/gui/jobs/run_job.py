"""JobCenter: every long job of the window."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from satstudio.gui.jobs.tasks import LocalTask, Task
from satstudio.gui.jobs.worker_task import TrainTask
from satstudio.gui.jobs.worker_task import WorkerTask as WorkerTask
from satstudio.jobs.job import Job

TRAIN = "train"
QUIET_MS = 1500
"""How long a quiet task stays in the list after it ended well."""


class JobCenter(QObject):
    """Starts jobs, keeps them and says what became of them.

    Attributes
    ----------
    threads : of jobs that are started without a number of their own; None: all cores but one
    is_held : everything was stopped; what waits for that begins only when asked for
    """

    added = Signal(object)
    changed = Signal(object)
    ended = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.threads: int | None = None
        self.is_held = False
        self._tasks: list[Task] = []
        self._leaving: list[Task] = []
        """Off the list, but the process is not gone: letting torch go takes seconds."""
        self._is_closed = False

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks, the oldest first."""
        return tuple(self._tasks)

    @property
    def running(self) -> tuple[Task, ...]:
        """Tasks that have not ended."""
        return tuple(task for task in self._tasks if not task.has_ended)

    def start(
        self,
        kind: str,
        arguments: Mapping[str, Any],
        title: str,
        *,
        threads: int | None = None,
        is_quiet: bool = False,
    ) -> WorkerTask:
        """Start a job in a worker process; paths among the arguments may be Path or text.

        The worker runs at lower priority, so that the window stays smooth. A quiet task leaves
        the list by itself when all went well.
        """
        job = Job(kind=kind, arguments=_plain(arguments), threads=threads or self.threads)
        task = (TrainTask if kind == TRAIN else WorkerTask)(job, title, self)
        task.is_quiet = is_quiet
        self._keep(task)
        self.is_held = self.is_held and is_quiet
        if self._is_closed:  # a page that asks late: no process is made
            task.kill()
        task.start()
        return task

    def add_local(self, title: str, cancel: Callable[[], object] | None = None) -> LocalTask:
        """List work that runs in a thread of this process; give `task.progress` to it."""
        task = LocalTask(title, cancel, self)
        self._keep(task)
        return task

    def clear_ended(self) -> None:
        """Forget the tasks that have ended."""
        for task in [task for task in self._tasks if task.has_ended]:
            self._remove(task)

    def stop_all(self) -> None:
        """Ask every running task to stop; one that is stopping already goes on saving."""
        self.is_held = True
        for task in self.running:
            if not task.is_stopping:
                task.stop()

    def detach_all(self) -> None:
        """Let every task that can go on without the window do so; the others are to stop."""
        self.is_held = True
        for task in self.running:
            if task.can_detach and not task.is_stopping:
                task.detach()
            elif not task.is_stopping:
                task.stop()

    def close(self, milliseconds: int = 2_000) -> None:
        """Kill what still runs and wait for the threads; for the very end: nothing starts later."""
        self._is_closed = True
        kept = [*self._tasks, *self._leaving]
        for task in kept:
            task.kill()
        for task in kept:
            task.wait(milliseconds)

    def _remove(self, task: Task) -> None:
        self._tasks.remove(task)
        self._leaving = [other for other in (*self._leaving, task) if not other.wait(0)]
        self.removed.emit(task)
        task.deleteLater()

    def _keep(self, task: Task) -> None:
        self._tasks.append(task)
        task.changed.connect(self._on_changed)
        task.ended.connect(self._on_ended)
        self.added.emit(task)

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit(self.sender())

    @Slot()
    def _on_ended(self) -> None:
        task = self.sender()
        self.ended.emit(task)
        if isinstance(task, Task) and task.is_quiet and task.state == "done":
            QTimer.singleShot(QUIET_MS, task, self.clear_quiet)

    @Slot()
    def clear_quiet(self) -> None:
        """Forget quiet tasks that have ended well."""
        for task in [task for task in self._tasks if task.is_quiet and task.state == "done"]:
            self._remove(task)


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON values of any depth
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
