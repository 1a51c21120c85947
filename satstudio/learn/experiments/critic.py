"""run_critic: how far a critic tells real from made images at a fixed time, epoch by epoch."""

import statistics
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.learn.batches import Batches, as_tensor
from satstudio.learn.checkpoint import newest_checkpoint
from satstudio.learn.data import TrainingData, open_data
from satstudio.learn.experiments.epochs import steps_of_epoch, train_to
from satstudio.learn.method import Generator
from satstudio.learn.published import Published, published_tables
from satstudio.learn.setup import set_up
from satstudio.learn.spaces import SpaceKind, spectral
from satstudio.learn.sweep_plan import SweepPlan, Trial
from satstudio.learn.sweep_rows import Row, Rows, open_folder, write_document
from satstudio.metrics.trials import statistic_of

RUNS = "runs"
PERCENTILES = {5: ":", 25: "--", 50: "-", 75: "--", 95: ":"}
"""Of the scores, with the dash of their lines."""

NEVER_S = 1e9
SEEN_STREAM = 0x637269
NAMES = {"real": "D(real)", "made": "D(made)"}
TEXT = (
    "Networks learn at a time t that stays the same, on whole batches in the space. After each "
    "epoch the critic, as it is while it learns, scores images that it learns from and as many "
    "made ones, both in the space. D is the sigmoid of the score: the share of its belief that an "
    "image is real. Where both are near 0.5 it cannot tell them apart, and the generator is told "
    "little but steadily; where they part, its slope fades."
)
DEFINITION = (
    "Percentiles: of D over the images of all seeds together. Distance from 0.5: mean over images "
    "of |D - 0.5|, of real and made ones; its standard deviation is that over the seeds."
)


@runtime_checkable
class Judging(Generator, Protocol):
    """A generator that learns against a critic.

    Attributes
    ----------
    critic : images (n, channels, rows, cols) in the space to one score each
    sigma : standard deviation of the noise of one step
    """

    critic: nn.Module
    sigma: float


class CriticPlan(Recipe):
    """At which times critics are watched, and for how long."""

    experiment: Literal["critic"] = "critic"
    title: str = Field("Scores of the critic at fixed times", title="Title of the report")
    text: str = Field(TEXT, title="What it is for")
    differs: tuple[str, ...] = Field((), title="What differs from the print")
    published: tuple[Published, ...] = Field((), title="Tables of the print")
    base: dict[str, Any] = Field(
        default_factory=dict, title="Training recipe", description="Without steps, seed and space"
    )
    space: SpaceKind = Field("noisy_scale", title="Space")
    times: tuple[float, ...] = Field((0, 8, 64, 256), min_length=1, title="Times t")
    epochs: int = Field(4, ge=1, le=10_000, title="Epochs")
    epoch_steps: int | None = Field(
        None, ge=1, title="Steps of an epoch", description="Empty: each image is shown once"
    )
    images: int = Field(256, ge=2, le=4096, title="Images that are scored, of each kind")
    seeds: tuple[int, ...] = Field((0, 1, 2), min_length=1, title="Seeds", description="Trials")

    def trials(self, an_epoch: int) -> tuple[Trial, ...]:
        """Return a run a time and seed, each with a checked recipe of all steps."""
        base = {
            **self.base,
            "steps": self.epochs * an_epoch,
            "sample_every_s": NEVER_S,
            "space": self.space,
            "schedule": "constant",
            "share": 1.0,
        }
        grid = {"longest": self.times}
        return SweepPlan.build({"base": base, "grid": grid, "seeds": self.seeds}).trials()


FIXED = ("experiment", "base", "space", "epoch_steps", "images")


def run_critic(plan: CriticPlan, patches: Path, out: Path, progress: Progress) -> Path:
    """Train networks at each time and score images after each epoch.

    Returns
    -------
    Path
        report.json, beside rows.jsonl with `time`, `seed`, `epoch` and the scores `real` and
        `made` of each.
    """
    recipe = plan.trials(1)[0].recipe
    data = open_data(patches, recipe)
    an_epoch = plan.epoch_steps or steps_of_epoch(len(data.train), recipe.batch)
    trials = plan.trials(an_epoch)
    rows = open_folder(out, plan, FIXED)
    for number, trial in enumerate(trials):
        part = progress.part(number / len(trials), (number + 1) / len(trials))
        _follow(plan, trial, an_epoch, (data, out), rows, part)
    found = [
        row
        for row in rows.all
        if row["seed"] in plan.seeds and row["time"] in plan.times and row["epoch"] <= plan.epochs
    ]
    page = _page(plan, found, an_epoch, recipe.batch)
    page["facts"] = {"Patch set": data.path.name, **page["facts"]}
    return write_document(out, "critic", page, rows=found, trained_on_sha256=data.sha256)


def scores_of(
    method: Judging, data: TrainingData, seeds: range, space: SpaceKind, time: float
) -> tuple[Tensor, Tensor]:
    """Return D of real and of made images, each (n), in a space at a time.

    The critic is as it is while it learns: its batch norms see real and made images apart.
    """
    device = next(method.critic.parameters()).device
    batches = Batches(data.lessons, data.scaling, len(seeds), method.size_px, seeds.start, device)
    random = torch.Generator().manual_seed(SEEN_STREAM + seeds.start)
    found = []
    for seen in (batches.at(1), as_tensor(method.generate(seeds), device)):
        if time > 0 and space != "none":
            seen = spectral(seen, time, space, method.sigma, random)  # noqa: PLW2901 - in the space
        with torch.no_grad():
            found.append(torch.sigmoid(method.critic.train()(seen).flatten()).cpu())
    return found[0], found[1]


def _follow(
    plan: CriticPlan,
    trial: Trial,
    an_epoch: int,
    where: tuple[TrainingData, Path],
    rows: Rows,
    progress: Progress,
) -> None:
    data, out = where
    run, time = out / RUNS / trial.key, float(trial.values["longest"])
    for epoch in range(1, plan.epochs + 1):
        key = f"{trial.key}-epoch{epoch}"
        if rows.find(key) is not None:
            continue
        part = progress.part((epoch - 1) / plan.epochs, epoch / plan.epochs)
        part.report(0.0, f"t {time:g}, seed {trial.seed}, epoch {epoch}")
        train_to(epoch * an_epoch, data.path, trial.recipe, run, part)
        method = _restored(data, trial, run)
        seeds = range(trial.seed * plan.images, (trial.seed + 1) * plan.images)
        real, made = scores_of(method, data, seeds, plan.space, time)
        row = {
            "key": key,
            "row": f"t {time:g}, epoch {epoch}",
            "time": time,
            "seed": trial.seed,
            "epoch": epoch,
            "step": epoch * an_epoch,
            "sigma": method.sigma,
            "patches": str(data.path),
            "real": [round(float(value), 5) for value in real],
            "made": [round(float(value), 5) for value in made],
        }
        rows.add(row)
        progress.announce("row", **{key: row[key] for key in row if key not in NAMES})


def _restored(data: TrainingData, trial: Trial, run: Path) -> Judging:
    """Return the networks of a run as its newest checkpoint has them."""
    method = set_up(data, trial.recipe).method
    found = newest_checkpoint(run / "checkpoints")
    if not isinstance(method, Judging) or found is None:
        raise RunError(
            f"'{trial.recipe.method}' has no critic whose scores could be watched; take a method "
            "that makes images of noise."
        )
    method.load_state(found.tensors)
    return method


def _page(plan: CriticPlan, rows: list[Row], an_epoch: int, batch: int) -> dict[str, Any]:
    section = {
        "title": "D of real and made images",
        "text": plan.text,
        "curves": [_curve(rows, time) for time in plan.times],
        "tables": [_table(plan, rows), *published_tables(plan.published)],
        "remarks": [DEFINITION, *plan.differs],
    }
    facts = {
        "Method": str(plan.base.get("method", "")),
        "Space": plan.space,
        "Epoch": f"{an_epoch} steps of {batch} images",
        "Images scored": f"{plan.images} of each kind, {len(plan.seeds)} seeds",
    }
    return {"title": plan.title, "facts": facts, "sections": [section]}


def _curve(rows: list[Row], time: float) -> dict[str, Any]:
    epochs = sorted({row["epoch"] for row in rows})
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
    for time in plan.times:
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


def distance(row: Row) -> float:
    """Return the mean of |D - 0.5| over the images of a row."""
    return float(np.mean(np.abs(np.array([*row["real"], *row["made"]]) - 0.5)))


def _together(rows: list[Row], time: float, epoch: int, kind: str) -> list[float]:
    return [
        value
        for row in rows
        if row["time"] == time and row["epoch"] == epoch
        for value in row[kind]
    ]
