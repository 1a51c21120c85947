"""run_sweep(plan, patches, out, progress): many trainings, one row of figures each; resumable."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from satstudio.core.errors import InputError, RunError
from satstudio.core.progress import Progress
from satstudio.learn.checkpoint import has_checkpoint, newest_checkpoint, remove_checkpoints
from satstudio.learn.data import open_data
from satstudio.learn.guard import Diverged
from satstudio.learn.loop import train
from satstudio.learn.preview import REAL
from satstudio.learn.run_folder import RunFolder
from satstudio.learn.sweep_page import sweep_page
from satstudio.learn.sweep_plan import USUAL_IMAGES, SweepPlan, Trial
from satstudio.learn.sweep_rows import Row, Rows, open_folder, write_document
from satstudio.learn.sweep_scores import Scored, Scorer
from satstudio.learn.sweep_table import groups_of, nearest_run
from satstudio.metrics.distances import REFERENCES
from satstudio.metrics.trials import BADNESS
from satstudio.patches.store import PatchSet

FIXED = (
    "experiment", "base", "figures", "taken", "columns", "extractor", "classifier", "images",
)  # fmt: skip
"""What cannot change when a sweep goes on; rows and seeds may be added."""

TRAINED = 0.9
"""Share of a run that is training, where its images are scored too."""

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
        `row`, `values`, `seed`, `run`, `status` (done or diverged), `figures`, `beside` (those of
        real patches and of Gaussian fields), `n` (generated images that they are measured on),
        `n_real` (real patches that differ), `step`, `seconds`, `finished`, `machine`, `versions`,
        `trips` (how often it went back to a good state and learnt more slowly), `patches`,
        `trained_on` (how many) and `trained_on_sha256`.

    Raises
    ------
    InputError, RunError
        If the plan, the patches or the folder cannot work; before the first training.
    Cancelled
        If it was stopped; it goes on when it is run again.
    """
    trials = plan.trials()
    scorer = Scorer(plan.extractor, plan.classifier, plan.images or USUAL_IMAGES, patches)
    for recipe in {trial.row: trial.recipe for trial in trials}.values():
        open_data(patches, recipe)
        scorer.check(recipe)
    learnt = PatchSet.open(patches)
    sha256, count = learnt.sha256, len(learnt.train)
    rows = open_folder(out, plan, FIXED)
    _check_same_patches(out, rows.all, sha256)
    _check_same_rows(out, rows, trials)
    for number, trial in enumerate(trials):
        if rows.find(trial.key) is not None:
            continue
        part = progress.part(number / len(trials), (number + 1) / len(trials))
        row = _run(trial, plan, (patches, out), _named(part, trial), scorer)
        row |= {"patches": str(patches), "trained_on_sha256": sha256, "trained_on": count}
        rows.add(row)
        progress.announce("row", **row)
        if plan.keep == "nearest":
            _drop_checkpoints(plan, _seen(rows, out), trial.row, trials, out)
    found = _seen(rows, out)
    groups = [asdict(group) for group in groups_of(found, plan.figures)]
    page = sweep_page(plan, found, out)
    return write_document(out, "sweep", page, groups=groups, rows=found)


def _seen(rows: Rows, out: Path) -> tuple[Row, ...]:
    """Return the finished rows, and whether the generator of each is still there."""
    return tuple(
        [{**row, "has_checkpoint": has_checkpoint(_checkpoints(row, out))} for row in rows.all]
    )


def _checkpoints(row: Row, out: Path) -> Path:
    return out / str(row["run"]) / CHECKPOINTS


def _drop_checkpoints(
    plan: SweepPlan, rows: tuple[Row, ...], name: str, trials: tuple[Trial, ...], out: Path
) -> None:
    """Remove the checkpoints of a row's runs, once all are finished, but for the nearest one.

    Only those of runs that lie in the sweep's own folder: what a link leads to is another's.
    """
    of_row = [row for row in rows if row["row"] == name]
    if len(of_row) < sum(one.row == name for one in trials):
        return
    nearest = nearest_run(of_row, plan.figures[0])
    for row in of_row:
        folder = _checkpoints(row, out)
        is_own = folder.resolve().is_relative_to((out / RUNS).resolve())
        if row is not nearest and is_own and folder.is_dir():
            remove_checkpoints(folder)


def _check_same_rows(out: Path, rows: Rows, trials: tuple[Trial, ...]) -> None:
    """Refuse to take what was trained with other values for a row of the same name."""
    for trial in trials:
        row = rows.find(trial.key)
        if row is not None and row["values"] != trial.values:
            raise InputError(
                f"{out} holds the row '{trial.row}' with other values ({row['values']}); label the "
                "new one otherwise, or choose another folder."
            )


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


def _run(
    trial: Trial, plan: SweepPlan, folders: tuple[Path, Path], progress: Progress, scorer: Scorer
) -> Row:
    """Train, take figures of the log, and score the generator; folders: patches, and the sweep."""
    patches, out = folders
    folder = out / RUNS / trial.key
    is_begun = _is_begun(folder)
    if not is_begun and folder.exists():
        _remove_attempt(folder, trial)
    status, message = "done", ""
    try:
        end = TRAINED if plan.scored else 1.0
        train(patches, trial.recipe, folder, progress.part(0, end), resume=is_begun)
    except RunError as error:
        if not isinstance(error.__cause__ or error, Diverged):
            raise
        status, message = "diverged", str(error)
    run = RunFolder.open(folder)
    figures = {} if message else _figures(run, plan)
    part = progress.part(TRAINED, 1)
    scored = Scored() if message else scorer.score(run, trial.recipe, part)
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
        "figures": {name: {**figures, **scored.figures}.get(name) for name in plan.figures},
        "beside": _beside(figures, plan) | scored.beside,
        "scored": scored.facts,
        "n": figures.get("n"),
        "n_real": figures.get("n_real"),
        "step": figures.get("step"),
        "seconds": facts.get("seconds"),
        "finished": facts.get("updated"),
        "machine": {name: facts.get(name) for name in ("threads", "device")}
        | facts.get("machine", {}),
        "versions": facts.get("versions"),
        "trips": facts.get("guard", {}).get("trips", 0),
    }


def _remove_attempt(folder: Path, trial: Trial) -> None:
    """Remove a run that ended before its first checkpoint; anything else is not the sweep's.

    Raises
    ------
    InputError
        If something else lies there.
    """
    if folder.is_symlink() or not RunFolder(folder).is_only(trial.recipe):
        raise InputError(
            f"{folder} is in the way: it is no run of this sweep, or holds more than one; move it."
        )
    RunFolder(folder).clear()


def _beside(figures: Mapping[str, Any], plan: SweepPlan) -> dict[str, float]:
    """Return what the log has beside figures of the plan: real patches, Gaussian fields."""
    names = [name + ending for name in plan.figures for ending in (*REFERENCES, REAL)]
    return {name: figures[name] for name in names if _is_number(figures.get(name))}


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
    lines = run.log_lines()
    for name in plan.logged:
        if not any(_is_number(line.get(name)) for line in lines):
            known = sorted({key for line in lines for key in line if _is_number(line[key])})
            raise RunError(
                f"The log of {run.path} has no figure '{name}'; it has: {', '.join(known)}."
            )
    if not plan.logged:
        return lines[-1]
    first = plan.logged[0]
    counted = [line for line in lines if _is_number(line.get(first))]
    if plan.taken == "end":
        return _last(lines, counted[-1], plan)
    bad = BADNESS[plan.better_of(first)]
    return min(counted, key=lambda line: bad(float(line[first])))


def _last(lines: list[dict[str, Any]], line: Mapping[str, Any], plan: SweepPlan) -> dict[str, Any]:
    """Return the last line with the first figure, completed by the last value of each other."""
    filled = {
        name: next(one[name] for one in reversed(lines) if _is_number(one.get(name)))
        for name in plan.logged
    }
    return {**line, **filled}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
