"""score_restored, score_generated: one model on one data set, and the figures of its row."""

import math
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from satstudio.bench.pair_figures import EQUAL
from satstudio.bench.plans.benchmark.benchmark_plan import BenchmarkSet
from satstudio.bench.plans.document import versions
from satstudio.bench.scene_figures import ScenePair, scene_figures
from satstudio.bench.set_scores import SetScoreRecipe, score_sets
from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.system.machine import cpu_model
from satstudio.metrics.score import Score
from satstudio.restore.generate.samples import SampleRecipe, draw_samples
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.geometry.pair import check_pair
from satstudio.scenes.scene import open_scene

MADE = 0.7
"""Share of a task that is restoring or drawing."""


def score_restored(
    data: BenchmarkSet,
    model: str,
    options: dict[str, Any],
    known: dict[str, Any],
    out: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Restore a scene and score it against its reference, or against the scene itself.

    Parameters
    ----------
    model : an `.onnx` that takes images, or `baseline:NAME`
    options : of restoring
    known : parameters of metrics
    out : GeoTIFF of the result, which is replaced

    Returns
    -------
    dict
        `figures` by metric, None where one has no value; `cards`, the unit, definition, n and note
        of each; `seconds` of restoring, `machine` and `versions`.
    """
    if data.scene is None:
        raise InputError(f"The set '{data.name}' has no scene that could be restored.")
    out.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    recipe = RestoreRecipe.build(options, f"The options of {model}")
    restore_scene(data.scene, model, recipe, out, progress.part(0, MADE), overwrite=True)
    seconds = time.perf_counter() - began
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(closing(open_scene(path)))
            for path in (data.reference or data.scene, out)
        )
        check_pair(first, second)
        where = Window.parse(data.window) if data.window else None
        pair = ScenePair(first, second, where)
        part = progress.part(MADE, 1)
        found = scene_figures(pair, data.metrics, part, **{**EQUAL, **known})
    return _row(found, seconds)


def score_generated(
    data: BenchmarkSet, model: Path, seed: int, count: int, out: Path, progress: Progress
) -> dict[str, Any]:
    """Draw images and score them against the set's real ones.

    Parameters
    ----------
    model : an `.onnx` that takes noise
    seed : of the first image; each has the next one
    out : `.npy` of the images, which is replaced

    Returns
    -------
    dict
        As of `score_restored`; `seconds` of drawing.
    """
    if data.images is None:
        raise InputError(f"The set '{data.name}' has no real images to compare with.")
    out.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    recipe = SampleRecipe(count=count, seed=seed)
    draw_samples(model, recipe, out, progress.part(0, MADE), overwrite=True)
    seconds = time.perf_counter() - began
    chosen = {"metrics": data.metrics} if data.metrics else {}
    wanted = SetScoreRecipe.build(chosen, f"The metrics of {data.name}")
    return _row(score_sets(data.images, out, wanted, progress.part(MADE, 1)), seconds)


def _row(found: Mapping[str, Score], seconds: float) -> dict[str, Any]:
    figures, cards = {}, {}
    for name, one in found.items():
        values = one.parts or {"": one.value}
        for part, value in values.items():
            key = f"{name} {part}".strip()
            figures[key] = value if math.isfinite(value) else None
            cards[key] = _card(one, value, bool(part))
    return {
        "status": "done",
        "figures": figures,
        "cards": cards,
        "seconds": round(seconds, 3),
        "machine": {"cpu": cpu_model()},
        "versions": versions(),
    }


def _card(one: Score, value: float, is_part: bool) -> dict[str, Any]:
    """Return what a figure needs to be understood; a part judges nothing by itself."""
    note = one.note if math.isfinite(value) else "; ".join(filter(None, (str(value), one.note)))
    return {
        "unit": "" if is_part else one.unit,
        "better": "none" if is_part else one.better,
        "definition": one.definition,
        "n": one.n,
        "note": note,
    }
