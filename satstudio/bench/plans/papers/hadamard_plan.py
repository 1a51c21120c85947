"""Hadamard: which spaces lose the variation of high frequencies, and which keep it."""

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from satstudio.bench.plans.document import Document
from satstudio.bench.plans.failures import failure_remarks, whole
from satstudio.bench.plans.task import Launch, Place, Row, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.files.old_keys import new_plan
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe

REAL_STD = 3.0**-0.5
"""Of coefficients uniform in -1..1, as real images have them."""

NAMES: dict[str, str] = {
    "none": "GAN",
    "scale": "scale-space",
    "noise": "noise-space",
    "noisy_scale": "noisy scale-space",
}
TEXT = (
    "Images are sums of eight stripe patterns of 8 x 8 pixels with independent coefficients, "
    "uniform in -1..1. Small networks learn to make such images while their critics see them in a "
    "space. A space does harm where the coefficients of the four finest patterns vary less."
)
DEFINITIONS = (
    f"Std: standard deviation of each of the four finest coefficients over 4000 generated "
    f"images, their mean; {REAL_STD:.3f} in real ones.",
    "W1: mean distance of the sorted coefficients from uniform ones, over all eight patterns.",
)
DIFFERS = (
    "The paper says neither the network nor batch and sigma; here both networks are fully "
    "connected, and sigma is fitted so that the images' variance is kept.",
    "The paper applies the space to all images. In that form both spaces lose the high "
    "frequencies: what was blurred eight times is only hidden further by noise. With half of each "
    "batch in the space, as in the paper's main experiments, noise makes the difference.",
)


class Case(Recipe):
    """A space, and the share of each batch that is taken into it."""

    space: str
    share: float = Field(0.5, ge=0, le=1)

    @property
    def name(self) -> str:
        """What the case is called in tables."""
        called = NAMES.get(self.space, self.space)
        if self.space == "none":
            return called
        part = {0.5: "half", 1.0: "all"}.get(self.share, f"{self.share:.0%}")
        return f"{called}, {part} of the batch"


CASES = (
    Case(space="none"),
    Case(space="scale"),
    Case(space="noise"),
    Case(space="noisy_scale"),
    Case(space="scale", share=1.0),
    Case(space="noisy_scale", share=1.0),
)


class HadamardPlan(Recipe):
    """Which spaces are compared, and how the networks are taught."""

    experiment: Literal["hadamard"] = "hadamard"
    title: str = "Hadamard bases: who keeps the high frequencies"
    cases: tuple[Case, ...] = Field(CASES, min_length=1)
    seeds: int = Field(8, ge=2, le=64, title="Networks a case, all taught at once")
    steps: int = Field(1500, ge=1, title="Steps")
    initial_time: float = Field(8.0, ge=0, le=4096, title="Time T")
    schedule: str = "constant"
    sigma: float | None = Field(None, ge=0, description="none: fitted to the images' variance")
    batch: int = Field(96, ge=2, le=4096)
    latent: int = Field(16, ge=1, le=1024)
    hidden: int = Field(96, ge=1, le=4096)
    lr: float = Field(1e-3, gt=0, le=1)
    beta1: float = Field(0.5, ge=0, lt=1)
    seed: int = Field(0, ge=0, lt=2**31)

    @model_validator(mode="before")
    @classmethod
    def _with_new_keys(cls, values: Any) -> Any:  # noqa: ANN401 - whatever is to be checked
        return new_plan(values) if isinstance(values, Mapping) else values

    def setting(self, case: Case) -> dict[str, Any]:
        """Return how the networks of a case are taught, as plain values."""
        shared = self.model_dump(exclude={"experiment", "title", "cases"})
        return {"space": case.space, "share": case.share, **shared}


class Hadamard(PlanWork):
    """Networks of every case, taught at once; a row and a picture a case."""

    fixed: ClassVar[tuple[str, ...]] = tuple(
        [name for name in HadamardPlan.model_fields if name not in ("title", "cases")]
    )
    plan: HadamardPlan

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        super().__init__(values, place)
        self.plan = HadamardPlan.build(values, "The plan")

    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return a task a case."""
        settings = [self.plan.setting(case) for case in self.plan.cases]
        launch(Task("check_hadamard", {"settings": settings}), progress)
        return tuple([self._task(case) for case in self.plan.cases])

    def document(self, rows: Sequence[Row]) -> Document:
        """Return what the generators of each case kept."""
        known = {row["key"]: row for row in rows}
        asked = [known[case.name] for case in self.plan.cases if case.name in known]
        found = whole(asked)
        page = _page(self.plan, found)
        page["sections"][0]["remarks"] += failure_remarks(asked)
        return Document("hadamard", page, {"rows": found})

    def _task(self, case: Case) -> Task:
        picture = f"samples-{case.space}-{round(100 * case.share)}.png"
        row = {
            "key": case.name,
            "space": case.space,
            "share": case.share,
            "seeds": self.plan.seeds,
            "picture": picture,
        }
        arguments = {
            "setting": self.plan.setting(case),
            "picture": str(Path(self.place.out, picture)),
        }
        return Task("hadamard_case", arguments, row, name=case.name)


def _page(plan: HadamardPlan, rows: list[Row]) -> dict[str, Any]:
    section = {
        "title": "What was found",
        "text": TEXT,
        "tables": [
            {
                "title": f"Mean and standard deviation over n = {plan.seeds} networks",
                "head": ["Space", "Std, high", "Std, low", "W1", "sigma"],
                "rows": [_cells(row) for row in rows],
                "is_numeric": True,
            }
        ],
        "curves": [_curve(rows)],
        "pictures": [
            {"path": row["picture"], "caption": row["key"], "pixelated": True} for row in rows
        ],
        "remarks": [*DEFINITIONS, *_tests(rows), *DIFFERS],
    }
    facts = {
        "Networks a case": str(plan.seeds),
        "Steps": str(plan.steps),
        "Time": f"T = {plan.initial_time:g}, {plan.schedule}",
        "Optimiser": f"Adam {plan.lr:g} ({plan.beta1:g}, 0.999), batch {plan.batch}",
    }
    return {"title": plan.title, "facts": facts, "sections": [section]}


def _cells(row: Row) -> list[str]:
    last = row["looks"][-1]
    figures = [_mean_and_std(last[name]) for name in ("high_std", "low_std", "distance")]
    return [row["key"], *figures, f"{row['sigma']:.3g}"]


def _mean_and_std(values: list[float]) -> str:
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"


def _curve(rows: list[Row]) -> dict[str, Any]:
    """Return the standard deviation over the steps, of each case and of real images."""
    steps = [look["step"] for look in rows[0]["looks"]]
    lines = {
        row["key"]: [statistics.mean(look["high_std"]) for look in row["looks"]] for row in rows
    }
    return {
        "title": "Standard deviation of the four finest coefficients",
        "x_label": "step",
        "x": steps,
        "lines": {**lines, "real": [REAL_STD] * len(steps)},
    }


def _tests(rows: list[Row]) -> list[str]:
    """Return Welch's t of scale-space against noisy scale-space, for each share of both."""
    last = {(row["space"], row["share"]): tuple(row["looks"][-1]["high_std"]) for row in rows}
    pairs = [
        (share, values, last["noisy_scale", share])
        for (space, share), values in last.items()
        if space == "scale" and ("noisy_scale", share) in last
    ]
    return [
        f"Standard deviation of noisy scale-space against scale-space, {share:.0%} of the batch: "
        f"Welch's t = {welch_t(one, other):.1f} (n = {len(one)} and {len(other)})."
        for share, one, other in pairs
    ]


def welch_t(first: Sequence[float], second: Sequence[float]) -> float:
    """Return Welch's t of two samples: difference of the means over its standard error."""
    error = math.sqrt(
        statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    )
    gap = statistics.mean(second) - statistics.mean(first)
    return gap / error if error else math.copysign(math.inf, gap)
