"""run_hadamard: which spaces lose the spread of high frequencies, and which keep it."""

import statistics
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field

from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.learn.device import choose_threads
from satstudio.learn.experiments.hadamard_gan import (
    REAL_STD,
    SIDE,
    Setting,
    real_images,
    teach,
    welch_t,
)
from satstudio.learn.spaces import Schedule, SpaceKind
from satstudio.learn.sweep_rows import Row, open_folder, write_document
from satstudio.render.picture import real_beside_generated, save_png

NAMES: dict[SpaceKind, str] = {
    "none": "GAN",
    "scale": "scale-space",
    "noise": "noise-space",
    "noisy_scale": "noisy scale-space",
}
TEXT = (
    "Images are sums of eight stripe patterns of 8 x 8 pixels with independent coefficients, "
    "uniform in -1..1. Small networks learn to make such images while their critics see them in a "
    "space. A space does harm where the coefficients of the four finest patterns lose their spread."
)
DEFINITIONS = (
    f"Spread: standard deviation of each of the four finest coefficients over 4000 generated "
    f"images, their mean; {REAL_STD:.3f} in real ones.",
    "W1: mean distance of the sorted coefficients from uniform ones, over all eight patterns.",
)
DIFFERS = (
    "The print says neither the network nor batch and sigma; here both networks are fully "
    "connected, and sigma is fitted so that the images' variance is kept.",
    "The print applies the space to all images. In that form both spaces lose the high "
    "frequencies: what was blurred eight times is only hidden further by noise. With half of each "
    "batch in the space, as in the paper's main experiments, noise makes the difference.",
)


SAMPLE_PX = 40


class Case(Recipe):
    """A space, and the share of each batch that is taken into it."""

    space: SpaceKind
    share: float = Field(0.5, ge=0, le=1)

    @property
    def name(self) -> str:
        """What the case is called in tables."""
        if self.space == "none":
            return NAMES[self.space]
        part = {0.5: "half", 1.0: "all"}.get(self.share, f"{self.share:.0%}")
        return f"{NAMES[self.space]}, {part} of the batch"


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
    longest: float = Field(8.0, ge=0, le=4096, title="Time T")
    schedule: Schedule = "constant"
    sigma: float | None = Field(None, ge=0, description="none: fitted to the images' variance")
    batch: int = Field(96, ge=2, le=4096)
    latent: int = Field(16, ge=1, le=1024)
    hidden: int = Field(96, ge=1, le=4096)
    lr: float = Field(1e-3, gt=0, le=1)
    beta1: float = Field(0.5, ge=0, lt=1)
    seed: int = Field(0, ge=0, lt=2**31)

    def setting(self, case: Case) -> Setting:
        """Return how the networks of a case are taught."""
        shared = self.model_dump(exclude={"experiment", "title", "cases"})
        return Setting(space=case.space, share=case.share, **shared)


FIXED = tuple(name for name in HadamardPlan.model_fields if name not in ("title", "cases"))


def run_hadamard(plan: HadamardPlan, out: Path, progress: Progress) -> Path:
    """Teach the networks of every case; finished cases of an earlier sitting are kept.

    Returns
    -------
    Path
        report.json, beside rows.jsonl and a picture of each case.
    """
    rows = open_folder(out, plan, FIXED)
    choose_threads(None, 0)
    for number, case in enumerate(plan.cases):
        if rows.find(case.name) is None:
            part = progress.part(number / len(plan.cases), (number + 1) / len(plan.cases))
            part.report(0.0, case.name)
            made = _run_case(plan, case, out, part)
            rows.add(made)
            progress.announce("row", **made)
    found = [row for case in plan.cases if (row := rows.find(case.name))]
    return write_document(out, "hadamard", _page(plan, found), rows=found)


def _run_case(plan: HadamardPlan, case: Case, out: Path, progress: Progress) -> Row:
    lesson = teach(plan.setting(case), progress)
    name = f"samples-{case.space}-{round(100 * case.share)}.png"
    random = torch.Generator().manual_seed(plan.seed)
    real = real_images(1, len(lesson.images), random).reshape(-1, SIDE, SIDE)
    shown = real_beside_generated(np.asarray(real), np.asarray(lesson.images), least_px=SAMPLE_PX)
    save_png(shown, out / name)
    return {
        "key": case.name,
        "space": case.space,
        "share": case.share,
        "sigma": lesson.sigma,
        "seeds": plan.seeds,
        "picture": name,
        "looks": [asdict(look) for look in lesson.looks],
    }


def _page(plan: HadamardPlan, rows: list[Row]) -> dict[str, Any]:
    section = {
        "title": "What was found",
        "text": TEXT,
        "tables": [
            {
                "title": f"Mean and standard deviation over n = {plan.seeds} networks",
                "head": ["Space", "Spread, high", "Spread, low", "W1", "sigma"],
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
        "Time": f"T = {plan.longest:g}, {plan.schedule}",
        "Optimiser": f"Adam {plan.lr:g} ({plan.beta1:g}, 0.999), batch {plan.batch}",
    }
    return {"title": plan.title, "facts": facts, "sections": [section]}


def _cells(row: Row) -> list[str]:
    last = row["looks"][-1]
    figures = [_spread(last[name]) for name in ("high_std", "low_std", "distance")]
    return [row["key"], *figures, f"{row['sigma']:.3g}"]


def _spread(values: list[float]) -> str:
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"


def _curve(rows: list[Row]) -> dict[str, Any]:
    """Return the spread over the steps, of each case and of real images."""
    steps = [look["step"] for look in rows[0]["looks"]]
    lines = {
        row["key"]: [statistics.mean(look["high_std"]) for look in row["looks"]] for row in rows
    }
    return {
        "title": "Spread of the four finest coefficients",
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
        f"Spread of noisy scale-space against scale-space, {share:.0%} of the batch: Welch's t = "
        f"{welch_t(one, other):.1f} (n = {len(one)} and {len(other)})."
        for share, one, other in pairs
    ]
