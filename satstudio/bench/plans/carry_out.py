"""carry_out: the tasks of a plan one after the other, a row each; what is finished is kept."""

import logging
from pathlib import Path

from satstudio.bench.plans.document import write_document
from satstudio.bench.plans.rows import Rows, has_failed, open_folder
from satstudio.bench.plans.task import FAILED, Launch, Row, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import Cancelled, RunError, SatstudioError, of_system
from satstudio.core.progress import Progress

log = logging.getLogger(__name__)


def carry_out(work: PlanWork, launch: Launch, progress: Progress) -> Path:
    """Carry out a plan; it goes on where it was stopped or killed.

    A row that is finished is kept when the plan is carried out again. A task that fails is a row
    with `status` failed and its reason in `message`; the others go on, and it is tried again the
    next time.

    Parameters
    ----------
    launch : carries out a task and returns its row's figures
    progress : passes on what tasks announce; announces `row` at the end of each

    Returns
    -------
    Path
        report.json, beside plan.toml and rows.jsonl.

    Raises
    ------
    SatstudioError
        If the plan cannot work; before the first task and before anything is written.
    RunError
        If every task failed, with the reason of the first.
    Cancelled
        If it was stopped; it goes on when it is carried out again.
    """
    out = work.place.out
    tasks = work.tasks(launch, progress.part(0, 0))
    rows = open_folder(out, work.plan, work.fixed)
    work.check(rows, tasks)
    for number, task in enumerate(tasks):
        if rows.find(task.key) is None:
            part = progress.part(number / len(tasks), (number + 1) / len(tasks))
            row = _row(task, launch, part.named(task.name))
            rows.add(row)
            progress.announce("row", **work.told(row))
            work.tidy(rows, tasks, row)
    _check_any(rows, tasks)
    return write_document(out, work.document(rows.all), rows.all)


def _row(task: Task, launch: Launch, progress: Progress) -> Row:
    """Return what came of a task: its figures, or why there are none."""
    try:
        return {**task.row, **launch(task, progress)}
    except Cancelled:
        raise
    except Exception as error:  # the others go on, whatever it is
        log.warning("%s failed", task.key, exc_info=True)
        return {**task.row, **task.blank, "status": FAILED, "message": _sentence(error)}


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, SatstudioError):
        error = of_system(error)
    if isinstance(error, SatstudioError):
        return str(error)
    return f"satstudio made an error: {type(error).__name__}: {error}"


def _check_any(rows: Rows, tasks: tuple[Task, ...]) -> None:
    failed = [row for row in rows.all if has_failed(row)]
    if failed and len(failed) == len(rows.all):
        raise RunError(
            f"Every task of the plan failed ({len(failed)} of {len(tasks)}), the first one so: "
            f"{failed[0]['message']}"
        )
