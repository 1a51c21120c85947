"""list_plans, with_choices: the plans that come along, and what one changes in them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field

from satstudio.bench.plans.kinds import (
    BENCHMARK,
    KINDS,
    TRAINING,
    TRANSLATION,
    WITHOUT_PATCHES,
    check_values,
)
from satstudio.core.errors import InputError, RecipeError
from satstudio.core.recipe import Recipe, read_toml
from satstudio.jobs.sweep import known_plans, read_plan

TRIALS = "seeds"
NO_NETWORKS = "This plan takes no networks for FID and IS: it is no table of trainings."
Plan = dict[str, Any]


class PlanChoices(Recipe):
    """What is chosen anew each time that a plan is carried out."""

    seeds: int = Field(
        3,
        ge=1,
        le=64,
        title="Seeds",
        description="Trainings of each row, for mean and standard deviation",
    )
    steps: int | None = Field(
        None,
        ge=1,
        title="Steps",
        description="Of each training, and of what falls or rises over it; empty: as the plan says",
        json_schema_extra={"placeholder": "as the plan"},
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=256,
        title="Threads",
        description="Empty: 1 for small networks, else what the settings say",
        json_schema_extra={"placeholder": "as the settings"},
    )
    extractor: str | None = Field(
        None,
        title="Features for FID",
        description="ONNX file of a feature network, as 'features convert' makes it, or "
        "'handcrafted' or 'random': Fr\u00e9chet and kernel distance at the end of each run",
        json_schema_extra={"placeholder": "none", "file": "Feature networks (*.onnx)"},
    )
    classifier: str | None = Field(
        None,
        title="Classes for IS",
        description="ONNX file of a network of class logits or probabilities: the Inception Score "
        "at the end of each run",
        json_schema_extra={"placeholder": "none", "file": "Class networks (*.onnx)"},
    )
    images: int | None = Field(
        None,
        ge=50,
        le=50_000,
        title="Images for FID and IS",
        description="Generated ones, and held-out ones at most",
        json_schema_extra={"placeholder": "1000"},
    )

    @property
    def networks(self) -> Plan:
        """What is chosen for FID and IS."""
        known = {"extractor": self.extractor, "classifier": self.classifier, "images": self.images}
        return {key: value for key, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PlanInfo:
    """A plan as lists show it.

    Attributes
    ----------
    runs : trainings of each seed; 0 where nothing is trained
    takes_patches : whether it is carried out on a patch set, or makes its own data
    differs : what differs from the paper
    about : the first line of its file, which says where it comes from
    """

    name: str
    title: str
    text: str
    experiment: str
    values: Plan
    runs: int
    seeds: int
    takes_patches: bool
    differs: tuple[str, ...] = ()
    about: str = ""


def list_plans() -> tuple[PlanInfo, ...]:
    """Return the plans that come along."""
    return tuple(
        replace(describe_plan(name, read_toml(path)), about=_about(path))
        for name, path in known_plans().items()
    )


def open_plan(path: Path) -> PlanInfo:
    """Return a plan of the user's own.

    Raises
    ------
    InputError
        If the file is no plan, or says what cannot work.
    """
    values = read_plan(path)
    if not {"experiment", "base"} & values.keys():
        raise RecipeError(f"{path} is no plan of a sweep: it has neither 'experiment' nor 'base'.")
    try:
        check_values(values)
    except InputError as error:
        raise RecipeError(f"{path.name} cannot be carried out. {error}") from error
    return replace(describe_plan(path.stem, values), about=_about(path))


def describe_plan(name: str, values: Plan) -> PlanInfo:
    """Return what lists say of a plan, as far as its values tell that.

    Raises
    ------
    InputError
        If there is no such experiment, or its rows or seeds cannot be counted.
    """
    experiment = str(values.get("experiment", TRAINING))
    if experiment not in KINDS:
        raise InputError(f"{name} names an experiment that there is not: '{experiment}'.")
    try:
        runs, seeds = _runs(experiment, values), _count(values.get(TRIALS, 3))
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{name} does not say its rows or seeds as a plan does.") from error
    return PlanInfo(
        name=name,
        title=str(values.get("title", name)),
        text=_told(values.get("text", ""), values).strip(),
        experiment=experiment,
        values=values,
        runs=runs,
        seeds=seeds,
        takes_patches=experiment not in WITHOUT_PATCHES,
        differs=tuple([_told(text, values) for text in values.get("differs", ())]),
    )


def with_choices(info: PlanInfo, choices: PlanChoices) -> Plan:
    """Return the values of a plan with what was chosen.

    Raises
    ------
    InputError
        If networks for FID and IS are chosen for a plan that takes none.
    """
    if choices.networks and info.experiment != TRAINING:
        raise InputError(f"{NO_NETWORKS} Leave those fields empty.")
    plan = {**info.values, **choices.networks}
    if info.experiment in ("variance", BENCHMARK):
        return plan
    if info.experiment == "hadamard":
        steps = {} if choices.steps is None else {"steps": choices.steps}
        return {**plan, TRIALS: max(2, choices.seeds), **steps}
    plan[TRIALS] = _seeds(plan.get(TRIALS), choices.seeds)
    base = {**plan.get("base", {})}
    if choices.threads is not None:
        base["threads"] = choices.threads
    plan["base"] = base
    most = choices.steps
    return plan if most is None else plan | _with_steps(info.experiment, plan, most)


def _with_steps(experiment: str, plan: Plan, steps: int) -> Plan:
    """Return what so many steps of each training change in a plan."""
    if experiment == TRANSLATION:
        return {"rows": _in_proportion(plan.get("rows", ()), steps)}
    if experiment != TRAINING:
        return {"epoch_steps": max(1, steps // int(plan.get("epochs", 1)))}
    base = {**plan["base"], "steps": steps}
    if "anneal_steps" in base:
        base["anneal_steps"] = steps
    return {"base": base, "rows": [_shortened(row, steps) for row in plan.get("rows", ())]}


def _told(text: object, values: Plan) -> str:
    """Return a text that says `{steps}` with the steps of the plan; reports say those that ran."""
    base = values.get("base")
    steps = base.get("steps") if isinstance(base, Mapping) else None
    return str(text).replace("{steps}", "the" if steps is None else str(steps))


def _about(path: Path) -> str:
    line = path.read_text("utf-8").partition("\n")[0]
    return line.removeprefix("#").strip() if line.startswith("#") else ""


def _shortened(row: Mapping[str, Any], steps: int) -> Plan:
    return {**row, "anneal_steps": steps} if "anneal_steps" in row else {**row}


def _in_proportion(rows: Sequence[Mapping[str, Any]], most: int) -> list[Plan]:
    """Return rows of which the longest has so many steps; others, as those continued, fewer."""
    longest = max((int(row["steps"]) for row in rows if "steps" in row), default=most)
    return [
        {**row, "steps": max(1, round(int(row["steps"]) * most / longest))}
        if "steps" in row
        else {**row}
        for row in rows
    ]


def _seeds(known: object, count: int) -> list[int]:
    """Return the plan's own seeds, the first of them, or more after them."""
    own = [int(seed) for seed in known] if isinstance(known, list) else []
    more = (seed for seed in range(count + len(own)) if seed not in own)
    return [*own, *more][:count]


def _runs(experiment: str, values: Plan) -> int:
    if experiment == TRAINING:
        grid = values.get("grid", {})
        return max(1, len(values.get("rows", ()))) * math.prod(map(len, grid.values()))
    if experiment == TRANSLATION:
        return len(values["rows"])
    if experiment == "hadamard":
        return len(values.get("cases", ())) or 1
    if experiment == "critic":
        return len(values.get("times", ())) or 1
    if experiment == BENCHMARK:
        return len(values.get("sets", ())) * len(values.get("models", ()))
    return 0 if experiment == "variance" else 1


def _count(seeds: object) -> int:
    return len(seeds) if isinstance(seeds, list) else int(str(seeds))
