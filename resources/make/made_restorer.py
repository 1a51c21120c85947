"""What the scripts of restorers share: sets of made images, training, figures, the card's notes.

A restorer learns from images of one maker (`maker = fields`) and is evaluated on such of another
(`terrain`) that have seeds of their own. A script's DIR keeps patches and run: called again it goes
on where it was, so that hours can be added. Needs satstudio[learn].
"""

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

import numpy as np

from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.metrics.measures.super_resolution import (
    hallucination,
    improvement,
    lr_consistency,
    omission,
)
from satstudio.patches.importing import make_patches
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.restore.models.deepness_card import metadata_with_deepness
from satstudio.restore.models.model_file import ModelFile

SEED = 17
"""Of the images that are learnt from."""

HELD_OUT_SEED = 60_017
"""Of those that evaluate."""

MOST_BYTES = 5_000_000
LEAST_CHANGE = 0.005
"""Reflectance."""

OWN_START = "It began with the weights of an earlier model"
Start = Callable[[Path], Path]
Images = Mapping[str, np.ndarray]
"""By role, in their own numbers, without the axis of items; masks as `ROLE_mask`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One shipped model.

    Attributes
    ----------
    name : of its file
    dataset, choices : what it learns from
    recipe : how
    """

    name: str
    dataset: str
    choices: Mapping[str, Any]
    recipe: Mapping[str, Any]

    @property
    def out(self) -> Path:
        """The file that comes with the program."""
        return resources_folder() / f"models/{self.name}.onnx"


@dataclass(slots=True)
class Figures:
    """PSNR in dB of many images: of the model and of its rivals.

    Attributes
    ----------
    what : of what images, for the heading
    """

    what: str
    model: list[float] = field(default_factory=list)
    rivals: dict[str, list[float]] = field(default_factory=dict)

    def add(self, model: float, rivals: Mapping[str, float]) -> None:
        """Note those of one image."""
        self.model.append(model)
        for name, value in rivals.items():
            self.rivals.setdefault(name, []).append(value)

    def gain_over(self, rival: str) -> float:
        """Return the mean difference from a rival."""
        return float(np.mean(np.subtract(self.model, self.rivals[rival])))

    def __str__(self) -> str:
        """Return means, 95 % intervals of the differences, wins and the weakest image."""
        parts = [f"{self.what} (n = {len(self.model)}): {np.mean(self.model):.2f} dB"]
        for name, values in self.rivals.items():
            gain = np.subtract(self.model, values)
            half = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
            parts.append(
                f"{name} {np.mean(values):.2f} dB: {gain.mean():+.2f} +- {half:.2f} dB, better in "
                f"{np.mean(gain > 0):.0%}, weakest {gain.min():+.2f} dB"
            )
        return "; ".join(parts)


@dataclass(slots=True)
class Gained:
    """Shares of what super-resolution improved, left out and invented, beside bicubic.

    Pixels that the fine image changes by no more than LEAST_CHANGE do not count.
    """

    shares: list[list[float]] = field(default_factory=list)
    away: list[float] = field(default_factory=list)

    def add(
        self, target: np.ndarray, upsampled: np.ndarray, answer: np.ndarray, low: np.ndarray
    ) -> None:
        """Note those of one image; `low` is what is to be said again, on the coarse grid."""
        measures = (improvement, omission, hallucination)
        given = {"least_change": LEAST_CHANGE}
        self.shares.append([one(target, upsampled, answer, **given) for one in measures])
        self.away.append(lr_consistency(low, answer)["mae"])

    def __str__(self) -> str:
        """Return the means."""
        better, left, invented = np.nanmean(self.shares, axis=0)
        return (
            f"of what the fine image shows beyond bicubic {better:.2f} improved, {left:.2f} left "
            f"out, {invented:.2f} invented; box means differ from the input by "
            f"{np.mean(self.away):.4f}"
        )


def trained(plan: Plan, work: Path, hours: float | None, start: Path | None = None) -> Path:
    """Make the patches, train or go on training; the run's folder."""
    patches, run = work / "patches", work / "run"
    if not patches.exists():
        make_patches(plan.dataset, {"seed": SEED, **plan.choices}, patches, Progress())
    budget = {} if hours is None else {"budget_s": 3600 * hours}
    begun = {} if start is None else {"start": str(start)}
    recipe = TrainRecipe.build({"threads": 1, "seed": 1, **plan.recipe, **budget, **begun})
    return train(patches, recipe, run, Progress(announce=_tell), resume=run.exists())


def gone_on(plan: Plan, steps: int | None) -> Plan:
    """Return a plan that goes on from trained weights: other crops, half the learning rate."""
    options = dict(plan.recipe["options"])
    options["lr"] = TrainRecipe.build(plan.recipe).chosen().lr / 2
    length = {} if steps is None else {"steps": steps}
    options["schedule_steps"] = steps or options["schedule_steps"]
    return replace(plan, recipe={**plan.recipe, **length, "seed": 2, "options": options})


def restored(net: ModelFile, given: Images) -> np.ndarray:
    """Return what a model makes of images; sides are filled up to what it takes."""
    unit = net.card.unit_px
    rows, cols = given[net.card.inputs[0].role].shape[-2:]
    pads = [(0, -rows % unit), (0, -cols % unit)]
    fed = {}
    for port in net.card.inputs:
        values = np.asarray(given[port.role], np.float32)
        if port.scaling is not None:
            values = scaled(values, port.scaling)
        around = [(0, 0)] * (values.ndim - 2) + pads
        fed[port.role] = np.pad(values, around, "edge")[None].astype(np.float32)
    made = net.card.outputs[0]
    answer = unscaled(net.run(fed)[0], made.scaling)
    return answer[..., : int(rows * made.scale), : int(cols * made.scale)]


def psnr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Return the PSNR in dB over all bands, data range 1."""
    return float(-10 * np.log10(np.mean(np.square(estimate - reference, dtype=np.float64))))


def note(out: Path, work: Path, said: Iterable[str], earlier: str = "") -> None:
    """Write into the card how it was trained, and sentences.

    Parameters
    ----------
    earlier : what the card of the model says whose weights it began with
    """
    import onnx  # lazy: only this writes into a file that is there

    last = RunFolder.open(work / "run").log_lines()[-1]
    how = f"{last['step']} steps, {last['seconds'] / 3600:.2f} hours on one core, on made scenes."
    if earlier:
        how = f"{how} {OWN_START}: {_trained_before(earlier)}."
    card = ModelFile.load(out).card.changed(notes=" ".join([how, *said]))
    model = onnx.load(out)
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, metadata_with_deepness(card))
    onnx.save(model, out)
    if out.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{out} has {out.stat().st_size} bytes; what is shipped has less.")


def _trained_before(notes: str) -> str:
    """Return how long a model was trained, and what it began with before that."""
    own, _, rest = notes.partition(", on made scenes.")
    before = rest.strip().removeprefix(f"{OWN_START}: ")
    return own if before == rest.strip() else f"{own}; before that {before.partition('. ')[0]}"


def main(
    plan: Plan, evaluated: Callable[[ModelFile], Iterable[str]], start: Start | None = None
) -> None:
    """Train, export, evaluate, as the command line says.

    Parameters
    ----------
    evaluated : sentences for the card: the figures beside rivals, then the limits
    start : makes the model file whose weights the training begins with, in a folder
    """
    parser = argparse.ArgumentParser(description=f"Make {plan.out.name}.")
    parser.add_argument("--work", type=Path, help="folder of patches and run, which are kept")
    parser.add_argument("--hours", type=float, help="stop after so many hours of training in all")
    parser.add_argument("--start", type=Path, help="model file whose weights it begins with")
    parser.add_argument("--steps", type=int, help="with --start: how many, the schedule's too")
    parser.add_argument("--out", type=Path, default=plan.out, help="model file")
    parser.add_argument("--only-evaluate", action="store_true", help="do not train")
    choices = parser.parse_args()
    if choices.only_evaluate:
        for sentence in evaluated(ModelFile.load(choices.out)):
            print(sentence)
        return
    if choices.work is None:
        parser.error("name a folder for the training: --work DIR")
    begun, earlier = choices.start, ""
    if begun is not None:
        plan, earlier = gone_on(plan, choices.steps), ModelFile.load(begun).card.notes
    elif start is not None:
        begun = start(choices.work)
    run = trained(plan, choices.work, choices.hours, begun)
    export_onnx(run, choices.out, Progress(), checkpoint="newest", overwrite=True)
    note(choices.out, choices.work, evaluated(ModelFile.load(choices.out)), earlier)
    print(ModelFile.load(choices.out).card.notes)


def _tell(event: str, fields: object) -> None:
    if event in ("preview", "remark"):
        print(event, fields, flush=True)
