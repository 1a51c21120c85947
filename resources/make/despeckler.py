"""Makes resources/models/despeckler.onnx: MERLIN trained on rows of the sample scene.

    python resources/make/despeckler.py [OUT]

Crops rows 0 to 831 of resources/demo/sample_slc.tif, cuts patches, trains the preset `standard`
with MERLIN's loss (about 20 minutes on one core) and exports. The reflectivity behind the scene is
never looked at: `python -m satstudio.bench.despeckling` judges the file with it, on rows that
training did not see. Needs satstudio[learn].
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.export import export_onnx
from satstudio.learn.loop import TrainRecipe, train
from satstudio.patches.cut import PatchRecipe, cut_patches
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
        return export_onnx(run, out, Progress())


def _tell(event: str, fields: object) -> None:
    if event in ("preview", "remark"):
        print(event, fields, flush=True)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    resources = resources_folder()
    print(
        make_despeckler(
            resources / "demo" / "sample_slc.tif",
            target or resources / "models" / "despeckler.onnx",
        )
    )
