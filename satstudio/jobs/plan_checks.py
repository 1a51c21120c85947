"""serve_plan_checks: says what is wrong with a plan before it is started, as its start would."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satstudio.bench.plans.kinds import make_work
from satstudio.bench.plans.task import Place
from satstudio.core.job_requests import RequestKind, Requests
from satstudio.core.progress import Progress
from satstudio.jobs.launch import launch

PLAN = RequestKind("plan")
KINDS = (PLAN,)
"""What can be asked; a newer question takes the place of an older one."""


def serve_plan_checks(folder: Path, progress: Progress, requests: Requests) -> None:
    """Answer the requests of KINDS until a stop is asked for; torch is loaded once.

    Parameters
    ----------
    folder : would take arrays; there are none
    """
    del folder
    requests.offer(PLAN, check_plan)
    requests.serve(progress)


def check_plan(
    plan: dict[str, Any], progress: Progress, patches: Path | None = None
) -> Mapping[str, Any]:
    """Look at plan, recipes, networks and patches as its start does; nothing is written.

    Returns
    -------
    `tasks`, how many there are.

    Raises
    ------
    SatstudioError
        If the plan cannot work, with the reason.
    """
    work = make_work(plan, Place(Path(), patches))
    return {"tasks": len(work.tasks(launch, progress))}
