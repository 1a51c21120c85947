"""JobRunner: a worker process as Qt signals."""

import threading
import time
from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from satstudio.core.errors import SatstudioError
from satstudio.gui.jobs.tasks import TELL_S
from satstudio.jobs.client import WorkerClient
from satstudio.jobs.job import Event, Job


class JobRunner(QObject):
    """Owns a worker process; a thread of its own starts it and reads its events.

    `told` carries frozen Events; connect it to methods of QObjects only, so that they run in
    the thread of their object. The last event is always a final one. The runner has no parent
    and its thread holds it: it may be dropped at any time, and ends when its process has ended.
    """

    told = Signal(object)

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self._client = WorkerClient(job)
        self._thread = threading.Thread(target=self._run, name=f"{job.kind} worker", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process number of the worker, once started."""
        return self._client.pid

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines that the worker wrote to its log."""
        return self._client.stderr_lines

    def start(self) -> None:
        """Start the process; does not wait for it."""
        self._thread.start()

    def wait(self, milliseconds: int) -> bool:
        """Wait for the end of the process; tells whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(milliseconds / 1000)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Ask the worker to stop; a second time, or where it does not follow: kill it."""
        self._client.stop()

    def send(self, command: str) -> None:
        """Send pause, resume, checkpoint or preview; does not wait."""
        self._client.send(command)

    def ask(self, kind: str, fields: Mapping[str, object]) -> int:
        """Put a question; returns the number that its answer carries. Does not wait."""
        return self._client.ask(kind, fields)

    def detach(self) -> None:
        """Let the process go on without the window; `detached` is then its last event."""
        self._client.detach()

    def kill(self) -> None:
        """End the worker at once."""
        self._client.kill()

    def _run(self) -> None:
        try:
            with self._client:
                self._pass_on()
        except SatstudioError as error:
            fields = {"class": type(error).__name__, "sentence": str(error)}
            self.told.emit(Event("error", self.job.id, fields=fields))
        finally:
            self.deleteLater()  # in the window's thread, whoever lets go last

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
