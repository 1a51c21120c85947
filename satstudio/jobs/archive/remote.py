"""carry_out: one job, as JSON, in whatever process it comes to; its answer as JSON."""

import json
import os
import time

from satstudio.core.environment import prepare_environment
from satstudio.core.errors import SatstudioError
from satstudio.core.progress import Progress
from satstudio.jobs.functions import function_of
from satstudio.jobs.job import Job
from satstudio.jobs.plain_result import plain


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
        result = function_of(job.target)(**job.arguments, progress=Progress())
        answer |= {"state": "done", "result": plain(result)}
    except SatstudioError as error:
        answer["reason"] = str(error)
    except Exception as error:  # noqa: BLE001 - told, with its name, where nobody else would
        answer["reason"] = f"satstudio made an error: {type(error).__name__}: {error}"
    answer["seconds"] = round(time.monotonic() - started, 2)
    return json.dumps(answer)
