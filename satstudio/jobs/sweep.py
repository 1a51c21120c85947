"""carry_out_sweep: many trainings, or an experiment of a paper, with its report; find_plan."""

import importlib
import json
from pathlib import Path
from typing import Any

from satstudio.bench.report import Report, write_report
from satstudio.core.errors import InputError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.core.version import VERSION

EXPERIMENTS = {
    "training": ("satstudio.learn.sweep_plan:SweepPlan", "satstudio.learn.sweep:run_sweep"),
    "hadamard": (
        "satstudio.learn.experiments.hadamard:HadamardPlan",
        "satstudio.learn.experiments.hadamard:run_hadamard",
    ),
    "by_epoch": (
        "satstudio.learn.experiments.by_epoch:EpochPlan",
        "satstudio.learn.experiments.by_epoch:run_by_epoch",
    ),
    "critic": (
        "satstudio.learn.experiments.critic:CriticPlan",
        "satstudio.learn.experiments.critic:run_critic",
    ),
    "variance": (
        "satstudio.learn.experiments.variance:VariancePlan",
        "satstudio.learn.experiments.variance:run_variance",
    ),
}
"""What a plan's `experiment` may be: its recipe and its function; named, as learn is."""

WITHOUT_PATCHES = ("hadamard",)
"""Experiments that make their own data."""


def carry_out_sweep(
    plan: dict[str, Any], out: Path, progress: Progress, patches: Path | None = None
) -> Path:
    """Carry out a plan and write its report; goes on where an earlier sitting ended.

    Parameters
    ----------
    plan : as in its TOML file; `experiment` says what is done, sweeps of trainings where left out
    out : folder of rows.jsonl, runs/, report.json and report.html
    patches : patch set; experiments that make their own data take none

    Returns
    -------
    Path
        report.html

    Raises
    ------
    InputError
        If the plan, the patches or the folder cannot work.
    """
    name = str(plan.get("experiment", "training"))
    if name not in EXPERIMENTS:
        raise InputError(
            f"There is no experiment '{name}'; there are: {', '.join(sorted(EXPERIMENTS))}."
        )
    if name in WITHOUT_PATCHES and patches is not None:
        raise InputError(f"The experiment '{name}' makes its own data; give it no patch set.")
    if name not in WITHOUT_PATCHES and patches is None:
        raise InputError("The plan is carried out on a patch set; give one.")
    recipe, function = (_named(target) for target in EXPERIMENTS[name])
    checked = recipe.build(plan, "The plan")
    given = {} if patches is None else {"patches": patches}
    report: Path = function(plan=checked, out=out, progress=progress, **given)
    return _write_page(report)


def find_plan(name: str) -> dict[str, Any]:
    """Return the values of a plan: a TOML file, or one that comes along, as nss/hadamard.

    Raises
    ------
    InputError
        Naming the plans there are.
    """
    path = Path(name)
    if path.suffix == ".toml":
        return read_toml(path)
    known = known_plans()
    if name not in known:
        raise InputError(
            f"There is no plan '{name}'; give a TOML file, or one of: {', '.join(known)}."
        )
    return read_toml(known[name])


def known_plans() -> dict[str, Path]:
    """Return the plans that come along: name -> file, those of `recipes/` with an `experiment`."""
    folder = resources_folder() / "recipes"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*.toml"))
        if "experiment" in read_toml(path)
    }


def _named(target: str) -> Any:  # noqa: ANN401 - of learn
    module, _, name = target.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"Nothing can be trained here: the package '{error.name}' is missing. "
            "Install satstudio[learn]."
        ) from error


def _write_page(file: Path) -> Path:
    """Write report.html of a report.json; its pictures lie beside it."""
    page = json.loads(file.read_text("utf-8"))["report"]
    for section in page["sections"]:
        for picture in section.get("pictures", ()):
            picture["path"] = file.parent / picture["path"]
    page["footer"] = f"satstudio {VERSION}. This file needs nothing beside it."
    return write_report(Report.build(page, file.name), file.with_suffix(".html"))
