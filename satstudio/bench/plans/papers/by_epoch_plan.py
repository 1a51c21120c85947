"""ByEpoch: what generators make of the same noise at the end of each epoch."""

from collections.abc import Sequence
from pathlib import Path
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
from satstudio.core.runs.run_log import log_lines
from satstudio.metrics.run_figures import figure_card
from satstudio.metrics.trials import Statistic, statistic_of
from satstudio.pixels.spectral.fourier import visible_image
from satstudio.render.picture import grid_picture, patch_pictures, patch_style, save_png

LEAST_PX = 64
MOST_ROWS = 12
LOSSES = ("critic_loss", "generator_loss")
TEXT = (
    "One network for each seed; at the end of every epoch images are generated from the same "
    "noise. A row of a picture is an epoch, a column one noise; the last row is of real images."
)


class EpochPlan(Recipe):
    """How long a training is followed, and what is drawn of it."""

    experiment: Literal["by_epoch"] = "by_epoch"
    title: str = Field("Images by epoch", title="Title of the report")
    text: str = Field(TEXT, title="What it is for")
    differs: tuple[str, ...] = Field((), title="What differs from the paper")
    published: tuple[Published, ...] = Field((), title="Tables of the paper")
    base: dict[str, Any] = Field(
        default_factory=dict, title="Training recipe", description="Without steps and seed"
    )
    epochs: int = Field(8, ge=1, le=10_000, title="Epochs")
    epoch_steps: int | None = Field(
        None, ge=1, title="Steps of an epoch", description="Empty: each image is shown once"
    )
    shown: int = Field(8, ge=1, le=64, title="Images in a row")
    seeds: tuple[int, ...] = Field((0, 1, 2), min_length=1, title="Seeds", description="Trials")
    figures: tuple[str, ...] = Field(
        ("ks_modulus", "spectrum_distance_db"), min_length=1, title="Figures"
    )

    def trials(self, an_epoch: int) -> tuple[Trial, ...]:
        """Return a run a seed, each with the recipe of all its steps."""
        steps = self.epochs * an_epoch
        rare = {"sample_every_s": NEVER_S, "samples": self.shown}
        base = {**self.base, **rare, "steps": steps}
        return SweepPlan.build({"base": base, "seeds": self.seeds}).trials()


class ByEpoch(PlanWork):
    """A network a seed that stands still after each epoch; a row an epoch and seed."""

    fixed: ClassVar[tuple[str, ...]] = ("experiment", "base", "epoch_steps", "shown", "figures")
    plan: EpochPlan

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        super().__init__(values, place)
        self.plan = EpochPlan.build(values, "The plan")
        self._epoch: Epoch | None = None

    @property
    def epoch(self) -> Epoch:
        """What an epoch is; known once the tasks are."""
        if self._epoch is None:
            raise RunError("The tasks of the plan are not known yet.")
        return self._epoch

    def tasks(self, launch: Launch, progress: Progress) -> tuple[Task, ...]:
        """Return a task a seed and epoch; a seed's epochs follow each other."""
        plan = self.plan
        self._epoch = epoch_of(
            plan.trials(1), self.place.patches, plan.epoch_steps, launch, progress
        )
        return tuple(
            [
                self._task(trial, epoch)
                for trial in plan.trials(self.epoch.steps)
                for epoch in range(1, plan.epochs + 1)
            ]
        )

    def document(self, rows: Sequence[Row]) -> Document:
        """Draw a picture a seed, and return means over the seeds, epoch by epoch."""
        plan, epoch, out = self.plan, self.epoch, self.place.out
        asked = [row for row in rows if row["seed"] in plan.seeds and row["epoch"] <= plan.epochs]
        found = whole(asked)
        trials = plan.trials(epoch.steps)
        drawn = [trial for trial in trials if _draw(plan, trial, epoch, out)]
        page = _page(plan, found, drawn, epoch, run_of(out, trials[0].key))
        page["sections"][0]["remarks"] += failure_remarks(asked)
        facts = {"rows": found, "trained_on_sha256": epoch.learnt.sha256}
        return Document("by_epoch", page, facts)

    def _task(self, trial: Trial, epoch: int) -> Task:
        patches = str(self.place.patches)
        row = {
            "key": f"{trial.key}-epoch{epoch}",
            "row": f"epoch {epoch}",
            "seed": trial.seed,
            "epoch": epoch,
            "step": epoch * self.epoch.steps,
            "patches": patches,
        }
        arguments = {
            "patches": patches,
            "recipe": trial.recipe,
            "folder": str(run_of(self.place.out, trial.key)),
            "step": row["step"],
            "figures": self.plan.figures,
        }
        blank = {"figures": dict.fromkeys(self.plan.figures), "n": None}
        return Task("follow_epoch", arguments, row, blank, f"Seed {trial.seed}, epoch {epoch}")


def _chosen(epochs: int) -> list[int]:
    """Return at most twelve epochs, the first and the last among them."""
    count = min(epochs, MOST_ROWS)
    return sorted({round(place) for place in np.geomspace(1, epochs, count)})


def _draw(plan: EpochPlan, trial: Trial, epoch: Epoch, out: Path) -> bool:
    """Draw a row an epoch, all under the style of real patches, which stand below.

    Epochs without images, as of a training that failed, are left out; False where none has any.
    """
    folder, learnt = run_of(out, trial.key) / "samples", epoch.learnt
    files = {
        f"epoch {number}": folder / f"step-{number * epoch.steps:09d}.npy"
        for number in _chosen(plan.epochs)
    }
    files = {name: file for name, file in files.items() if file.is_file()}
    if not files:
        return False
    real = learnt.train[np.arange(min(plan.shown, len(learnt.train)))][:, 0]
    names = list(files)
    made = [np.load(file, allow_pickle=False)[: plan.shown, 0] for file in files.values()]
    sets = [*made, real]
    if learnt.manifest.domain == "fourier":
        sets = [visible_image(one) for one in sets]
    side = min(one.shape[-1] for one in sets)
    sets = [one[:, :side, :side] for one in sets]
    style = patch_style(sets[-1])
    pictures = [picture for one in sets for picture in patch_pictures(one, style, LEAST_PX)]
    titles = [text for name in [*names, "real"] for text in (name, *[""] * (plan.shown - 1))]
    save_png(grid_picture(pictures, plan.shown, titles=titles), out / _picture(trial))
    return True


def _picture(trial: Trial) -> str:
    return f"epochs-seed{trial.seed}.png"


def _page(
    plan: EpochPlan, rows: list[Row], trials: list[Trial], epoch: Epoch, first_run: Path
) -> dict[str, Any]:
    epochs = list(range(1, plan.epochs + 1))
    found = {name: [_at(rows, name, epoch) for epoch in epochs] for name in plan.figures}
    table = {
        "title": f"Mean ± standard deviation over n = {len(plan.seeds)} networks",
        "head": ["Epoch", *(figure_card(name).heading for name in plan.figures)],
        "rows": [
            [str(epoch), *(_text(found[name][place]) for name in plan.figures)]
            for place, epoch in enumerate(epochs)
        ],
        "is_numeric": True,
    }
    pictures = [
        {"path": _picture(trial), "caption": f"Seed {trial.seed}", "pixelated": True}
        for trial in trials
    ]
    facts = {
        "Patch set": epoch.learnt.path.name,
        "Method": epoch.method,
        "Preset": str(plan.base.get("preset", "")),
        "Epoch": f"{epoch.steps} steps of {epoch.batch} images",
        "Seeds": ", ".join(map(str, plan.seeds)),
    }
    section = {
        "title": "The same noise, epoch by epoch",
        "text": plan.text,
        "pictures": pictures,
        "curves": [_losses(first_run, epoch.steps), *_curves(found, epochs)],
        "tables": [table, *published_tables(plan.published)],
        "remarks": [*(figure_card(name).definition for name in plan.figures), *plan.differs],
    }
    return {"title": plan.title, "facts": facts, "sections": [section]}


def _at(rows: list[Row], name: str, epoch: int) -> Statistic | None:
    values = [row["figures"][name] for row in rows if row["epoch"] == epoch]
    return statistic_of([float(value) for value in values if value is not None])


def _text(found: Statistic | None) -> str:
    return found.text if found else "none"


def _curves(found: dict[str, list[Statistic | None]], epochs: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "title": figure_card(name).heading,
            "x_label": "epoch",
            "x": epochs,
            "lines": {"mean": [one.mean if one else None for one in line]},
        }
        for name, line in found.items()
    ]


def _losses(run: Path, an_epoch: int) -> dict[str, Any]:
    """Return the losses of one run over its steps, as they were logged."""
    lines = log_lines(run)
    return {
        "title": f"Losses of {run.name}; an epoch has {an_epoch} steps",
        "x_label": "step",
        "x": [line["step"] for line in lines],
        "lines": {name: [line.get(name) for line in lines] for name in LOSSES},
    }
