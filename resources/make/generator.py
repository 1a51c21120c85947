"""Makes resources/demo/generator.onnx: preset `small` trained on the sample scene.

    python resources/make/generator.py [SECONDS] [OUT]

Cuts patches from resources/demo/sample_slc.tif, trains for SECONDS of wall time (120 by default,
one thread) and exports the best checkpoint. Needs satstudio[learn].
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads OpenMP

from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.patches.cut import PatchRecipe, cut_patches

PATCHES = PatchRecipe(size_px=64, count=800, seed=0)


def make_generator(scene: Path, budget_s: float, out: Path) -> Path:
    """Cut, train and export."""
    recipe = TrainRecipe(preset="small", budget_s=budget_s, threads=1)
    with tempfile.TemporaryDirectory() as folder:
        patches = cut_patches([scene], PATCHES, Path(folder) / "patches", Progress())
        run = train(patches, recipe, Path(folder) / "run", Progress(announce=_tell))
        return export_onnx(run, out, Progress(), overwrite=True)


def _tell(event: str, fields: object) -> None:
    if event == "preview":
        print(event, fields)


if __name__ == "__main__":
    demo = resources_folder() / "demo"
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else demo / "generator.onnx"
    print(make_generator(demo / "sample_slc.tif", seconds, target))
