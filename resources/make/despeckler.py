"""Makes resources/models/despeckler.onnx: MERLIN trained on rows of the sample scene.

    python resources/make/despeckler.py [--out OUT] [--only-judge] [SCENE...]
    python resources/make/despeckler.py --export-anew FROM.onnx [--out OUT]

Crops rows 0 to 831 of resources/demo/sample_slc.tif, cuts patches, trains the preset `standard`
with MERLIN's loss (about 20 minutes on one core) and exports. The reflectivity behind the scene
plays no part in it. The file is judged with it afterwards, on rows that training did not see, and
on made scenes of other seeds; on other scenes, of which no truth is known, the same figures without
it. Needs satstudio[learn].

With --export-anew nothing is trained: the weights of FROM.onnx, which may be OUT itself, go back
into the network as it is today, and that is exported and judged. Scaling, spacing and origin of the
card stay; halo, tile and version are those of today.

Its premise, that real and imaginary part are independent, needs a spectrum that is centred on 0 and
symmetric; it need not be white.
"""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

from satstudio.bench.despeckling import compare_despeckler, judge_despeckler
from satstudio.bench.judgement import as_text
from satstudio.bench.made_despeckling import MadePlan, judge_on_made_scenes
from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.learn.export import export_onnx, write_model
from satstudio.learn.loop import TrainRecipe, train
from satstudio.learn.methods.despeckle import Options, ready_for_export
from satstudio.learn.model_weights import file_weights, put_weights
from satstudio.learn.nets.one_part import BothParts, OnePart
from satstudio.patches.cut import PatchRecipe, cut_patches
from satstudio.restore.model_file import read_card
from satstudio.scenes.crop import crop_scene

TRAINED = Window(0, 0, 832, 1280)
"""What is learnt from; `satstudio.bench.despeckling.JUDGED` lies 64 rows further down."""

PATCHES = PatchRecipe(size_px=96, stride_px=48, validation_share=0.12, seed=0)


def make_despeckler(scene: Path, out: Path) -> Path:
    """Crop, cut, train and export."""
    recipe = TrainRecipe(method="despeckle", preset="standard", threads=1)
    with tempfile.TemporaryDirectory() as folder:
        rows = crop_scene(scene, TRAINED, Path(folder) / "rows.tif", Progress())
        patches = cut_patches([rows], PATCHES, Path(folder) / "patches", Progress())
        run = train(patches, recipe, Path(folder) / "run", Progress(announce=_tell))
        out.parent.mkdir(parents=True, exist_ok=True)
        return export_onnx(run, out, Progress(), overwrite=True)


def export_anew(model: Path, out: Path) -> Path:
    """Export the preset's network with the weights of a model file that it was exported to."""
    options = Options()
    net = BothParts(OnePart(options.channels, options.levels))
    put_weights(net, file_weights(model))
    ready = ready_for_export(net, options.levels)
    card = read_card(model).changed(
        tile_px=ready.image.tile_px, halo_px=ready.image.halo_px, version=VERSION
    )
    return write_model(ready, card, out, Progress(), overwrite=True)


def judged(model: Path, scenes: list[str]) -> str:
    """Return the figures on made scenes, on the sample scene and on others."""
    sample = judge_despeckler(model)
    others = [compare_despeckler(model, scene) for scene in scenes]
    verdict = "; ".join(sample.failures) or f"all reached, {sample.gain_db:+.2f} dB over the best"
    helped = MadePlan(parts=("whitening", "points"), only_grounds=True)
    made = [judge_on_made_scenes(model, plan).as_text() for plan in (MadePlan(), helped)]
    return "\n\n".join([*made, as_text([sample, *others]), f"{model.name}: {verdict}"])


def _tell(event: str, fields: object) -> None:
    if event in ("preview", "remark"):
        print(event, fields, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train and judge the shipped despeckler.")
    parser.add_argument("scenes", nargs="*", help="single-look complex scenes to try it on")
    parser.add_argument("--out", type=Path, help="model file")
    parser.add_argument("--only-judge", action="store_true", help="do not train")
    parser.add_argument(
        "--export-anew", type=Path, metavar="FROM", help="do not train: its weights"
    )
    choices = parser.parse_args()
    resources = resources_folder()
    target = choices.out or resources / "models" / "despeckler.onnx"
    if choices.export_anew is not None:
        export_anew(choices.export_anew, target)
    elif not choices.only_judge:
        make_despeckler(resources / "demo" / "sample_slc.tif", target)
    print(judged(target, choices.scenes))
