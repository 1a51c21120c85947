"""WorkerClient: starts a worker process, reads its events, stops or kills it; run_job."""

import contextlib
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from pydantic import JsonValue

import satstudio.core.errors
from satstudio.core.errors import Cancelled, SatstudioError
from satstudio.core.program import program_command
from satstudio.core.progress import Progress
from satstudio.core.run_info import run_info
from satstudio.jobs.job import COMMANDS, Event, Job

KILL_AFTER_S = 10.0
TAIL_LINES = 200
_AFTER_DEATH = {
    "train": "continue from the last checkpoint, at most a minute old",
    "sweep": "start it again with the same folder; finished runs are kept",
}
_NOT_PASSED_ON = ("QT_", "PROJ_", "GDAL_DATA", "GDAL_DRIVER_PATH", "PYTHONSTARTUP")


class WorkerDiedError(SatstudioError):
    """The worker process ended without a last word."""


class WorkerFailedError(SatstudioError):
    """The worker process met an error that satstudio did not expect."""

    exit_code = 1

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


class WorkerClient:
    """One job in one process.

    `events()` is for one thread; `stop`, `send` and `kill` may be called from any other and
    do not wait.

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
        self._drain: threading.Thread | None = None
        self._killer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._is_stopping = False
        self._is_killed = False

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
        """Start the process and hand it the job.

        Raises
        ------
        WorkerDiedError
            If the program cannot be started.
        """
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
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
        self._drain = threading.Thread(target=self._read_stderr, name="stderr", daemon=True)
        self._drain.start()
        self._write(self.job.to_line())

    def events(self) -> Iterator[Event]:
        """Yield events until the process has ended; the last one is always a final one."""
        process = self._started()
        has_ended = False
        for line in process.stdout or ():
            try:
                event = Event.from_line(line)
            except ValueError:
                self._tail.append(line.rstrip("\n"))
                continue
            if not has_ended:
                yield event
            has_ended = has_ended or event.is_final
        code = process.wait()
        self._end()
        if not has_ended:
            yield self._death(code)

    def send(self, command: str) -> None:
        """Send a line: stop, pause, resume, checkpoint or preview."""
        if command not in COMMANDS:
            raise ValueError(f"no such command: {command}")
        self._write(command + "\n")

    def stop(self, kill_after_s: float = KILL_AFTER_S) -> None:
        """Ask the job to stop; the process is killed where it does not follow in time."""
        with self._lock:
            if self._is_stopping or not self.is_running:
                return
            self._is_stopping = True
            self._killer = threading.Timer(kill_after_s, self.kill)
            self._killer.daemon = True
            self._killer.start()
        self._write("stop\n")

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None and self.is_running:
            self._is_killed = True
            self._process.kill()

    def close(self) -> None:
        """End the process, if it still runs, and release its pipes."""
        if self._process is None:
            return
        self.kill()
        self._process.wait()
        self._end()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self.start()
        if self._process is None:
            raise WorkerDiedError("The worker could not be started.")
        return self._process

    def _write(self, line: str) -> None:
        stream = self._process.stdin if self._process else None
        if stream is None or stream.closed:
            return
        try:
            with self._lock:
                stream.write(line)
                stream.flush()
        except (BrokenPipeError, OSError, ValueError) as error:
            self._tail.append(f"(the worker reads no more: {error})")

    def _read_stderr(self) -> None:
        stream = self._process.stderr if self._process else None
        for line in stream or ():
            self._tail.append(line.rstrip("\n"))

    def _end(self) -> None:
        if self._killer is not None:
            self._killer.cancel()
        if self._drain is not None:
            self._drain.join(timeout=2)
        process = self._process
        for stream in (process.stdin, process.stdout, process.stderr) if process else ():
            if stream is not None and not stream.closed:
                _close_quietly(stream)

    def _death(self, code: int) -> Event:
        _note_in_runs(self.job)
        fields = {
            "class": "WorkerDiedError",
            "sentence": _obituary(self.job.kind, code, self._is_stopping and self._is_killed),
            "exit_code": 2,
            "stderr": list(self._tail)[-20:],
        }
        return Event("error", self.job.id, fields=fields)


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


def error_of(event: Event) -> SatstudioError:
    """Return the exception that an `error` or `stopped` event tells of."""
    if event.name == "stopped":
        return Cancelled(event.text or "Stopped by the user.")
    name, sentence = str(event.fields.get("class", "")), event.text
    if name == "WorkerDiedError":
        return WorkerDiedError(sentence)
    kind = getattr(satstudio.core.errors, name, None)
    if isinstance(kind, type) and issubclass(kind, SatstudioError):
        return kind(sentence)
    return WorkerFailedError(sentence, str(event.fields.get("traceback", "")))


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


def _note_in_runs(job: Job) -> None:
    """Let run.json of the trainings of a job whose process has died say so."""
    given = (job.arguments.get("run_dir"), job.arguments.get("out"))
    folders = [Path(name) for name in given if isinstance(name, str)]
    for run in [*folders, *(path for folder in folders for path in folder.glob("runs/*"))]:
        with contextlib.suppress(OSError, ValueError):  # no training, or one whose file is damaged
            run_info(run)


def _close_quietly(stream: object) -> None:
    try:
        stream.close()  # type: ignore[attr-defined] # a text stream
    except OSError:  # what was not read any more cannot be flushed
        return


def _obituary(kind: str, code: int, is_ours: bool) -> str:
    where = _AFTER_DEATH.get(kind, "nothing half-written has its final name; try again")
    if is_ours:
        return f"The {kind} job did not stop in time and was killed: {where}."
    if code >= 0:
        return f"The {kind} job ended without a word (exit code {code}): {where}."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    likely = ", most likely because memory ran out" if name == "SIGKILL" else ""
    return f"The {kind} job was ended by {name}{likely}: {where}."
