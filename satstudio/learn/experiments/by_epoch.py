"""run_by_epoch: what a generator makes of the same noise at the end of each epoch."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.learn.data import open_data
from satstudio.learn.experiments.epochs import steps_of_epoch, train_to
from satstudio.learn.published import Published, published_tables
from satstudio.learn.run_folder import RunFolder
from satstudio.learn.sweep_plan import SweepPlan, Trial
from satstudio.learn.sweep_rows import Row, Rows, open_folder, write_document
from satstudio.metrics.run_figures import figure_card
from satstudio.metrics.trials import Statistic, statistic_of
from satstudio.patches.store import PatchSet
from satstudio.pixels.fourier import visible_image
from satstudio.render.picture import grid_picture, patch_pictures, patch_style, save_png

RUNS = "runs"
LEAST_PX = 64
MOST_ROWS = 12
NEVER_S = 1e9
LOSSES = ("critic_loss", "generator_loss")
TEXT = (
    "One network for each seed; at the end of every epoch images are made of the same noise. "
    "A row of a picture is an epoch, a column one noise; the last row is of real images."
)


class EpochPlan(Recipe):
    """How long a training is followed, and what is drawn of it."""

    experiment: Literal["by_epoch"] = "by_epoch"
    title: str = Field("Images by epoch", title="Title of the report")
    text: str = Field(TEXT, title="What it is for")
    differs: tuple[str, ...] = Field((), title="What differs from the print")
    published: tuple[Published, ...] = Field((), title="Tables of the print")
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
        """Return a run a seed, each with a checked recipe of all steps."""
        steps = self.epochs * an_epoch
        rare = {"sample_every_s": NEVER_S, "samples": self.shown}
        base = {**self.base, **rare, "steps": steps}
        return SweepPlan.build({"base": base, "seeds": self.seeds}).trials()


FIXED = ("experiment", "base", "epoch_steps", "shown", "figures")


def run_by_epoch(plan: EpochPlan, patches: Path, out: Path, progress: Progress) -> Path:
    """Train a network a seed and look at it after each epoch; a stopped one goes on exactly.

    Returns
    -------
    Path
        report.json, beside rows.jsonl (a line an epoch and seed) and a picture a seed.
    """
    learnt = PatchSet.open(patches)
    batch = plan.trials(1)[0].recipe.batch
    an_epoch = plan.epoch_steps or steps_of_epoch(len(learnt.train), batch)
    trials = plan.trials(an_epoch)
    open_data(patches, trials[0].recipe)
    rows = open_folder(out, plan, FIXED)
    for number, trial in enumerate(trials):
        part = progress.part(number / len(trials), (number + 1) / len(trials))
        _follow(plan, trial, an_epoch, (patches, out), rows, part)
        _draw(plan, trial, an_epoch, learnt, out)
    found = [row for row in rows.all if row["seed"] in plan.seeds and row["epoch"] <= plan.epochs]
    page = _page(plan, found, trials, an_epoch, out)
    page["facts"] = {"Patch set": patches.name, **page["facts"]}
    return write_document(out, "by_epoch", page, rows=found, trained_on_sha256=learnt.sha256)


def _follow(
    plan: EpochPlan,
    trial: Trial,
    an_epoch: int,
    folders: tuple[Path, Path],
    rows: Rows,
    progress: Progress,
) -> None:
    patches, out = folders
    run = out / RUNS / trial.key
    for epoch in range(1, plan.epochs + 1):
        key = f"{trial.key}-epoch{epoch}"
        if rows.find(key) is not None:
            continue
        part = progress.part((epoch - 1) / plan.epochs, epoch / plan.epochs)
        part.report(0.0, f"Seed {trial.seed}, epoch {epoch}")
        seen = train_to(epoch * an_epoch, patches, trial.recipe, run, part)
        row = {
            "key": key,
            "row": f"epoch {epoch}",
            "seed": trial.seed,
            "epoch": epoch,
            "step": seen["step"],
            "figures": {name: seen.get(name) for name in plan.figures},
            "n": seen.get("n"),
            "patches": str(patches),
        }
        rows.add(row)
        progress.announce("row", **row)


def _chosen(epochs: int) -> list[int]:
    """Return at most twelve epochs, the first and the last among them."""
    count = min(epochs, MOST_ROWS)
    return sorted({round(place) for place in np.geomspace(1, epochs, count)})


def _draw(plan: EpochPlan, trial: Trial, an_epoch: int, learnt: PatchSet, out: Path) -> None:
    """Draw a row an epoch, all under the style of real patches, which stand below."""
    folder = out / RUNS / trial.key / "samples"
    real = learnt.train[np.arange(min(plan.shown, len(learnt.train)))][:, 0]
    names = [f"epoch {epoch}" for epoch in _chosen(plan.epochs)]
    made = [
        np.load(folder / f"step-{epoch * an_epoch:09d}.npy", allow_pickle=False)[: plan.shown, 0]
        for epoch in _chosen(plan.epochs)
    ]
    sets = [*made, real]
    if learnt.manifest.domain == "fourier":
        sets = [visible_image(one) for one in sets]
    side = min(one.shape[-1] for one in sets)
    sets = [one[:, :side, :side] for one in sets]
    style = patch_style(sets[-1])
    pictures = [picture for one in sets for picture in patch_pictures(one, style, LEAST_PX)]
    titles = [text for name in [*names, "real"] for text in (name, *[""] * (plan.shown - 1))]
    save_png(grid_picture(pictures, plan.shown, titles=titles), out / _picture(trial))


def _picture(trial: Trial) -> str:
    return f"epochs-seed{trial.seed}.png"


def _page(
    plan: EpochPlan, rows: list[Row], trials: tuple[Trial, ...], an_epoch: int, out: Path
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
    recipe = trials[0].recipe
    facts = {
        "Method": recipe.method,
        "Preset": recipe.preset or "",
        "Epoch": f"{an_epoch} steps of {recipe.batch} images",
        "Seeds": ", ".join(map(str, plan.seeds)),
    }
    section = {
        "title": "The same noise, epoch by epoch",
        "text": plan.text,
        "pictures": pictures,
        "curves": [_losses(out / RUNS / trials[0].key, an_epoch), *_curves(found, epochs)],
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
    lines = RunFolder(run).log_lines()
    return {
        "title": f"Losses of {run.name}; an epoch has {an_epoch} steps",
        "x_label": "step",
        "x": [line["step"] for line in lines],
        "lines": {name: [line.get(name) for line in lines] for name in LOSSES},
    }
