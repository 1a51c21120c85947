"""WorkerClient: starts a worker process, reads its events, stops or kills it; run_job."""

import contextlib
import itertools
import json
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import JsonValue

from satstudio.core.errors import Cancelled
from satstudio.core.progress import Progress
from satstudio.core.system.program import program_command
from satstudio.jobs.job import COMMANDS, DETACH, Event, Job
from satstudio.jobs.worker_errors import Ended, WorkerDiedError, error_of, last_event

KILL_AFTER_S = 10.0
BEGIN_S = 2.0
"""How long a worker that is to stop may take until it says that it has begun."""

TAIL_LINES = 200
_NOT_PASSED_ON = ("QT_", "PROJ_", "GDAL_DATA", "GDAL_DRIVER_PATH", "PYTHONSTARTUP")
_numbers = itertools.count(1)


class WorkerClient:
    """One job in one process.

    `events()` is for one thread; `stop`, `send`, `ask` and `kill` may be called from any other,
    before the process exists too, and do not wait: what is asked for before there is a process
    is kept for it.

    Parameters
    ----------
    job : what to do
    command : how a worker is started; for tests
    environment : variables set in the worker
    """

    def __init__(
        self,
        job: Job,
        command: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.job = job
        self._command = command or worker_command()
        self._environment = _environment(environment or {})
        self._process: subprocess.Popen[str] | None = None
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._outgoing: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._killer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._has_begun = False
        self._is_stopping = False
        self._ended: Ended = ""
        self._is_detached = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process number, once started."""
        return self._process.pid if self._process else None

    @property
    def stderr_lines(self) -> tuple[str, ...]:
        """The last lines that the worker wrote beside the protocol."""
        return tuple(self._tail)

    @property
    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and hand it the job; nothing where a stop or kill came before.

        Raises
        ------
        WorkerDiedError
            If the program cannot be started.
        """
        if self._is_stopping or self._ended:
            return
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                bufsize=1,
                env=self._environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise WorkerDiedError(
                f"Cannot start the worker {self._command[0]}: {error.strerror}."
            ) from error
        with self._lock:
            self._process = process
            is_unwanted = bool(self._ended)
        for work in (self._read_stderr, self._write_lines):
            thread = threading.Thread(target=work, args=[process], name=work.__name__, daemon=True)
            self._threads.append(thread)
            thread.start()
        if is_unwanted:  # the kill came while the process was being made
            _end_tree(process)

    def events(self) -> Iterator[Event]:
        """Yield events until the process has ended; the last one is always a final one."""
        if self._process is None:
            self.start()
        process = self._process
        if process is None:  # a stop came first
            self._cancel_killer()
            yield last_event(self.job, 0, "unbegun", ())
            return
        has_ended = False
        for line in process.stdout or ():
            try:
                event = Event.from_line(line)
            except ValueError:
                self._tail.append(line.rstrip("\n"))
                continue
            self._has_begun = True
            if event.name == "detached":
                self._let_go(process)
                yield event
                return
            if not has_ended:
                yield event
            has_ended = has_ended or event.is_final
        code = process.wait()
        self._end(process)
        if not has_ended:
            ended: Ended = "unbegun" if self._ended and not self._has_begun else self._ended
            yield last_event(self.job, code, ended, self.stderr_lines)

    def send(self, command: str) -> None:
        """Send a line: stop, pause, resume, checkpoint or preview."""
        if command not in COMMANDS:
            raise ValueError(f"no such command: {command}")
        self._outgoing.put(command + "\n")

    def ask(self, kind: str, fields: Mapping[str, object]) -> int:
        """Put a question to the job; returns its number, unique in this process.

        The event `answer` or `error` with this number (`Event.number`) follows.
        """
        number = next(_numbers)
        self._outgoing.put(json.dumps({**fields, "ask": kind, "id": number}) + "\n")
        return number

    def stop(self, kill_after_s: float = KILL_AFTER_S) -> None:
        """Ask the job to stop; a second time, or where it does not follow in time: kill it."""
        with self._lock:
            is_second, self._is_stopping = self._is_stopping, True
        if is_second:
            self._kill("twice")
            return
        self._outgoing.put("stop\n")
        self._kill_later(min(BEGIN_S, kill_after_s), max(kill_after_s - BEGIN_S, 0.0))

    def detach(self) -> None:
        """Ask the job to go on without this process; the event `detached` is then the last."""
        self._outgoing.put(DETACH + "\n")

    def kill(self) -> None:
        """End the process, and those that it started, at once; not one that was let go."""
        self._kill("killed")

    def close(self) -> None:
        """End the process, if it still runs, and release its pipes."""
        if self._is_detached:
            return
        self.kill()
        if self._process is not None:
            self._process.wait()
            self._end(self._process)

    def _kill(self, why: Ended) -> None:
        with self._lock:
            if self._is_detached:
                return
            self._ended = self._ended or why
            process = self._process
        if process is not None and process.poll() is None:
            _end_tree(process)

    def _kill_later(self, seconds: float, more_s: float) -> None:
        """Kill after `seconds`, one that has begun and may have to save after `more_s` more."""

        def on_late() -> None:
            if self._has_begun and more_s > 0:
                self._kill_later(more_s, 0.0)
            else:
                self._kill("late")

        with self._lock:
            if self._ended or (self._process is not None and not self.is_running):
                return
            self._killer = threading.Timer(seconds, on_late)
            self._killer.daemon = True
            self._killer.start()

    def _cancel_killer(self) -> None:
        with self._lock:
            killer = self._killer
        if killer is not None:
            killer.cancel()

    def _let_go(self, process: "subprocess.Popen[str]") -> None:
        """Close the pipes of a process that goes on without us."""
        with self._lock:
            self._is_detached = True
            process.returncode = 0  # it is not ours to wait for any more
        self._end(process)

    def _write_lines(self, process: "subprocess.Popen[str]") -> None:
        line: str | None = self.job.to_line()
        stream = process.stdin
        try:
            while line is not None and stream is not None:
                stream.write(line)
                stream.flush()
                line = self._outgoing.get()
        except (OSError, ValueError) as error:
            self._tail.append(f"(the worker reads no more: {error})")

    def _read_stderr(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stderr or ():
            self._tail.append(line.rstrip("\n"))

    def _end(self, process: "subprocess.Popen[str]") -> None:
        self._cancel_killer()
        self._outgoing.put(None)
        for thread in self._threads:
            thread.join(timeout=2)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None and not stream.closed:
                _close_quietly(stream)


def run_job(
    job: Job, progress: Progress, environment: Mapping[str, str] | None = None
) -> JsonValue:
    """Run a job in a worker process and wait; returns its result as JSON values.

    Progress, announcements, the wish to stop and requests travel through `progress`.

    Raises
    ------
    SatstudioError
        The worker's own error where it is one of ours; WorkerFailedError or WorkerDiedError.
    """
    progress.check()
    with WorkerClient(job, environment=environment) as client:
        is_over = threading.Event()
        watcher = threading.Thread(target=_forward, args=(client, progress, is_over), daemon=True)
        watcher.start()
        try:
            return _outcome(client, progress)
        except KeyboardInterrupt:
            client.stop()
            for _ in client.events():
                continue
            raise
        finally:
            is_over.set()
            watcher.join()


def worker_command() -> tuple[str, ...]:
    """Return how a worker is started, from source and in the installed program."""
    return program_command("worker")


def _outcome(client: WorkerClient, progress: Progress) -> JsonValue:
    last: Event | None = None
    for event in client.events():
        last = event
        if event.name == "progress":
            _tell(progress, event)
        elif not event.is_final and event.name != "started":
            progress.announce(event.name, **event.fields)
    if last is None or not last.is_final:
        raise WorkerDiedError("The worker ended without a word.")
    if last.name != "done":
        raise error_of(last)
    result: JsonValue = last.fields.get("result")
    return result


def _tell(progress: Progress, event: Event) -> None:
    try:
        progress.report(event.share, event.text)
    except Cancelled:  # the watcher passes the wish on; the worker's answer is waited for
        return


def _forward(client: WorkerClient, progress: Progress, is_over: threading.Event) -> None:
    while not is_over.wait(0.1):
        if progress.is_stopped:
            client.stop()
            return
        for name in COMMANDS[1:]:
            if progress.is_asked(name):
                client.send(name)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    passed = {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)
    }
    return {**passed, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **more}


def _close_quietly(stream: object) -> None:
    try:
        stream.close()  # type: ignore[attr-defined] # a text stream
    except OSError:  # what was not read any more cannot be flushed
        return


def _end_tree(process: "subprocess.Popen[str]") -> None:
    """Kill a process and what it started: a grandchild would hold the pipes open."""
    import psutil  # lazy: a kill is rare

    children: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    for child in children:
        with contextlib.suppress(psutil.Error):
            child.kill()
