"""Task: one long job as the Tasks panel shows it; LocalTask: work in a thread of this process."""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from satstudio.core.progress import Progress

log = logging.getLogger(__name__)
LINES_KEPT = 500
ENDED = ("done", "stopped", "failed")
TELL_S = 0.08
"""Least time between two progress signals of one job."""


class Task(QObject):
    """One long job as the Tasks panel shows it.

    Attributes
    ----------
    state : waiting, running, paused, stopping, done, stopped or failed
    share : how far it is, 0..1; below 0 where unknown
    text : what it is doing now, or the sentence of its end
    result : what it made (the JSON value of `done`)
    detail : more about a failure: last lines of the process, traceback
    can_kill : a second stop ends the job at once
    can_detach : the job can go on when the window closes
    """

    can_kill = False
    can_detach = False

    changed = Signal()
    told = Signal(object)
    ended = Signal()

    def __init__(self, title: str, kind: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.kind = kind
        self.state = "running"
        self.share = 0.0
        self.text = "Starting"
        self.result: Any = None
        self.detail = ""
        self.error_class = ""
        self.is_quiet = False
        self.started_s = time.monotonic()
        self.ended_s: float | None = None
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more will come."""
        return self.state in ENDED

    @property
    def made(self) -> str:
        """Path of what the job made; "" where it made none, or tells no path."""
        made = self.result.get("out") if isinstance(self.result, Mapping) else self.result
        return made if self.state == "done" and isinstance(made, str) else ""

    @property
    def can_stop(self) -> bool:
        """Tell whether `stop` would do something."""
        return self.state in ("running", "paused") or (self.is_stopping and self.can_kill)

    @property
    def is_stopping(self) -> bool:
        """Tell whether a stop was asked for and the job is still at it."""
        return self.state == "stopping"

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start, or from start to end."""
        return (self.ended_s or time.monotonic()) - self.started_s

    @property
    def remaining_s(self) -> float | None:
        """Seconds to go at the speed so far; None where nothing can be said."""
        if self.has_ended or self.state == "paused" or not 0.01 < self.share < 1:
            return None
        return self.elapsed_s * (1 - self.share) / self.share

    def stop(self) -> None:
        """Ask the job to stop; a second time: end it at once, where that is possible."""
        if self.is_stopping and self.can_kill:
            self.can_kill = False
            self._stop()
            self._become("stopping", "Ending at once")
        elif self.can_stop:
            self._stop()
            self._become("stopping", "Stopping")

    def send(self, command: str) -> None:
        """Send pause, resume, checkpoint or preview, where the job understands them."""
        log.debug("%s does not take %s", self.title, command)

    def kill(self) -> None:
        """End the job at once, where that is possible."""

    def detach(self) -> None:
        """Let the job go on without the window, where that is possible."""

    def wait(self, milliseconds: int) -> bool:
        """Wait for the thread behind the task; True when there is none left."""
        return self.has_ended

    def log_text(self) -> str:
        """Return what the job said, line by line."""
        return "\n".join([*self.lines, *([self.detail] if self.detail else [])])

    def _stop(self) -> None:
        raise NotImplementedError

    def _become(self, state: str, text: str) -> None:
        self.state = state
        self.text = text or self.text
        self._note(text)
        self.changed.emit()

    def _finish(self, state: str, text: str) -> None:
        if self.has_ended:
            return
        self.ended_s = time.monotonic()
        if state == "done":
            self.share = 1.0
        self._become(state, text)
        self.ended.emit()

    def _note(self, text: str) -> None:
        if text and not (self.lines and self.lines[-1].endswith(f"  {text}")):
            self.lines.append(f"{time.strftime('%H:%M:%S')}  {text}")


class LocalTask(Task):
    """Work in a thread of the window's process (a pyramid being built).

    `progress` may be used in that thread; so may `finish` and `fail`.
    """

    _progressed = Signal(float, str)
    _finished = Signal(str, str, object)

    def __init__(
        self, title: str, cancel: Callable[[], object] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(title, "local", parent)
        self._cancel = cancel
        self._is_stopped = False
        self._told_s = 0.0
        self._progressed.connect(self._on_progress)
        self._finished.connect(self._on_finished)
        self.progress = Progress(self._tell, lambda: self._is_stopped)

    def finish(self, result: object = None, text: str = "Done") -> None:
        """Say that the work is done; from any thread."""
        self._finished.emit("done", text, result)

    def fail(self, sentence: str) -> None:
        """Say why the work could not be done; from any thread."""
        self._finished.emit("failed", sentence, None)

    def give_up(self, sentence: str = "Stopped") -> None:
        """Say that the work ended because a stop was asked for; from any thread."""
        self._finished.emit("stopped", sentence, None)

    def kill(self) -> None:
        """Ask the work to stop; a thread cannot be ended."""
        self.stop()

    def _stop(self) -> None:
        self._is_stopped = True
        if self._cancel is not None:
            self._cancel()

    def _tell(self, share: float, text: str) -> None:
        now = time.monotonic()
        if share < 1 and now - self._told_s < TELL_S:
            return
        self._told_s = now
        self._progressed.emit(share, text)

    @Slot(float, str)
    def _on_progress(self, share: float, text: str) -> None:
        if not self.has_ended:
            self.share = share
            self.text = text or self.text
            self.changed.emit()

    @Slot(str, str, object)
    def _on_finished(self, state: str, text: str, result: object) -> None:
        self.result = result
        self._finish(state, text)
