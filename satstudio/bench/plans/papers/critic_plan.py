"""CriticScores: how far critics tell real from generated images at fixed times, by epoch."""

import statistics
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from satstudio.bench.plans.document import Document
from satstudio.bench.plans.failures import failure_remarks, whole
from satstudio.bench.plans.papers.epochs_of import NEVER_S, Epoch, epoch_of
from satstudio.bench.plans.published import Published, published_tables
from satstudio.bench.plans.rows import run_of
from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan, Trial
from satstudio.bench.plans.task import Launch, Place, Row, Task
from satstudio.bench.plans.work import PlanWork
from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.metrics.trials import statistic_of

PERCENTILES = {5: ":", 25: "--", 50: "-", 75: "--", 95: ":"}
"""Of the scores, with the dash of their lines."""

NAMES = {"real": "D(real)", "generated": "D(generated)"}
TEXT = (
    "Networks learn at a time t that stays the same, on whole batches in the space. After each "
    "epoch the critic, as it is while it learns, scores images that it learns from and as many "
    "generated ones, both in the space. D is the sigmoid of the score: the share of its belief "
    "that an image is real. Where both are near 0.5 it cannot tell them apart, and the generator "
    "is told little but steadily; where they part, its gradient fades."
)
DEFINITION = (
    "Percentiles: of D over the images of all seeds together. Distance from 0.5: mean over images "
    "of |D - 0.5|, of real and generated ones; its standard deviation is that over the seeds."
)


class CriticPlan(Recipe):
    """At which times critics are watched, and for how long."""

    experiment: Literal["critic"] = "critic"
    title: str = Field("Scores of the critic at fixed times", title="Title of the report")
    text: str = Field(TEXT, title="What it is for")
    differs: tuple[str, ...] = Field((), title="What differs from the paper")
    published: tuple[Published, ...] = Field((), title="Tables of the paper")
    base: dict[str, Any] = Field(
        default_factory=dict, title="Training recipe", description="Without steps, seed and space"
    )
    space: str = Field("noisy_scale", title="Space")
    times: tuple[float, ...] = Field((0, 8, 64, 256), min_length=1, title="Times t")
    epochs: int = Field(4, ge=1, le=10_000, title="Epochs")
    epoch_steps: int | None = Field(
        None, ge=1, title="Steps of an epoch", description="Empty: each image is shown once"
    )
    images: int = Field(256, ge=2, le=4096, title="Images that are scored, of each kind")
    seeds: tuple[int, ...] = Field((0, 1, 2), min_length=1, title="Seeds", description="Trials")

    def trials(self, an_epoch: int) -> tuple[Trial, ...]:
        """Return a run a time and seed, each with the recipe of all its steps."""
        base = {
            **self.base,
            "steps": self.epochs * an_epoch,
            "sample_every_s": NEVER_S,
            "space": self.space,
            "schedule": "constant",
            "share": 1.0,
        }
        grid = {"initial_time": self.times}
        return SweepPlan.build({"base": base, "grid": grid, "seeds": self.seeds}).trials()


class CriticScores(PlanWork):
    """Networks that learn at each time; a row a time, seed and epoch.

    Each row has `time`, `seed`, `epoch` and the scores `real` and `generated`.
    """

    fixed: ClassVar[tuple[str, ...]] = ("experiment", "base", "space", "epoch_steps", "images")
    plan: CriticPlan

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        super().__init__(values, place)
        self.plan = CriticPlan.build(values, "The plan")
        self._epoch: Epoch | None = None

    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return a task a time, seed and epoch; a seed's epochs follow each other."""
        plan = self.plan
        epoch = epoch_of(plan.trials(1), self.place.patches, plan.epoch_steps, launch, progress)
        self._epoch = epoch
        return tuple(
            [
                self._task(trial, number, epoch)
                for trial in plan.trials(epoch.steps)
                for number in range(1, plan.epochs + 1)
            ]
        )

    def told(self, row: Row) -> Row:
        """Return a row without its many scores."""
        return {key: row[key] for key in row if key not in NAMES}

    def document(self, rows: Sequence[Row]) -> Document:
        """Return percentiles of the scores over the epochs."""
        plan, epoch = self.plan, self._epoch
        if epoch is None:
            raise RunError("The tasks of the plan are not known yet.")
        asked = [
            row
            for row in rows
            if row["seed"] in plan.seeds
            and row["time"] in plan.times
            and row["epoch"] <= plan.epochs
        ]
        found = whole(asked)
        page = _page(plan, found, epoch)
        page["sections"][0]["remarks"] += failure_remarks(asked)
        facts = {"rows": found, "trained_on_sha256": epoch.learnt.sha256}
        return Document("critic", page, facts)

    def _task(self, trial: Trial, number: int, epoch: Epoch) -> Task:
        plan, time = self.plan, float(trial.values["initial_time"])
        patches, step = str(self.place.patches), number * epoch.steps
        row = {
            "key": f"{trial.key}-epoch{number}",
            "row": f"t {time:g}, epoch {number}",
            "time": time,
            "seed": trial.seed,
            "epoch": number,
            "step": step,
            "patches": patches,
        }
        arguments = {
            "patches": patches,
            "recipe": trial.recipe,
            "folder": str(run_of(self.place.out, trial.key)),
            "step": step,
            "looked_at": {
                "space": plan.space,
                "time": time,
                "first_seed": trial.seed * plan.images,
                "images": plan.images,
            },
        }
        name = f"t {time:g}, seed {trial.seed}, epoch {number}"
        return Task("score_critic", arguments, row, name=name)


def _page(plan: CriticPlan, rows: list[Row], epoch: Epoch) -> dict[str, Any]:
    section = {
        "title": "D of real and generated images",
        "text": plan.text,
        "curves": [_curve(rows, time) for time in _times(plan, rows)],
        "tables": [_table(plan, rows), *published_tables(plan.published)],
        "remarks": [DEFINITION, *plan.differs],
    }
    facts = {
        "Patch set": epoch.learnt.path.name,
        "Method": str(plan.base.get("method", "")),
        "Space": plan.space,
        "Epoch": f"{epoch.steps} steps of {epoch.batch} images",
        "Images scored": f"{plan.images} of each kind, {len(plan.seeds)} seeds",
    }
    return {"title": plan.title, "facts": facts, "sections": [section]}


def _curve(rows: list[Row], time: float) -> dict[str, Any]:
    epochs = sorted({row["epoch"] for row in rows if row["time"] == time})
    lines, looks = {}, {}
    for colour, (kind, name) in enumerate(NAMES.items()):
        together = (_together(rows, time, epoch, kind) for epoch in epochs)
        found = np.array([np.percentile(values, list(PERCENTILES)) for values in together])
        for line, (percent, dash) in zip(found.T.round(5), PERCENTILES.items(), strict=True):
            lines[f"{name}, {percent} %"] = line.tolist()
            looks[f"{name}, {percent} %"] = (colour, dash)
    title = f"t = {time:g}"
    return {"title": title, "x_label": "epoch", "x": epochs, "lines": lines, "looks": looks}


def _table(plan: CriticPlan, rows: list[Row]) -> dict[str, Any]:
    """Return the medians and the distance from 0.5 after the last epoch."""
    cells = []
    for time in _times(plan, rows, plan.epochs):
        last = [row for row in rows if row["time"] == time and row["epoch"] == plan.epochs]
        far = statistic_of([distance(row) for row in last])
        medians = (np.median(_together(rows, time, plan.epochs, kind)) for kind in NAMES)
        sigma = statistics.mean(row["sigma"] for row in last)
        text = far.text if far else ""
        cells.append([f"{time:g}", *(f"{one:.3f}" for one in medians), text, f"{sigma:.3g}"])
    return {
        "title": f"After epoch {plan.epochs}, n = {len(plan.seeds)} networks a row",
        "head": ["t", *(f"Median of {name}" for name in NAMES.values()), "Distance from 0.5",
                 "sigma"],
        "rows": cells,
        "is_numeric": True,
    }  # fmt: skip


def _times(plan: CriticPlan, rows: list[Row], epoch: int | None = None) -> list[float]:
    """Return the times that have a row, of one epoch where it is given."""
    known = {row["time"] for row in rows if epoch in (None, row["epoch"])}
    return [time for time in plan.times if time in known]


def distance(row: Row) -> float:
    """Return the mean of |D - 0.5| over the images of a row."""
    return float(np.mean(np.abs(np.array([*row["real"], *row["generated"]]) - 0.5)))


def _together(rows: list[Row], time: float, epoch: int, kind: str) -> list[float]:
    return [
        value
        for row in rows
        if row["time"] == time and row["epoch"] == epoch
        for value in row[kind]
    ]
