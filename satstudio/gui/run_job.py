"""JobRunner: a worker process as Qt signals; JobCenter: every long job of the window."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from satstudio.core.errors import SatstudioError
from satstudio.gui.tasks import TELL_S, LocalTask, Task
from satstudio.jobs.client import WorkerClient
from satstudio.jobs.job import Event, Job

QUIET_MS = 1500
"""How long a quiet task stays in the list after it ended well."""


KILL_MS = 50


class JobRunner(QThread):
    """A thread that owns a worker process and reads its events.

    `told` carries frozen Events; connect it to methods of QObjects only, so that they run in
    the thread of their object. The last event is always a final one.
    """

    told = Signal(object)

    def __init__(self, job: Job, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job = job
        self._client = WorkerClient(job)

    @property
    def pid(self) -> int | None:
        """Process number of the worker, once started."""
        return self._client.pid

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines that the worker wrote to its log."""
        return self._client.stderr_lines

    def run(self) -> None:
        """Start the process and pass its events on; runs in this thread."""
        try:
            with self._client:
                self._pass_on()
        except SatstudioError as error:
            fields = {"class": type(error).__name__, "sentence": str(error)}
            self.told.emit(Event("error", self.job.id, fields=fields))

    def stop(self) -> None:
        """Ask the worker to stop; does not wait. It is killed where it does not follow."""
        self._client.stop()

    def send(self, command: str) -> None:
        """Send pause, resume, checkpoint or preview; does not wait."""
        self._client.send(command)

    def kill(self) -> None:
        """End the worker at once."""
        self._client.kill()

    def _pass_on(self) -> None:
        held: Event | None = None
        told_s = 0.0
        for event in self._client.events():
            if event.name == "progress" and time.monotonic() - told_s < TELL_S:
                held = event
                continue
            if held is not None and event.name != "progress":
                self.told.emit(held)  # else an old progress would overtake the end
            held = None
            told_s = time.monotonic()
            self.told.emit(event)


class WorkerTask(Task):
    """A job in a worker process."""

    def __init__(self, job: Job, title: str, parent: QObject | None = None) -> None:
        super().__init__(title, job.kind, parent)
        self.job = job
        self.runner = JobRunner(job)
        self.runner.told.connect(self._on_event)

    def start(self) -> None:
        """Start the process."""
        self.runner.start()

    def send(self, command: str) -> None:
        """Send a line to the worker; pausing shows at once."""
        if self.has_ended:
            return
        self.runner.send(command)
        if command == "pause" and self.state == "running":
            self._become("paused", "Paused")
        if command == "resume" and self.state == "paused":
            self._become("running", "Going on")

    def kill(self) -> None:
        """End the process at once."""
        self.runner.kill()

    def wait(self, milliseconds: int) -> bool:
        """Wait for the thread that owns the process."""
        return self.runner.wait(milliseconds)

    def _stop(self) -> None:
        self.runner.stop()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.name == "progress":
            self.share = event.share
            self.text = event.text if self.state == "running" else self.text
            self._note(event.text)
            self.changed.emit()
        self.told.emit(event)
        if event.is_final:
            self._on_end(event)

    def _on_end(self, event: Event) -> None:
        if event.name == "done":
            self.result = event.fields.get("result")
            self._finish("done", "Done")
        elif event.name == "stopped":
            self._finish("stopped", event.text or "Stopped")
        else:
            self.error_class = str(event.fields.get("class", ""))
            tail = event.fields.get("stderr") or self.runner.lines[-20:]
            more = str(event.fields.get("traceback", ""))
            self.detail = "\n".join([*([more] if more else []), *(str(line) for line in tail)])
            self._finish("failed", event.text or "Failed")


class JobCenter(QObject):
    """Starts jobs, keeps them and says what became of them."""

    added = Signal(object)
    changed = Signal(object)
    ended = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: list[Task] = []

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
        job = Job(kind=kind, arguments=_plain(arguments), threads=threads)
        task = WorkerTask(job, title, self)
        task.is_quiet = is_quiet
        self._keep(task)
        task.start()
        return task

    def add_local(self, title: str, cancel: Callable[[], object] | None = None) -> LocalTask:
        """List work that runs in a thread of this process; give `task.progress` to it."""
        task = LocalTask(title, cancel, self)
        self._keep(task)
        return task

    def clear_ended(self) -> None:
        """Forget the tasks that have ended."""
        for task in [task for task in self._tasks if task.has_ended and task.wait(1000)]:
            self._remove(task)

    def stop_all(self) -> None:
        """Ask every running task to stop."""
        for task in self.running:
            task.stop()

    def close(self, milliseconds: int = 12_000) -> None:
        """Kill what still runs and wait for the threads; for the very end."""
        for task in self.running:
            task.stop()
        for task in self._tasks:
            runner = getattr(task, "runner", None)
            for _ in range(milliseconds // KILL_MS):
                if runner is None or runner.wait(KILL_MS):
                    break
                runner.kill()  # one that is asked for before the process exists is lost
            task.wait(KILL_MS)

    def _remove(self, task: Task) -> None:
        self._tasks.remove(task)
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
            if task.wait(0):
                self._remove(task)


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON values of any depth
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
