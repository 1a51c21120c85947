"""run_demo: the whole road as jobs, from a scene to a report; training in a worker process."""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from satstudio.core.errors import Cancelled, InputError, RunError
from satstudio.core.files.json_text import parse_json
from satstudio.core.files.replacing import free_path
from satstudio.core.grid import Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.jobs.client import run_job
from satstudio.jobs.demo.demo_figures import demo_figures
from satstudio.jobs.demo.report import DemoReport, Step, write_demo_report
from satstudio.jobs.demo.restored import (
    COMPARED,
    FILTERED,
    RATIOS,
    RESTORED,
    DemoRestored,
    despeckle_demo,
    draw_demo,
    evaluate_demo,
    plan_restoring,
    shipped_despeckler,
)
from satstudio.jobs.job import Job
from satstudio.jobs.worker_errors import WorkerDiedError
from satstudio.patches.cut import cut_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.positions import PatchRecipe
from satstudio.render.compose import render
from satstudio.render.picture import real_beside_generated, save_png
from satstudio.render.style import measure, style_for
from satstudio.restore.generate.samples import generate
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.scene import Scene, open_scene

NAME = "demo"
PICTURE_PX = 1024
LEAST_PX = 128
PATCH_PX = 32
LEAST_PATCHES = 400
MADE = (
    "scene_hsv.png",
    "crop.tif",
    f"patches/{NAME}",
    f"runs/{NAME}",
    f"models/{NAME}.onnx",
    "samples.png",
    RESTORED,
    FILTERED,
    COMPARED,
    RATIOS,
    "report.html",
    "report.json",
)
"""What a demo makes, in the order of the road; nothing else is touched."""


class DemoRecipe(Recipe):
    """How the demo walks the road."""

    budget_s: float = Field(120, ge=1, le=86400, title="Wall time of the training (s)")
    scene: str | None = Field(None, title="Scene", description="none: the sample scene")
    seed: int = Field(0, ge=0, title="Seed")
    samples: int = Field(16, ge=1, le=64, title="Images in the picture")


@dataclass(slots=True)
class _Road:
    """Where the demo is: paths, and how long each step took."""

    recipe: DemoRecipe
    out: Path
    address: str
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, title: str, progress: Progress, made: str) -> Iterator[Path]:
        """Time a step that makes `made`; gives its path."""
        progress.report(0.0, title)
        path = self.out / made
        start = time.perf_counter()
        yield path
        seconds = time.perf_counter() - start
        self.steps.append(Step(title=title, seconds=round(seconds, 3), path=made))
        progress.announce("step", title=title, path=str(path), seconds=round(seconds, 3))


def run_demo(recipe: DemoRecipe, out: Path, progress: Progress) -> Path:
    """Walk the whole road into `out`; returns the path of report.html.

    Where `out` holds something, the next free name is taken: see `demo_folder`. A stop removes
    what was made.

    Raises
    ------
    InputError
        If the scene is not complex or too small, or `out` is a file.
    """
    out = demo_folder(out)
    address = recipe.scene or str(sample_scene())
    _check_scene(address)
    shipped_despeckler()  # what the end of the road needs is missed at its start
    is_new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        return _walk(_Road(recipe, out, address), progress)
    except (Cancelled, KeyboardInterrupt):
        _remove_made(out)
        if is_new:
            _remove_empty(out)
        raise


def demo_folder(out: Path) -> Path:
    """Return where a demo goes: `out`, or OUT-2, OUT-3, ... where that holds something.

    Raises
    ------
    InputError
        If `out` is a file.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; choose a folder for the demo.")
    return out if out.is_dir() and not any(out.iterdir()) else free_path(out)


def made_by_demo(out: Path) -> list[Path]:
    """Return what a demo has left in `out`, in the order of the road."""
    return [out / name for name in MADE if (out / name).exists()]


def sample_scene() -> Path:
    """Return the sample scene that comes with the program; raises InputError without it."""
    path = resources_folder() / "demo" / "sample_slc.tif"
    if not path.is_file():
        raise InputError(f"The sample scene {path} is missing; install satstudio again.")
    return path


def _walk(road: _Road, progress: Progress) -> Path:
    with road.step("Picture of the scene", progress.part(0.0, 0.04), "scene_hsv.png") as path:
        scene = _draw_scene(road.address, path)
    window = Window(*scene["window"])
    part = progress.part(0.04, 0.08)
    with road.step("Crop", part, "crop.tif") as crop:
        crop_scene(road.address, _crop_window(window), crop, part, bands=(0,))
    part = progress.part(0.08, 0.14)
    with road.step("Patches", part, f"patches/{NAME}") as patches:
        cut_patches([crop], _cutting(_crop_window(window), road.recipe.seed), patches, part)
    part = progress.part(0.14, 0.80)
    with road.step("Training", part, f"runs/{NAME}") as run:
        note = _train(_training(road.recipe, patches, run), run, part)
    part = progress.part(0.80, 0.86)
    with road.step("Export to ONNX", part, f"models/{NAME}.onnx") as model:
        model.parent.mkdir(parents=True, exist_ok=True)
        arguments = {"run_dir": str(run.absolute()), "out": str(model.absolute())}
        run_job(Job(kind="export", arguments=arguments, nice=0), part)
    part = progress.part(0.86, 0.89)
    with road.step("Samples from the ONNX file", part, "samples.png") as samples:
        choosing = parse_json((run / "run.json").read_bytes()).get("choosing")
        figures = demo_figures(PatchSet.open(patches), model, choosing)
        count = road.recipe.samples
        made = generate(model, range(road.recipe.seed, road.recipe.seed + count))
        save_png(real_beside_generated(figures.real[:count, 0], made[:, 0]), samples)
    restored = _restore(road, window, progress.part(0.89, 0.97))
    progress.report(0.97, "Report")
    report = DemoReport(
        scene=scene,
        budget_s=road.recipe.budget_s,
        figures=figures.rows,
        restored=restored,
        steps=tuple(road.steps),
        note=note,
    )
    return write_demo_report(report, road.out, NAME)


def _restore(road: _Road, window: Window, progress: Progress) -> DemoRestored:
    """Despeckle the scene and compare; where it does not fit, say why."""
    task = plan_restoring(road.address, window)
    if task.why_not:
        return DemoRestored(task=task)
    part = progress.part(0.0, 0.35)
    with road.step("Despeckled scene", part, RESTORED) as despeckled:
        despeckle_demo(task, despeckled, part)
    part = progress.part(0.35, 0.9)
    with road.step("Filters beside it", part, FILTERED) as filtered:
        evaluation = evaluate_demo(task, filtered, part)
    part = progress.part(0.9, 1.0)
    with road.step("Comparison", part, COMPARED) as path:
        draw_demo(task, (filtered, despeckled), (path, road.out / RATIOS), part)
    return DemoRestored(task=task, evaluation=evaluation)


def _draw_scene(address: str, path: Path) -> dict[str, Any]:
    """Save a full-resolution HSV picture of the part with most data; returns facts."""
    with closing(open_scene(address)) as scene:
        window = _best_window(scene, PICTURE_PX)
        style = style_for("hsv", measure(scene), (0,))
        save_png(render(scene.read(window, None, (0,)), style), path)
        size = scene.grid.size
        return {
            "name": scene.name,
            "address": address,
            "driver": scene.driver,
            "dtype": scene.dtype,
            "band": scene.bands[0],
            "rows": size.rows,
            "cols": size.cols,
            "window": [window.row, window.col, window.rows, window.cols],
        }


def _best_window(scene: Scene, side_px: int) -> Window:
    """Return, of nine places, the one with most data; the middle where they are equal."""
    size = scene.grid.size
    rows, cols = min(side_px, size.rows), min(side_px, size.cols)
    places = [
        Window(round((size.rows - rows) * down), round((size.cols - cols) * right), rows, cols)
        for down in (0.5, 0.25, 0.75)
        for right in (0.5, 0.25, 0.75)
    ]
    shape = Size(min(rows, 128), min(cols, 128))
    return max(
        dict.fromkeys(places),
        key=lambda place: round(float(scene.read(place, shape, (0,)).valid.mean()), 2),
    )


def _crop_window(window: Window) -> Window:
    """Return the inner part of a window, a whole number of patches a side."""
    rows, cols = (side * 7 // 8 // PATCH_PX * PATCH_PX for side in (window.rows, window.cols))
    row, col = window.row + (window.rows - rows) // 2, window.col + (window.cols - cols) // 2
    return Window(row, col, rows, cols)


def _cutting(window: Window, seed: int) -> PatchRecipe:
    """Cut side by side; closer where that would give few patches."""
    strides = (PATCH_PX, PATCH_PX // 2, PATCH_PX // 4)
    many = [stride for stride in strides if window.size.pixels >= LEAST_PATCHES * stride**2]
    return PatchRecipe(
        size_px=PATCH_PX, stride_px=many[0] if many else strides[-1], seed=seed, min_valid=0.95
    )


def _training(recipe: DemoRecipe, patches: Path, run: Path) -> Job:
    values = {
        "method": "complex_wgan_gp",
        "preset": "small",
        "budget_s": recipe.budget_s,
        "seed": recipe.seed,
        "sample_every_s": max(recipe.budget_s / 8, 2.0),
        "log_every_s": max(recipe.budget_s / 150, 0.2),
    }
    arguments = {
        "patches": str(patches.absolute()),
        "recipe": values,
        "run_dir": str(run.absolute()),
    }
    return Job(kind="train", arguments=arguments, nice=0)


def _train(job: Job, run: Path, progress: Progress) -> str:
    """Train; where it diverges or dies, go on with the checkpoint that was kept and say so."""
    try:
        run_job(job, progress)
    except (RunError, WorkerDiedError) as error:
        if not any((run / "checkpoints").glob("*.safetensors")):
            raise
        return f"Training ended early, and its best checkpoint was taken. {error}"
    return ""


def _check_scene(address: str) -> None:
    with closing(open_scene(address)) as scene:
        size = scene.grid.size
        if not scene.is_complex:
            raise InputError(
                f"{scene.name} holds {scene.dtype}, not complex samples, and the demo learns phase "
                "too; choose a single-look complex scene or leave --scene out."
            )
        if min(size.rows, size.cols) < LEAST_PX:
            raise InputError(
                f"{scene.name} has {size.rows} x {size.cols} pixels; "
                f"the demo needs {LEAST_PX} a side."
            )


def _remove_made(out: Path) -> None:
    for name in MADE:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in ("patches", "runs", "models", "restored"):
        _remove_empty(out / name)


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
