"""despeckle_demo, evaluate_demo, draw_demo, restored_section: the demo's scene without speckle."""

import math
from contextlib import closing
from pathlib import Path
from typing import Any

from satstudio.bench.compare import CompareRecipe, compare_scenes, draw_ratios
from satstudio.bench.despeckling.evaluation import Evaluation
from satstudio.bench.despeckling.real_scenes import (
    EVALUATED,
    compare_despeckler,
    evaluate_despeckler,
    has_truth,
    own_looks,
)
from satstudio.bench.report import Picture, Section
from satstudio.core.environment import scratch_folder
from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.scene import open_scene

RESTORED, FILTERED = "restored/restored.tif", "restored/filtered.tif"
COMPARED, RATIOS = "compare.png", "ratio.png"
DETAIL_PX = 640
"""Longest side of each picture of the comparison; as many pixels of the scene's finer axis."""

MOST_PX = 16_000_000
"""Of a scene that is restored whole (half a minute on one core); of a larger one, a window."""

TRUTHS = {
    True: "The sample scene is made, so its reflectivity is known; the figures are of rows that "
    "the despeckler never learnt from. On a real scene of yours: satstudio demo --scene PATH.",
    False: "Nobody knows the reflectivity of this scene: the figures are of the noisy and the "
    "restored intensity alone.",
}
MOST_LOOKS = 2.0
"""In the most uniform area; a scene with more is not of a single look."""


class DemoTask(Recipe):
    """What is restored and why, or why nothing is.

    Attributes
    ----------
    window : of the scene; None: the whole
    evaluated : the part in which figures are measured
    detail : the part of it that is drawn at full resolution
    is_sample : the truth is known, and the evaluated rows were never learnt from
    has_more : the scene is larger, or has more bands, than what is restored
    why_not : empty where the despeckler fits the scene
    """

    address: str
    size: Size
    window: Window | None
    evaluated: Window
    detail: Window
    is_sample: bool
    has_more: bool
    why_not: str = ""

    @property
    def restored(self) -> Window:
        """The part of the scene that is restored."""
        return self.window or Window.whole(self.size)

    @property
    def recipe(self) -> RestoreRecipe:
        """What despeckler and filter restore: the first band."""
        return RestoreRecipe(window=self.window, bands=(0,))


class DemoRestored(Recipe):
    """What was restored, and its figures; `task.why_not` says why there are none."""

    task: DemoTask
    evaluation: Evaluation | None = None

    def document(self) -> dict[str, Any]:
        """Return the figures with their definitions as JSON knows them."""
        found = self.evaluation
        if found is None:
            return {"note": self.task.why_not}
        return {
            "note": "",
            "window": str(found.window),
            "picture_window": str(self.task.detail),
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
            "best_filter": found.best_filter.name,
            "headline": found.headline,
            "standings": [one.model_dump() for one in found.standings],
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
        is_small, is_sample = size.pixels <= MOST_PX, has_truth(scene)
        evaluated = EVALUATED if is_sample else window
        looks = own_looks(scene, evaluated)
        why_not = (
            f"Nothing was despeckled: {scene.name} has {looks:.1f} looks where it is most uniform, "
            "and the despeckler is made for single-look scenes."
        )
        return DemoTask(
            address=scene.address,
            size=size,
            window=None if is_small else window,
            evaluated=evaluated,
            detail=_middle(evaluated, scene.grid.aspect),
            is_sample=is_sample,
            has_more=not is_small or len(scene.bands) > 1,
            why_not=why_not if looks > MOST_LOOKS else "",
        )


def despeckle_demo(task: DemoTask, out: Path, progress: Progress) -> Path:
    """Restore with the shipped despeckler."""
    return restore_scene(task.address, shipped_despeckler(), task.recipe, out, progress)


def evaluate_demo(task: DemoTask, out: Path, progress: Progress) -> Evaluation:
    """Evaluate the despeckler beside the filters, and write what the best of them makes of it."""
    model, part = shipped_despeckler(), progress.part(0.0, 0.7)
    found = (
        evaluate_despeckler(model, task.address, part)
        if task.is_sample
        else compare_despeckler(model, task.address, task.evaluated, part)
    )
    best = found.best_filter
    recipe = task.recipe.changed(**best.choices)
    restore_scene(task.address, f"baseline:{best.filter}", recipe, out, progress.part(0.7, 1.0))
    return found


def draw_demo(
    task: DemoTask, results: tuple[Path, ...], out: tuple[Path, Path], progress: Progress
) -> tuple[Path, Path]:
    """Draw a part of the scene beside its results, under one stretch, and their ratio images."""
    with scratch_folder() as folder:
        scene, detail = task.address, task.detail
        if task.has_more:
            crop = Path(folder) / "scene.tif"
            scene = str(crop_scene(scene, task.restored, crop, progress.part(0.0, 0.3), bands=(0,)))
            detail = detail.moved(-task.restored.row, -task.restored.col)
        recipe = CompareRecipe(window=str(detail), max_px=DETAIL_PX)
        addresses = (scene, *(str(path) for path in results))
        compare_scenes(addresses, recipe, out[0], progress.part(0.3, 0.9))
        draw_ratios(addresses, detail, out[1], DETAIL_PX)
    return out


def restored_section(restored: DemoRestored, out: Path) -> Section:
    """Return the part of the report about the restored scene."""
    title, found = "The scene without its speckle", restored.evaluation
    if found is None:
        return Section(title=title, text=restored.task.why_not)
    looks = (
        f"Looks are measured in the uniform area, {found.area_text}."
        if found.model.looks is not None
        else f"No area is uniform: in the most uniform one, {found.area_text}, intensity varies "
        "more than speckle alone allows, so no looks are told."
    )
    return Section(
        title=title,
        text=f"The shipped despeckler, which learnt from noisy samples alone, beside the classic "
        f"filters, each tuned as suits it best. {TRUTHS[restored.task.is_sample]} {looks} "
        f"Of its figures, each beside the filter that is best in it, {found.headline}.",
        pictures=_pictures(restored.task, found, out),
        tables=(found.table(), found.definitions()),
        remarks=(*_out_of_limits(found), *found.remarks),
    )


def restored_fact(restored: DemoRestored) -> str:
    """Return the despeckler's strongest figure and its weakest."""
    found = restored.evaluation
    return "not despeckled" if found is None else found.headline


def _pictures(task: DemoTask, found: Evaluation, out: Path) -> tuple[Picture, ...]:
    where = f"Window (row, col, rows, cols): {task.detail}."
    best = found.best_filter.name
    return (
        Picture(
            path=out / COMPARED,
            caption=f"The scene, what {best} and what the despeckler make of it: intensity in dB "
            "under the stretch of the scene, at full resolution. The figures below each are of "
            f"this part, all of it. {where}",
            is_wide=True,
        ),
        Picture(
            path=out / RATIOS,
            caption="Ratio images, noisy over restored intensity, under one stretch from 0 to 2: "
            f"speckle alone has no structure; edges or fields seen here were removed. {where}",
            is_wide=True,
        ),
    )


def _out_of_limits(found: Evaluation) -> tuple[str, ...]:
    """Return sentences for the figures of the despeckler that pass a limit."""
    power = found.meanings()["power_kept_db"]
    value = found.model.power_kept_db
    if power.limit is None or abs(value) <= power.limit:
        return ()
    return (
        f"The despeckler changes the mean power by {value:+.2f} dB, more than {power.limit:g} dB "
        f"({power.source}).",
    )


def _middle(window: Window, aspect: float) -> Window:
    """Return the part of a window around its middle that fills a square picture, or less."""
    rows = min(window.rows, max(1, round(DETAIL_PX / max(aspect, 1.0))))
    cols = min(window.cols, max(1, round(DETAIL_PX * min(aspect, 1.0))))
    row, col = window.row + (window.rows - rows) // 2, window.col + (window.cols - cols) // 2
    return Window(row, col, rows, cols)


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
