"""carry_out: one job, as JSON, in whatever process it comes to; its answer as JSON."""

import json
import os
import sys
import time
from collections.abc import Callable

from satstudio.core.environment import prepare_environment
from satstudio.core.errors import SatstudioError
from satstudio.core.progress import Progress
from satstudio.jobs.functions import function_of
from satstudio.jobs.job import Job
from satstudio.jobs.plain_result import plain


class _GivenUpError(BaseException):
    """Nobody waits for the task any more; what it has done stays, as after a kill."""


def carry_out(text: str) -> str:
    """Carry out a job; whatever happens is an answer, so that a bad scene ends nobody's work.

    Parameters
    ----------
    text : a `Job` as JSON

    Returns
    -------
    str
        JSON: `state` ("done" or "failed"), `result` or `reason`, `seconds`, `pid`.
    """
    prepare_environment()
    started = time.monotonic()
    answer: dict[str, object] = {"state": "failed", "pid": os.getpid()}
    try:
        job = Job.model_validate_json(text)
        progress = Progress(is_stopped=_wish())
        result = function_of(job.target)(**job.arguments, progress=progress)
        answer |= {"state": "done", "result": plain(result)}
    except _GivenUpError:
        answer["reason"] = "stopped"
    except SatstudioError as error:
        answer["reason"] = str(error)
    except Exception as error:  # noqa: BLE001 - told, with its name, where nobody else would
        answer["reason"] = f"satstudio made an error: {type(error).__name__}: {error}"
    answer["seconds"] = round(time.monotonic() - started, 2)
    return json.dumps(answer)


def _wish() -> Callable[[], bool]:
    """Return what ends the work once Dask gives up the task that this thread carries out.

    That is when the user stops the archive, or when his process dies.
    """
    distributed = sys.modules.get("distributed")
    if distributed is None:  # then this process is no worker of Dask
        return lambda: False
    try:
        worker = distributed.get_worker()
    except ValueError:
        return lambda: False
    key = worker.get_current_task()

    def look() -> bool:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise _GivenUpError
        return False

    return look
