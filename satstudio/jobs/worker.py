"""The worker process: one Job in, Events out, `stop` on stdin.

Descriptor 1 is kept for the protocol and then points at stderr, before anything heavy is
imported: what libraries print never lands between the lines.
"""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Mapping
from threading import Thread
from typing import IO

from pydantic import ValidationError

from satstudio.core.errors import Cancelled, InputError, RecipeError, SatstudioError, of_system
from satstudio.core.job_requests import Request, Requests
from satstudio.core.paths import logs_folder
from satstudio.core.system.machine import THREADS, task_threads
from satstudio.jobs.event_channel import CommandReader, EventWriter
from satstudio.jobs.functions import function_of
from satstudio.jobs.job import PROTOCOL, Job
from satstudio.jobs.plain_result import plain

UNEXPECTED = 1
_WINDOWS_BELOW_NORMAL = 0x4000


def main() -> int:
    """Run the job on stdin; the door `satstudio worker`. Returns the exit code."""
    stream = _protocol_stream()
    lines = _lines(0)
    first = next(lines, "")
    if not first.strip():  # whoever started us is gone already
        return Cancelled.exit_code
    try:
        job = Job.model_validate_json(first)
    except ValidationError as error:
        writer = EventWriter(stream, "?", lambda: None)
        return _fail(writer, InputError(f"The job is no job: {error.errors()[0]['msg']}."))
    requests = Requests(
        lambda request, value: writer.send("answer", id=request.number, answer=plain(value)),
        lambda request, error: _refuse(writer, request, error),
    )
    commands = CommandReader(
        lambda: _end_unbegun(writer), requests, lambda: _detach(writer, stream)
    )
    writer = EventWriter(stream, job.id, commands.hang_up)
    with _listening(commands, lines), writer:
        return _run(job, writer, commands, requests)


def _run(job: Job, events: EventWriter, commands: CommandReader, requests: Requests) -> int:
    _step_back(job)
    events.send("started", protocol=PROTOCOL, kind=job.kind, pid=os.getpid())
    try:
        function = function_of(job.target)
        progress = commands.progress(events)
        commands.begin()
        progress.check()
        result = function(**job.arguments, progress=progress, requests=requests)
    except Cancelled as error:
        events.send("stopped", text=str(error))
        return Cancelled.exit_code
    except ValidationError as error:
        return _fail(events, _wrong_choice(job.kind, job.arguments, error))
    except Exception as error:  # noqa: BLE001 - whatever happens is told, with its traceback
        return _fail(events, error)
    events.send("done", result=plain(result))
    return 0


def _end_unbegun(events: EventWriter) -> None:
    """End the process while it still imports what the job needs: nothing is half-written yet."""
    events.send("stopped", text="Stopped before it began.")
    os._exit(Cancelled.exit_code)


def _detach(events: EventWriter, stream: IO[str]) -> None:
    """Let go of whoever started us: its pipes and its terminal; the log goes into a file."""
    events.send("detached", text="It goes on in the background.")
    folder = logs_folder()
    folder.mkdir(parents=True, exist_ok=True)
    log = os.open(folder / "background.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # it leads a session of its own already
            os.setsid()


def _refuse(events: EventWriter, request: Request, error: Exception) -> None:
    if isinstance(error, ValidationError):
        error = _wrong_choice(request.kind, request.fields, error)
    events.send("error", id=request.number, **_described(error))


def _fail(events: EventWriter, error: Exception) -> int:
    fields = _described(error)
    events.send("error", **fields)
    return int(str(fields["exit_code"]))


def _described(error: Exception) -> dict[str, object]:
    """Return the fields of an error's event: class, sentence, exit_code, traceback."""
    if isinstance(error, OSError) and not isinstance(error, SatstudioError):
        error = of_system(error)
    fields: dict[str, object] = {"class": type(error).__name__}
    if isinstance(error, SatstudioError):
        return fields | {"sentence": str(error), "exit_code": error.exit_code}
    return fields | {
        "sentence": f"satstudio made an error: {type(error).__name__}: {error}",
        "exit_code": UNEXPECTED,
        "traceback": "".join(traceback.format_exception(error)),
    }


def _wrong_choice(kind: str, arguments: Mapping[str, object], error: ValidationError) -> Exception:
    """Return a RecipeError that names the choice, where it is one of the arguments."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if error.title.startswith("validate_call") or key.split(".")[0] in arguments:
        return RecipeError(f"{kind}: {key}: {first['msg']}.")
    return error


def _protocol_stream() -> IO[str]:
    stream = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8", newline="\n")
    sys.stdout.flush()
    os.dup2(2, 1)
    return stream


def _step_back(job: Job) -> None:
    """Lower the priority and keep a core free, before anything starts threads."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if job.threads:
        os.environ[THREADS] = str(job.threads)
    threads = str(task_threads())
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if THREADS in os.environ:
            os.environ[name] = threads
        else:
            os.environ.setdefault(name, threads)
    if not job.nice:
        return
    if sys.platform == "win32":
        import ctypes  # lazy: a door of Windows only

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _WINDOWS_BELOW_NORMAL)
    else:
        os.nice(job.nice)


def _lines(descriptor: int) -> Iterator[str]:
    """Yield lines of a descriptor; unbuffered, so that no lock is held while waiting."""
    held = b""
    while piece := os.read(descriptor, 65536):
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
    if held:
        yield held.decode("utf-8", "replace")


@contextlib.contextmanager
def _listening(commands: CommandReader, lines: Iterator[str]) -> Iterator[None]:
    def listen() -> None:
        for line in lines:
            commands.put(line.strip())
        commands.hang_up()  # end of file: whoever started us is gone

    def on_signal(number: int, frame: object) -> None:
        commands.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    Thread(target=listen, name="commands", daemon=True).start()
    yield
