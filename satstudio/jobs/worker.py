"""The worker process: one Job in, Events out, `stop` on stdin.

Descriptor 1 is kept for the protocol and then points at stderr, before anything heavy is
imported: what libraries print never lands between the lines.
"""

import contextlib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from threading import Thread
from typing import IO, Any

from pydantic import ConfigDict, ValidationError, validate_call

from satstudio.core.errors import Cancelled, InputError, RecipeError, SatstudioError, of_system
from satstudio.core.settings import load_settings, task_threads
from satstudio.jobs.job import PROTOCOL, Job
from satstudio.jobs.outlet import Inbox, Outlet
from satstudio.jobs.result import plain

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
        outlet = Outlet(stream, "?", lambda: None)
        return _fail(outlet, InputError(f"The job is no job: {error.errors()[0]['msg']}."))
    inbox = Inbox()
    with _listening(inbox, lines), Outlet(stream, job.id, inbox.stop) as outlet:
        return _run(job, outlet, inbox)


def _run(job: Job, outlet: Outlet, inbox: Inbox) -> int:
    _step_back(job)
    outlet.send("started", protocol=PROTOCOL, kind=job.kind, pid=os.getpid())
    try:
        function = _callable(job.target)
        progress = inbox.progress(outlet)
        progress.check()
        result = function(**job.arguments, progress=progress)
    except Cancelled as error:
        outlet.send("stopped", text=str(error))
        return Cancelled.exit_code
    except ValidationError as error:
        return _fail(outlet, _recipe_error(job, error))
    except Exception as error:  # noqa: BLE001 - whatever happens is told, with its traceback
        return _fail(outlet, error)
    outlet.send("done", result=plain(result))
    return 0


def _callable(target: str) -> Callable[..., Any]:
    """Import `module:function`; strings become paths, tables recipes, as its signature says."""
    module, _, name = target.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"This installation cannot do that: the package '{error.name}' is missing. "
            "For training install satstudio[learn]."
        ) from error
    checked: Callable[..., Any] = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(
        function
    )
    if "progress" in function.__annotations__:
        return checked

    def without(*, progress: object, **arguments: object) -> object:
        return checked(**arguments)

    return without


def _fail(outlet: Outlet, error: Exception) -> int:
    if isinstance(error, OSError) and not isinstance(error, SatstudioError):
        error = of_system(error)
    fields: dict[str, object] = {"class": type(error).__name__}
    if isinstance(error, SatstudioError):
        code = error.exit_code
        fields |= {"sentence": str(error), "exit_code": code}
    else:
        code = UNEXPECTED
        fields |= {
            "sentence": f"satstudio made an error: {type(error).__name__}: {error}",
            "exit_code": code,
            "traceback": traceback.format_exc(),
        }
    outlet.send("error", **fields)
    return code


def _recipe_error(job: Job, error: ValidationError) -> Exception:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if error.title.startswith("validate_call") or key.split(".")[0] in job.arguments:
        return RecipeError(f"{job.kind}: {key}: {first['msg']}.")
    return error


def _protocol_stream() -> IO[str]:
    stream = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8", newline="\n")
    sys.stdout.flush()
    os.dup2(2, 1)
    return stream


def _step_back(job: Job) -> None:
    """Lower the priority and keep a core free, before anything starts threads."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    chosen = job.threads or load_settings().threads
    threads = str(chosen or task_threads())
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if chosen:
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
def _listening(inbox: Inbox, lines: Iterator[str]) -> Iterator[None]:
    def listen() -> None:
        for line in lines:
            inbox.put(line.strip())
        inbox.stop()  # end of file: whoever started us is gone

    def on_signal(number: int, frame: object) -> None:
        inbox.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    Thread(target=listen, name="commands", daemon=True).start()
    yield
