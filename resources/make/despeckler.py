"""Makes resources/models/despeckler.onnx and despeckler_fast.onnx: MERLIN on synthetic scenes.

    python resources/make/despeckler.py --work DIR [--preset good|fast] [--hours H] [--out OUT]
        [--start MODEL.onnx]
    python resources/make/despeckler.py --only-evaluate [--out MODEL] [SCENE...]
    python resources/make/despeckler.py --export-anew FROM.onnx [--out OUT]

Makes scenes (satstudio.pixels.synthetic.scenes), whitened and without points, trains a preset with
MERLIN's loss and exports. The reflectivity behind the scenes plays no part in it. DIR keeps the
patches and the run: called again it goes on where it was, so that hours can be added; with --hours
it stops after so many and exports what was reached. With --start it begins with the weights of a
model, as the shipped ones did with those of earlier ones, at half the learning rate. The card says
how long the training was and how fast the model is. The file is evaluated afterwards on synthetic
scenes of other seeds and on the sample scene; on other scenes, of which no truth is known, the same
figures without it. Needs satstudio[learn].

With --export-anew nothing is trained: the weights of FROM.onnx, which may be OUT itself, go back
into the network as it is today, and that is exported and evaluated. The rest of the card stays.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

import numpy as np

from satstudio.bench.despeckling.evaluation import as_text
from satstudio.bench.despeckling.real_scenes import compare_despeckler, evaluate_despeckler
from satstudio.bench.despeckling.synthetic_scenes import SyntheticPlan, evaluate_on_synthetic_scenes
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.learn.export.onnx_export import export_onnx, write_model
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.learn.methods.despeckle import ready_for_export, shape_of, with_gain
from satstudio.learn.model_weights import file_weights, put_weights
from satstudio.learn.nets.one_part import BothParts, OnePart
from satstudio.patches.training_scenes import make_training_scenes
from satstudio.restore.around import PARTS
from satstudio.restore.models.model_file import ModelFile, read_card

SCENES, SEED = 800, 3000
"""Synthetic scenes to learn from; those that evaluate have seeds from 50 000 on."""

NAMES = {"good": "despeckler.onnx", "fast": "despeckler_fast.onnx"}


def make_despeckler(
    preset: str, work: Path, hours: float | None, start: str | None, out: Path
) -> Path:
    """Make scenes, train or go on training, export."""
    patches, run = work / "scenes", work / preset
    if not patches.exists():
        make_training_scenes(SCENES, SEED, patches, Progress())
    budget = {} if hours is None else {"budget_s": 3600 * hours}
    recipe = TrainRecipe(method="despeckle", preset=preset, threads=1, seed=1, **budget)
    if start is not None:
        options = {**recipe.options, "lr": recipe.options["lr"] / 2}
        recipe = recipe.changed(start=start, options=options)
    train(patches, recipe, run, Progress(announce=_tell), resume=run.exists())
    return export(run, out)


def export(run: Path, out: Path) -> Path:
    """Export the last EMA weights of a run, with what the card says of its training."""
    out.parent.mkdir(parents=True, exist_ok=True)
    export_onnx(run, out, Progress(), checkpoint="newest", overwrite=True)
    lines = RunFolder.open(run).log_lines()
    last = lines[-1]
    started = RunFolder.open(run).info().get("start", {})
    before = " The training began with the weights of an earlier model." if started else ""
    learnt = (
        f"Learnt with MERLIN's loss from {SCENES} synthetic scenes, whitened and without points: "
        f"{last['step']} steps, {last['seconds'] / 3600:.1f} hours on one core.{before}"
    )
    return _with_notes(out, f"{learnt} {_speed(out)}", out)


def export_anew(model: Path, out: Path) -> Path:
    """Export a network as it is today, with the weights of a model file."""
    return _with_notes(model, read_card(model).notes, out)


def _with_notes(model: Path, notes: str, out: Path) -> Path:
    weights = file_weights(model)
    shape = shape_of(weights)
    net = BothParts(OnePart(**shape))
    put_weights(net, with_gain(weights))
    net.gain.fill_(1.0)  # mean power is kept by its own part, fitted on each scene
    ready = ready_for_export(net, shape["levels"])
    card = read_card(model).changed(
        tile_px=ready.image.tile_px,
        halo_px=ready.image.halo_px,
        parts=tuple(PARTS),
        version=VERSION,
        notes=notes,
    )
    return write_model(ready, card, out, Progress(), overwrite=True)


def _speed(model: Path) -> str:
    """Return how fast the network is, in pixels that it keeps of a tile; CPU time counts."""
    net = ModelFile.load(model, 1)
    side = net.card.tile_px
    tile = np.random.default_rng(0).standard_normal((1, 2, side, side), np.float32)
    net.run(tile)
    seconds = min(_timed(net, tile) for _ in range(3))
    kept = side - 2 * net.card.halo_px
    return f"{kept**2 / seconds / 1e6:.2f} Mpx a second of one core, halos not counted."


def _timed(net: ModelFile, tile: np.ndarray) -> float:
    start = time.process_time()
    net.run(tile)
    return time.process_time() - start


def evaluated(model: Path, scenes: list[str]) -> str:
    """Return the figures on synthetic scenes, on the sample scene and on others."""
    sample = evaluate_despeckler(model)
    others = [compare_despeckler(model, scene) for scene in scenes]
    result = "; ".join(sample.failures) or f"all reached, {sample.gain_db:+.2f} dB over the best"
    helped = SyntheticPlan(parts=("whitening", "points"), only_grounds=True)
    made = [
        evaluate_on_synthetic_scenes(model, plan).as_text() for plan in (SyntheticPlan(), helped)
    ]
    return "\n\n".join([*made, as_text([sample, *others]), f"{model.name}: {result}"])


def _tell(event: str, fields: object) -> None:
    if event in ("preview", "remark"):
        print(event, fields, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train and evaluate the shipped despecklers.")
    parser.add_argument("scenes", nargs="*", help="single-look complex scenes to try it on")
    parser.add_argument("--preset", choices=tuple(NAMES), default="good")
    parser.add_argument("--work", type=Path, help="folder of patches and runs, which are kept")
    parser.add_argument("--start", help="model file whose weights the training begins with")
    parser.add_argument("--hours", type=float, help="stop this sitting after so many hours")
    parser.add_argument("--out", type=Path, help="model file")
    parser.add_argument("--only-evaluate", action="store_true", help="do not train")
    parser.add_argument("--export-anew", type=Path, metavar="FROM", help="train nothing: weights")
    choices = parser.parse_args()
    target = choices.out or resources_folder() / "models" / NAMES[choices.preset]
    if choices.export_anew is not None:
        export_anew(choices.export_anew, target)
    elif not choices.only_evaluate:
        if choices.work is None:
            parser.error("name a folder for the training: --work DIR")
        make_despeckler(choices.preset, choices.work, choices.hours, choices.start, target)
    print(evaluated(target, choices.scenes))
