"""serve_previews: answers questions of the Restore page as they come: cards, previews, estimates.

It lives as long as the page asks, so that models and scenes stay open. Questions are files in a
folder; only the newest of each kind is answered. Pixels go into files; the event names them.
"""

import logging
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.errors import Cancelled, ModelError, SatstudioError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.restore.baselines import baseline_name
from satstudio.restore.engines import Engine
from satstudio.restore.estimate import estimate_restore
from satstudio.restore.model_file import read_card
from satstudio.restore.opening import open_engine
from satstudio.restore.questions import KINDS, Question
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import Result
from satstudio.restore.whole_scene import restored_raster, result_names
from satstudio.scenes.scene import Scene, open_scene

log = logging.getLogger(__name__)
IDLE_S = 0.02
MOST_ENGINES = 4
TILE_STEP_PX = 128


def serve_previews(folder: Path, progress: Progress) -> None:
    """Answer questions until a stop is asked for.

    Announces, with the number of the question: `cards` (cards: path -> card, failures: path ->
    sentence), `check` (nothing where all scenes fit), `preview` (path of an `.npz` with pixels and
    valid, and points where they are looked for; bands, quantity, remark, seconds), `estimate`
    (seconds, bytes, tiles, free). Where there is no answer `sentence` says why.
    """
    with closing(Desk(folder, progress)) as desk:
        while True:
            progress.check()
            if not desk.work():
                time.sleep(IDLE_S)


class Desk:
    """Open scenes and engines, and the questions that wait."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        self._waiting: dict[str, Question] = {}
        self._scenes: dict[str, Scene] = {}
        self._engines: dict[tuple[object, ...], Engine] = {}
        self._answers: dict[str, Callable[[Question], Mapping[str, Any]]] = {
            "cards": self._cards,
            "check": self._check,
            "preview": self._preview,
            "estimate": self._estimate,
        }

    def close(self) -> None:
        """Close the scenes."""
        for scene in self._scenes.values():
            scene.close()

    def work(self) -> bool:
        """Answer the most urgent question; tells whether there was one."""
        self._collect()
        kind = next((kind for kind in KINDS if kind in self._waiting), None)
        if kind is None:
            return False
        question = self._waiting.pop(kind)
        try:
            fields = self._answers[kind](question)
        except Cancelled:
            self._progress.check()
            self._waiting.setdefault(kind, question)  # unless a newer one is the reason
            return True
        except SatstudioError as error:
            fields = {"sentence": str(error)}
        except Exception as error:
            log.exception("A %s failed", kind)
            fields = {"sentence": f"satstudio made an error: {type(error).__name__}: {error}"}
        self._progress.announce(kind, number=question.number, **fields)
        return True

    def _collect(self) -> None:
        for path in sorted(self._folder.glob("[0-9]*.json")):
            question = Question.model_validate_json(path.read_text("utf-8"))
            path.unlink()
            self._waiting[question.kind] = question

    def _patience(self, kind: str) -> Progress:
        """Return a Progress that stops for a newer question of this kind or a more urgent one."""
        reasons = KINDS[: KINDS.index(kind) + 1]

        def is_stopped() -> bool:
            self._collect()
            return self._progress.is_stopped or any(name in self._waiting for name in reasons)

        return Progress(is_stopped=is_stopped)

    def _cards(self, question: Question) -> Mapping[str, Any]:
        cards: dict[str, Any] = {}
        failures: dict[str, str] = {}
        for path in question.paths:
            try:
                cards[str(path)] = read_card(path).model_dump(mode="json")
            except SatstudioError as error:
                failures[str(path)] = str(error)
        return {"cards": cards, "failures": failures}

    def _check(self, question: Question) -> Mapping[str, Any]:
        patience = self._patience("check")
        result_names(question.scenes)
        remark = ""
        for address in question.scenes:
            patience.check()
            with closing(open_scene(address)) as scene:
                engine = open_engine(question.model, scene, question.recipe, patience)
                Result.plan(scene, engine, question.recipe, "")
                remark = remark or engine.remark
        return {"remark": remark}

    def _preview(self, question: Question) -> Mapping[str, Any]:
        started = time.perf_counter()
        scene = self._scene(question.scenes[0])
        patience = self._patience("preview")
        engine = self._engine(question.model, scene, question.recipe, patience)
        patience.check()
        raster = restored_raster(scene, engine, question.recipe, patience)
        made: dict[str, Any] = {"pixels": raster.pixels, "valid": raster.valid}
        if engine.points_mask is not None:
            window = question.recipe.window or Window.whole(scene.grid.size)
            made["points"] = engine.points_mask(window)
        path = self._folder / f"{question.number}.npz"
        with path.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **made)
        return {
            "path": str(path),
            "bands": list(raster.bands),
            "quantity": raster.quantity,
            "remark": engine.remark,
            "seconds": time.perf_counter() - started,
        }

    def _estimate(self, question: Question) -> Mapping[str, Any]:
        patience = self._patience("estimate")
        seconds, size, tiles = 0.0, 0, 0
        for scene in question.scenes:
            patience.check()
            made = estimate_restore(scene, question.model, question.recipe, patience)
            seconds, size, tiles = seconds + made.seconds, size + made.bytes, tiles + made.tiles
        free = shutil.disk_usage(question.paths[0]).free if question.paths else None
        return {"seconds": seconds, "bytes": size, "tiles": tiles, "free": free}

    def _scene(self, address: str) -> Scene:
        if address not in self._scenes:
            self.close()
            self._engines.clear()
            self._scenes = {address: open_scene(address)}
        return self._scenes[address]

    def _engine(
        self, model: str, scene: Scene, recipe: RestoreRecipe, patience: Progress
    ) -> Engine:
        """Return an engine whose tile holds the whole window where the network allows that."""
        name = baseline_name(model)
        time_ns = Path(model).stat().st_mtime_ns if name is None and Path(model).exists() else 0
        window = recipe.window or Window.whole(scene.grid.size)
        side = -(-max(window.rows, window.cols) // TILE_STEP_PX) * TILE_STEP_PX
        plain = recipe.changed(window=None)
        key = (model, time_ns, scene.address, plain, side)
        if key not in self._engines:
            while len(self._engines) >= MOST_ENGINES:
                self._engines.pop(next(iter(self._engines)))
            self._engines[key] = _opened(model, scene, plain, side, patience)
        return self._engines[key]


def _opened(
    model: str, scene: Scene, recipe: RestoreRecipe, side: int, patience: Progress
) -> Engine:
    engine = open_engine(model, scene, recipe, patience)
    grid = engine.grid
    if recipe.tile_px is not None or not grid.is_fixed or grid.step == side:
        return engine
    unit = grid.multiple
    tile = -(-(side + 2 * grid.margin + unit) // unit) * unit
    try:
        return open_engine(model, scene, recipe.changed(tile_px=tile), patience)
    except ModelError:  # a network of one tile size only
        return engine
