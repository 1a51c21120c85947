"""KINDS, make_work, check_values: what a plan's `experiment` may be."""

import importlib
from pathlib import Path
from typing import Any

from satstudio.bench.plans.task import Place
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import InputError

TRAINING = "training"
"""What a plan is that says nothing."""

BENCHMARK, TRANSLATION = "benchmark", "translation"

KINDS = {
    TRAINING: "satstudio.bench.plans.sweeps.sweep_work:Sweep",
    "hadamard": "satstudio.bench.plans.papers.hadamard_plan:Hadamard",
    "by_epoch": "satstudio.bench.plans.papers.by_epoch_plan:ByEpoch",
    "critic": "satstudio.bench.plans.papers.critic_plan:CriticScores",
    "variance": "satstudio.bench.plans.papers.variance_plan:Variance",
    TRANSLATION: "satstudio.bench.plans.papers.translation_work:Translations",
    BENCHMARK: "satstudio.bench.plans.benchmark.benchmark:Benchmark",
}
"""Name -> module:class; imported where a plan is carried out, as lists need the names alone."""

WITHOUT_PATCHES = ("hadamard", BENCHMARK)
"""Kinds that make or name their own data."""


def kind_of(values: dict[str, Any]) -> str:
    """Return the kind of a plan.

    Raises
    ------
    InputError
        Naming the kinds there are.
    """
    name = str(values.get("experiment", TRAINING))
    if name not in KINDS:
        raise InputError(f"There is no experiment '{name}'; there are: {', '.join(sorted(KINDS))}.")
    return name


def make_work(values: dict[str, Any], place: Place) -> PlanWork:
    """Return the plan in its folder, checked as far as that goes without a worker.

    Raises
    ------
    InputError
        If the plan cannot work, or wants a patch set and has none, or the other way round.
    """
    name = kind_of(values)
    if name in WITHOUT_PATCHES and place.patches is not None:
        own = "names" if name == BENCHMARK else "makes"
        raise InputError(f"The experiment '{name}' {own} its own data; give it no patch set.")
    if name not in WITHOUT_PATCHES and place.patches is None:
        raise InputError("The plan is carried out on a patch set; give one.")
    return _made(name, values, place)


def check_values(values: dict[str, Any]) -> None:
    """Check what a plan says by itself, whatever patches it is carried out on.

    Raises
    ------
    InputError
        If it cannot work.
    """
    _made(kind_of(values), values, Place(Path()))


def _made(name: str, values: dict[str, Any], place: Place) -> PlanWork:
    module, _, kind = KINDS[name].partition(":")
    work: PlanWork = getattr(importlib.import_module(module), kind)(values, place)
    return work
