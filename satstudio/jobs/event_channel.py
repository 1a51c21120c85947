"""EventWriter and CommandReader: a worker's two ends of the protocol."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Self

from satstudio.core.job_requests import Request, Requests
from satstudio.core.progress import Progress
from satstudio.jobs.job import COMMANDS, DETACH, Event

LEAST_GAP_S = 0.1


class EventWriter:
    """Writes events; progress at most ten times a second, none overtaken by another event.

    Parameters
    ----------
    stream : where lines go
    job : the job's id
    on_broken : called once where nobody reads any more
    """

    def __init__(self, stream: IO[str], job: str, on_broken: Callable[[], None]) -> None:
        self._stream = stream
        self._job = job
        self._on_broken = on_broken
        self._lock = threading.Lock()
        self._held: dict[str, object] | None = None
        self._last = float("-inf")
        self._is_closed = threading.Event()
        self._wake = threading.Event()
        self._flusher = threading.Thread(target=self._flush_late, name="late", daemon=True)

    def __enter__(self) -> Self:
        self._flusher.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_closed.set()
        self._wake.set()
        self._flusher.join()

    def tell(self, share: float, text: str) -> None:
        """Say how far the work is; the newest is held back where the last was just now."""
        with self._lock:
            self._held = {"share": round(share, 4), "text": text}
            if time.monotonic() - self._last >= LEAST_GAP_S:
                self._flush()
            else:
                self._wake.set()

    def send(self, name: str, **fields: object) -> None:
        """Send an event, after the progress that was held back."""
        self.announce(name, fields)

    def announce(self, name: str, fields: Mapping[str, object]) -> None:
        """Send an event, after the progress that was held back."""
        with self._lock:
            self._flush()
            self._write(name, fields)

    def _flush(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._last = time.monotonic()
            self._write("progress", held)

    def _flush_late(self) -> None:
        while not self._is_closed.is_set():
            self._wake.wait()
            self._wake.clear()
            if not self._is_closed.wait(LEAST_GAP_S):
                with self._lock:
                    self._flush()

    def _write(self, name: str, fields: Mapping[str, object]) -> None:
        try:
            self._stream.write(Event(name, self._job, fields=fields).to_line())
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._on_broken()


class CommandReader:
    """Collects command lines; each is seen once, `stop` for good. Hands requests on.

    Parameters
    ----------
    end : called for a stop that comes before the work has begun; ends the process
    requests : where lines of the form `{"ask": kind, "id": number, ...}` go
    detach : called where the work is to go on without whoever started it
    """

    def __init__(
        self,
        end: Callable[[], object],
        requests: Requests,
        detach: Callable[[], object] = lambda: None,
    ) -> None:
        self._end = end
        self._detach = detach
        self._is_detached = False
        self._requests = requests
        self._has_begun = False
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._asked: set[str] = set()

    def put(self, line: str) -> None:
        """Take a command line; unknown ones are ignored, as newer programs may send them."""
        if line == "stop":
            self.stop()
            with self._lock:
                if not self._has_begun:
                    self._end()
        elif line == DETACH:
            self._is_detached = True
            self._detach()
        elif line in COMMANDS:
            with self._lock:
                self._asked.add(line)
        elif (request := _request(line)) is not None:
            self._requests.put(request)

    def hang_up(self) -> None:
        """Stop where whoever started the work is gone, unless it is to go on without."""
        if not self._is_detached:
            self.put("stop")

    def begin(self) -> None:
        """Say that the work begins: from now on it decides itself when it stops."""
        with self._lock:
            self._has_begun = True

    def stop(self) -> None:
        """Ask the work to stop."""
        self._stop.set()
        self._requests.wake()

    def is_asked(self, name: str) -> bool:
        """Tell, once, whether `name` was asked for."""
        with self._lock:
            if name in self._asked:
                self._asked.discard(name)
                return True
            return False

    def progress(self, events: EventWriter) -> Progress:
        """Return the Progress that a job function gets."""
        return Progress(events.tell, self._stop.is_set, events.announce, self.is_asked)


def _request(line: str) -> Request | None:
    """Read `{"ask": kind, "id": number, ...}`; None where it is nothing of the kind."""
    try:
        fields = json.loads(line)
        return Request(int(fields.pop("id")), str(fields.pop("ask")), fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
