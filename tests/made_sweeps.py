"""Plans carried out in this process, as tests of trainings want it."""

import json
from pathlib import Path

from satstudio.bench.plans.carry_out import carry_out
from satstudio.bench.plans.kinds import make_work
from satstudio.bench.plans.sweeps.sweep_work import recipe_check
from satstudio.bench.plans.task import Place
from satstudio.core.progress import Progress
from satstudio.jobs.launch import launch


def run_plan(plan, patches, out, progress=None) -> Path:
    """Carry out a plan; returns report.json."""
    values = plan if isinstance(plan, dict) else plan.model_dump()
    return carry_out(make_work(values, Place(out, patches)), launch, progress or Progress())


def check_trials(trials, patches):
    """Let the function of a worker check recipes; returns what it found."""
    return launch(recipe_check(trials, patches, {}), Progress())


def rows_of(out):
    return [json.loads(line) for line in (out / "rows.jsonl").read_text("utf-8").splitlines()]
