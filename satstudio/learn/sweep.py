"""run_sweep(plan, patches, out, progress): many trainings, one row of figures each; resumable."""

import json
import math
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.checkpoint import newest_checkpoint
from satstudio.learn.data import open_data
from satstudio.learn.loop import train
from satstudio.learn.run_folder import RunFolder
from satstudio.learn.sweep_page import sweep_page
from satstudio.learn.sweep_plan import SweepPlan, Trial
from satstudio.learn.sweep_rows import Row, open_folder, write_document
from satstudio.learn.sweep_table import groups_of, nearest_run
from satstudio.patches.store import PatchSet

FIXED = ("experiment", "base", "figures", "taken", "better", "columns")
"""What cannot change when a sweep goes on; rows and seeds may be added."""

RUNS, CHECKPOINTS = "runs", "checkpoints"


def run_sweep(plan: SweepPlan, patches: Path, out: Path, progress: Progress) -> Path:
    """Train every row with every seed on one patch set.

    A row that is finished is kept when the sweep is run again; a run that was stopped or killed
    goes on from its last checkpoint. A training that diverges is a row without figures.

    Parameters
    ----------
    out : holds plan.toml, rows.jsonl and a run folder for each trial under runs/
    progress : passes on what trainings announce; announces `row` at the end of each

    Returns
    -------
    Path
        report.json, with the table over the seeds; beside it rows.jsonl, each line of which has
        `row`, `values`, `seed`, `run`, `status` (done or diverged), `figures`, `n` (images that
        they are measured on), `step`, `seconds`, `trips` (how often it went back to a good state
        and learnt more slowly), `patches`, `trained_on` (how many) and `trained_on_sha256`.

    Raises
    ------
    InputError, RunError
        If the plan, the patches or the folder cannot work; before the first training.
    Cancelled
        If it was stopped; it goes on when it is run again.
    """
    trials = plan.trials()
    for recipe in {trial.row: trial.recipe for trial in trials}.values():
        open_data(patches, recipe)
    learnt = PatchSet.open(patches)
    sha256, count = learnt.sha256, len(learnt.train)
    rows = open_folder(out, plan, FIXED)
    _check_same_patches(out, rows.all, sha256)
    for number, trial in enumerate(trials):
        if rows.find(trial.key) is not None:
            continue
        part = progress.part(number / len(trials), (number + 1) / len(trials))
        row = _run(trial, plan, patches, out, _named(part, trial))
        row |= {"patches": str(patches), "trained_on_sha256": sha256, "trained_on": count}
        rows.add(row)
        progress.announce("row", **row)
        if plan.keep == "nearest":
            _drop_checkpoints(plan, rows.all, trial, trials, out)
    groups = [asdict(group) for group in groups_of(rows.all, plan.figures)]
    page = sweep_page(plan, rows.all, out)
    return write_document(out, "sweep", page, groups=groups, rows=rows.all)


def _drop_checkpoints(
    plan: SweepPlan, rows: tuple[Row, ...], trial: Trial, trials: tuple[Trial, ...], out: Path
) -> None:
    """Remove the checkpoints of a row's runs, once all are finished, but for the nearest one."""
    of_row = [row for row in rows if row["row"] == trial.row]
    if len(of_row) < sum(one.row == trial.row for one in trials):
        return
    kept = [row for row in of_row if any((out / row["run"] / CHECKPOINTS).iterdir())]
    nearest = nearest_run(kept, plan.figures[0])
    for row in kept:
        if row is not nearest:
            for file in (out / row["run"] / CHECKPOINTS).iterdir():
                file.unlink()


def _check_same_patches(out: Path, rows: tuple[Row, ...], sha256: str) -> None:
    for row in rows:
        if row["trained_on_sha256"] != sha256:
            raise RunError(
                f"{out} was trained on another patch set ({row['patches']}); go on with that one, "
                "or choose another folder."
            )


def _named(progress: Progress, trial: Trial) -> Progress:
    """Return a Progress whose texts say which trial it is."""

    def tell(share: float, text: str) -> None:
        progress.report(share, f"{trial.row}, seed {trial.seed}: {text}")

    return Progress(
        tell, lambda: progress.is_stopped, lambda name, fields: progress.announce(name, **fields),
        progress.is_asked,
    )  # fmt: skip


def _run(trial: Trial, plan: SweepPlan, patches: Path, out: Path, progress: Progress) -> Row:
    folder = out / RUNS / trial.key
    is_begun = _is_begun(folder)
    if not is_begun and folder.exists():
        shutil.rmtree(folder)  # it ended before its first checkpoint
    status, message = "done", ""
    try:
        train(patches, trial.recipe, folder, progress, resume=is_begun)
    except RunError as error:
        status, message = "diverged", str(error)
    run = RunFolder.open(folder)
    figures = {} if message else _figures(run, plan)
    facts = run.info()
    return {
        "key": trial.key,
        "row": trial.row,
        "label": trial.label,
        "values": trial.values,
        "seed": trial.seed,
        "run": f"{RUNS}/{trial.key}",
        "status": status,
        "message": message,
        "figures": {name: figures.get(name) for name in plan.figures},
        "n": figures.get("n"),
        "step": figures.get("step"),
        "seconds": facts.get("seconds"),
        "trips": facts.get("guard", {}).get("trips", 0),
    }


def _is_begun(folder: Path) -> bool:
    """Tell whether a run has a checkpoint to go on from."""
    checkpoints = folder / CHECKPOINTS
    return checkpoints.is_dir() and newest_checkpoint(checkpoints) is not None


def _figures(run: RunFolder, plan: SweepPlan) -> dict[str, Any]:
    """Return the line of the log that the row takes its figures from.

    Raises
    ------
    RunError
        If the log never holds a figure of the plan.
    """
    lines = [json.loads(text) for text in run.log_file.read_text("utf-8").splitlines() if text]
    for name in plan.figures:
        if not any(_is_number(line.get(name)) for line in lines):
            known = sorted({key for line in lines for key in line if _is_number(line[key])})
            raise RunError(
                f"The log of {run.path} has no figure '{name}'; it has: {', '.join(known)}."
            )
    first = plan.figures[0]
    counted = [line for line in lines if _is_number(line.get(first))]
    if plan.taken == "end":
        return _last(lines, counted[-1], plan)
    sign = 1 if plan.better == "lower" else -1
    return min(counted, key=lambda line: sign * float(line[first]))


def _last(lines: list[dict[str, Any]], line: Mapping[str, Any], plan: SweepPlan) -> dict[str, Any]:
    """Return the last line with the first figure, completed by the last value of each other."""
    filled = {
        name: next(one[name] for one in reversed(lines) if _is_number(one.get(name)))
        for name in plan.figures
    }
    return {**line, **filled}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
