"""despeckle_demo, compare_demo, restored_section: the scene of the demo without its speckle."""

import math
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import Field

from satstudio.bench.despeckling import (
    Judgement,
    compare_despeckler,
    has_truth,
    judge_despeckler,
    own_looks,
)
from satstudio.bench.report import Section
from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.scene import open_scene

RESTORED, LEE = "restored/restored.tif", "restored/lee.tif"
MOST_PX = 16_000_000
"""Of a scene that is restored whole (half a minute on one core); of a larger one, a window."""

MOST_LOOKS = 2.0
"""In the most uniform area; a scene with more is not of a single look."""


class DemoTask(Recipe):
    """What is restored and why, or why nothing is.

    Attributes
    ----------
    window : of the scene; None: the whole
    judged : the part in which figures are measured
    why_not : empty where the despeckler fits the scene
    """

    address: str
    window: Window | None
    judged: Window
    looks: float
    why_not: str = ""

    @property
    def recipe(self) -> RestoreRecipe:
        """What despeckler and Lee restore: the first band."""
        return RestoreRecipe(window=self.window, bands=(0,))


class DemoRestored(Recipe):
    """The figures of what was restored; `note` says why there are none."""

    judgement: Judgement | None = None
    note: str = ""
    is_sample: bool = Field(False, description="the truth is known, the rows were never learnt")

    def document(self) -> dict[str, Any]:
        """Return the figures with their definitions as JSON knows them."""
        found = self.judgement
        if found is None:
            return {"note": self.note}
        return {
            "note": self.note,
            "window": str(found.window),
            "uniform_area": str(found.area),
            "figures": {
                name: {
                    **meaning.model_dump(),
                    "data_range": found.log_range if name.startswith("psnr") else None,
                    "n": found.area.size.pixels if name == "looks" else found.noisy.n,
                    "values": {one.name: _finite(one.model_dump()[name]) for one in found.rows},
                }
                for name, meaning in found.meanings().items()
            },
            "best_lee": found.best_lee.name,
            "remarks": list(found.remarks),
        }


def shipped_despeckler() -> Path:
    """Return the despeckler that comes with the program; raises InputError without it."""
    path = resources_folder() / "models" / "despeckler.onnx"
    if not path.is_file():
        raise InputError(f"The despeckler {path} is missing; install satstudio again.")
    return path


def plan_restoring(address: str, window: Window) -> DemoTask:
    """Choose what is restored: the scene, or `window` of one that is too large for a demo."""
    with closing(open_scene(address)) as scene:
        size = scene.grid.size
        is_small = size.pixels <= MOST_PX
        looks = own_looks(scene, window)
        why_not = (
            f"Nothing was despeckled: {scene.name} has {looks:.1f} looks where it is most uniform, "
            "and the despeckler is made for single-look scenes."
        )
        return DemoTask(
            address=scene.address,
            window=None if is_small else window,
            judged=window,
            looks=looks,
            why_not=why_not if looks > MOST_LOOKS else "",
        )


def despeckle_demo(task: DemoTask, out: Path, progress: Progress) -> Path:
    """Restore with the shipped despeckler."""
    return restore_scene(task.address, shipped_despeckler(), task.recipe, out, progress)


def compare_demo(task: DemoTask, out: Path, progress: Progress) -> DemoRestored:
    """Judge the despeckler beside Lee, and write what the best Lee makes into `out`."""
    model = shipped_despeckler()
    part = progress.part(0.0, 0.7)
    with closing(open_scene(task.address)) as scene:
        is_sample = has_truth(scene)
    found = (
        judge_despeckler(model, task.address, part)
        if is_sample
        else compare_despeckler(model, task.address, task.judged, part)
    )
    recipe = task.recipe.changed(filter_px=found.best_lee_px)
    restore_scene(task.address, "baseline:lee", recipe, out / LEE, progress.part(0.7, 1.0))
    return DemoRestored(judgement=found, is_sample=is_sample)


def restored_section(restored: DemoRestored) -> Section:
    """Return the part of the report about the restored scene."""
    title, found = "The scene without its speckle", restored.judgement
    if found is None:
        return Section(title=title, text=restored.note)
    truth = (
        "The sample scene is made, so its reflectivity is known; the figures are of rows that the "
        "despeckler never learnt from. "
        if restored.is_sample
        else "Nobody knows the reflectivity of this scene: the figures are of the noisy and the "
        "restored intensity alone. "
    )
    return Section(
        title=title,
        text=f"The shipped despeckler, which learnt from noisy samples alone, beside the filter of "
        f"Lee. {truth}Looks are measured in the uniform area, {found.area_text}.",
        tables=(found.table(), found.definitions()),
        remarks=found.remarks,
    )


def restored_fact(restored: DemoRestored) -> str:
    """Return the figures in a few words."""
    found = restored.judgement
    if found is None:
        return "not despeckled"
    text = f"{found.model.looks:.0f} looks ({found.best_lee.name}: {found.best_lee.looks:.0f})"
    return f"{text}, {found.gain_db:+.2f} dB" if restored.is_sample else text


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
