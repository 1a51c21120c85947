"""launch: a task of a plan in this process, as a worker carries out a job of its kind."""

from typing import Any

from pydantic import ValidationError

from satstudio.bench.plans.task import Task
from satstudio.core.errors import RecipeError
from satstudio.core.progress import Progress
from satstudio.jobs.functions import function_of
from satstudio.jobs.job import Job


def launch(task: Task, progress: Progress) -> Any:  # noqa: ANN401 - what its function returns
    """Carry out a task; returns what its function returns.

    A plan is carried out by a worker of its own, so its tasks need no other process: what they
    have in common, as torch and features of real images, is there once.

    Raises
    ------
    RecipeError
        If a table of its arguments is none that the function takes, naming the key.
    SatstudioError
        Those of the function.
    """
    target = Job(kind=task.kind).target
    function = function_of(target, progress)
    try:
        return function(**task.arguments, progress=progress)
    except ValidationError as error:
        if not error.title.startswith(("validate_call", target.partition(":")[2])):
            raise
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"The plan ({task.kind}): {key}: {first['msg']}.") from error
