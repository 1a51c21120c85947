"""serve_previews: answers what the Restore page asks: cards, checks, previews, estimates.

It lives as long as the page asks, so that models and scenes stay open. Pixels go into files; the
answer names them.
"""

import itertools
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.errors import Cancelled, ModelError, NoCardError, SatstudioError
from satstudio.core.grid import Window
from satstudio.core.job_requests import Answer, Requests
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask, Raster
from satstudio.restore.baselines import BASELINES, baseline_name
from satstudio.restore.by_role.beside import rival_recipe
from satstudio.restore.by_role.image_checks import Finding, input_findings
from satstudio.restore.engines import Engine
from satstudio.restore.estimate import estimate_restore
from satstudio.restore.many_scenes import result_names
from satstudio.restore.model_engine import ModelEngine
from satstudio.restore.models.model_file import describe_card
from satstudio.restore.open_engine import card_for, open_engine
from satstudio.restore.preview_requests import KINDS, SCENE
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import Result
from satstudio.restore.whole_scene import restored_raster
from satstudio.scenes.scene import Scene, open_scene

MOST_ENGINES = 4
TILE_STEP_PX = 128
OVERVIEWS, BESIDE = 4 / 3, 2
"""A result with its overviews, and what lies beside it while it is made, in sizes of the result."""


def serve_previews(folder: Path, progress: Progress, requests: Requests) -> None:
    """Answer the requests of KINDS until a stop is asked for.

    Parameters
    ----------
    folder : where the pixels of previews go
    """
    with closing(Previews(folder)) as previews:
        answers: dict[str, Answer] = {
            "cards": previews.cards,
            "check": previews.check,
            "preview": previews.preview,
            "beside": previews.beside,
            "estimate": previews.estimate,
        }
        for kind in KINDS:
            requests.offer(kind, answers[kind.name])
        requests.serve(progress)


class Previews:
    """The scene and the engines that were asked for last, kept open.

    Each answer takes a Progress that stops it when the question is not wanted any more; where
    there is no answer it raises a SatstudioError with the reason.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._scenes: dict[str, Scene] = {}
        self._engines: dict[tuple[object, ...], Engine] = {}

    def close(self) -> None:
        """Close engines and scenes."""
        for engine in self._engines.values():
            engine.close()
        self._engines.clear()
        for scene in self._scenes.values():
            scene.close()

    def cards(self, paths: tuple[Path, ...], progress: Progress) -> Mapping[str, Any]:
        """Return `cards` (path -> card), `failures` (path -> sentence), `foreign` (paths)."""
        cards: dict[str, Any] = {}
        failures: dict[str, str] = {}
        foreign: list[str] = []
        for path in paths:
            progress.check()
            try:
                cards[str(path)] = describe_card(path)
            except SatstudioError as error:
                failures[str(path)] = str(error)
                foreign += [str(path)] * isinstance(error, NoCardError)
        return {"cards": cards, "failures": failures, "foreign": foreign}

    def check(
        self, scenes: tuple[str, ...], model: str, recipe: RestoreRecipe, progress: Progress
    ) -> Mapping[str, Any]:
        """Return how scenes, model and choices fit.

        `findings`: (state, sentence) of the images of models that take several; `remark`: a line a
        scene; where nothing can be restored, the reason as `sentence`, or raised without findings.
        """
        result_names(scenes)
        remarks, findings = [], []
        for address in scenes:
            progress.check()
            with ExitStack() as stack:
                scene = stack.enter_context(closing(open_scene(address)))
                findings += [(found.state, found.text) for found in _findings(model, scene, recipe)]
                try:
                    engine = open_engine(model, scene, recipe, progress)
                    stack.enter_context(closing(engine))
                    Result.plan(scene, engine, recipe, "")
                except Cancelled:
                    raise
                except SatstudioError as error:
                    if not findings:
                        raise
                    bad = next((text for state, text in findings if state == "bad"), str(error))
                    return {"findings": findings, "sentence": bad}
                if engine.remark:
                    of = f"{scene.name}: " if len(scenes) > 1 else ""
                    remarks.append(of + engine.remark)
        return {"findings": findings, "remark": "\n".join(remarks)}

    def preview(
        self, address: str, model: str, recipe: RestoreRecipe, progress: Progress
    ) -> Mapping[str, Any]:
        """Return the `path` of the pixels; and bands, quantity, remark, seconds.

        The file is an `.npz` with pixels and valid, and points where they are looked for.
        """
        started = time.perf_counter()
        scene = self._scene(address)
        engine = self._engine(model, scene, recipe, progress)
        progress.check()
        raster = restored_raster(scene, engine, recipe, progress)
        window = recipe.window or Window.whole(scene.grid.size)
        more = {}
        if engine.points_mask is not None:
            more["points"] = engine.points_mask(window)
        if engine.invented is not None:
            more["invented"] = engine.invented(window) & raster.valid
        return {
            **self._kept(raster, more),
            "remark": engine.remark,
            "seconds": time.perf_counter() - started,
        }

    def beside(
        self, address: str, model: str, recipe: RestoreRecipe, what: str, progress: Progress
    ) -> Mapping[str, Any]:
        """Return, as `preview` does, what stands beside a preview of this model.

        Parameters
        ----------
        what : `baseline:NAME`, given the same images; `scene`: it as it is; else `ROLE NUMBER`: one
            of the images, from 0
        """
        scene = self._scene(address)
        window = recipe.window or Window.whole(scene.grid.size)
        if what == SCENE:
            return self._kept(scene.read(window, bands=recipe.bands), {})
        name = baseline_name(what)
        if name is not None:
            card = card_for(model, scene, recipe)
            if card is not None:
                recipe = rival_recipe(name, BASELINES[name], card, recipe)
            return self.preview(address, what, recipe, progress)
        role, _, number = what.partition(" ")
        engine = self._engine(model, scene, recipe, progress)
        if not isinstance(engine, ModelEngine):
            raise ModelError(f"{engine.name} takes one image, the scene itself.")
        return self._kept(engine.frame(role, int(number), window), {})

    def estimate(
        self,
        scenes: tuple[str, ...],
        model: str,
        recipe: RestoreRecipe,
        folder: Path,
        progress: Progress,
        times: int = 1,
    ) -> Mapping[str, Any]:
        """Return seconds, bytes and tiles, the `room` that is needed on the disk of `folder`.

        And how much of it is `free` there.

        Parameters
        ----------
        times : each of the scenes stands for so many like it
        """
        seconds, size, tiles, most = 0.0, 0, 0, 0
        for scene in scenes:
            progress.check()
            made = estimate_restore(scene, model, recipe, progress)
            seconds, size, tiles = seconds + made.seconds, size + made.bytes, tiles + made.tiles
            most = max(most, made.bytes)
        seconds, size, tiles = seconds * times, size * times, tiles * times
        room = int(OVERVIEWS * size + BESIDE * most)
        free = shutil.disk_usage(folder).free
        return {"seconds": seconds, "bytes": size, "tiles": tiles, "room": room, "free": free}

    def _kept(self, raster: Raster, more: Mapping[str, Mask]) -> dict[str, Any]:
        """Leave pixels in a file; return its path, the bands and the quantity."""
        path = self._folder / f"{os.getpid()}-{next(self._numbers)}.npz"
        with path.open("wb") as stream:
            np.savez(stream, allow_pickle=False, pixels=raster.pixels, valid=raster.valid, **more)
        return {"path": str(path), "bands": list(raster.bands), "quantity": raster.quantity}

    def _scene(self, address: str) -> Scene:
        if address not in self._scenes:
            self.close()
            self._scenes = {address: open_scene(address)}
        return self._scenes[address]

    def _engine(
        self, model: str, scene: Scene, recipe: RestoreRecipe, progress: Progress
    ) -> Engine:
        """Return an engine whose tile holds the whole window where the network allows that."""
        name = baseline_name(model)
        time_ns = Path(model).stat().st_mtime_ns if name is None and Path(model).exists() else 0
        window = recipe.window or Window.whole(scene.grid.size)
        side = -(-max(window.rows, window.cols) // TILE_STEP_PX) * TILE_STEP_PX
        plain = recipe.changed(window=None)
        key = (model, time_ns, scene.address, plain.model_dump_json(), side)
        if key not in self._engines:
            while len(self._engines) >= MOST_ENGINES:
                self._engines.pop(next(iter(self._engines))).close()
            self._engines[key] = _opened(model, scene, plain, side, progress)
        return self._engines[key]


def _findings(model: str, scene: Scene, recipe: RestoreRecipe) -> tuple[Finding, ...]:
    """Return what is to say of the images; nothing for a filter, or a model of one image."""
    try:
        card = card_for(model, scene, recipe)
    except SatstudioError:  # said where the engine is opened
        return ()
    if card is None or (card.takes == "image" and card.ratio == 1) or not card.inputs:
        return ()
    name = baseline_name(model)
    return input_findings(card, name or Path(model).name, scene, recipe, is_learned=name is None)


def _opened(
    model: str, scene: Scene, recipe: RestoreRecipe, side: int, progress: Progress
) -> Engine:
    engine = open_engine(model, scene, recipe, progress)
    grid = engine.grid
    if recipe.tile_px is not None or not grid.is_fixed or grid.blended or grid.step == side:
        return engine
    unit = grid.multiple
    tile = -(-(side + 2 * grid.margin + unit) // unit) * unit
    try:
        wide = open_engine(model, scene, recipe.changed(tile_px=tile), progress)
    except ModelError:  # a network of one tile size only
        return engine
    engine.close()
    return wide
