import os
from pathlib import Path

import numpy as np
import pytest
from made_models import made_model, made_restorer

from satstudio.core.errors import Cancelled
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.job_requests import Request, Requests
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.restore import previews
from satstudio.restore.preview_requests import KINDS
from satstudio.restore.previews import Previews, serve_previews
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster
from satstudio.scenes.scene import open_scene
from satstudio.scenes.write import create_scene

SCENE = str(resources_folder() / "demo/sample_slc.tif")
WINDOW = Window(40, 60, 70, 90)


class Asker:
    """Asks as the window does, and keeps what was answered."""

    def __init__(self, folder: Path) -> None:
        self.number, self.told, self.is_stopped = 0, [], False
        self.progress = Progress(is_stopped=lambda: self.is_stopped)
        self.requests = Requests(self._tell, self._tell)
        self.previews = Previews(folder)
        for kind in KINDS:
            self.requests.offer(kind, getattr(self.previews, kind.name))

    def _tell(self, request, value):
        is_error = isinstance(value, Exception)
        fields = {"error": type(value), "sentence": str(value)} if is_error else dict(value)
        self.told.append((request.kind, {**fields, "number": request.number}))

    def ask(self, kind, **fields) -> int:
        self.number += 1
        if kind in ("check", "estimate", "preview"):
            fields = {"recipe": RestoreRecipe(), **fields}
            fields["recipe"] = fields["recipe"].model_dump(mode="json")
        self.requests.put(Request(self.number, kind, fields))
        return self.number

    def preview(self, model, **values):
        recipe = RestoreRecipe(**({"window": WINDOW} | values))
        return self.ask("preview", address=SCENE, model=str(model), recipe=recipe)

    def answers(self):
        while self.requests.answer_next(self.progress):
            pass
        told, self.told = self.told, []
        return told


@pytest.fixture
def asker(tmp_path):
    folder = tmp_path / "pixels"
    folder.mkdir()
    made = Asker(folder)
    yield made
    made.previews.close()


@pytest.mark.parametrize("model", ["baseline:lee", "despeckle.onnx", "baseline:identity"])
def test_a_preview_has_the_pixels_of_the_whole_scene(asker, tmp_path, model):
    if model.endswith(".onnx"):
        model = str(made_restorer(tmp_path / model, "despeckle"))
    number = asker.preview(model)
    [(name, fields)] = asker.answers()
    assert (name, fields["number"]) == ("preview", number)
    scene = open_scene(SCENE)
    expected = restore_raster(scene, model, RestoreRecipe(window=WINDOW))
    scene.close()
    with np.load(fields["path"]) as made:
        np.testing.assert_allclose(made["pixels"], expected.pixels, rtol=1e-5)
        assert made["valid"].all()
    assert fields["quantity"] == expected.quantity


def test_only_the_newest_of_each_kind_is_answered_previews_first(asker, tmp_path):
    asker.ask("estimate", scenes=(SCENE,), model="baseline:lee", folder=str(tmp_path))
    older = asker.preview("baseline:boxcar")
    newest = asker.preview("baseline:lee")
    told = asker.answers()
    assert told[0][1]["error"] is Cancelled
    names = [(name, fields["number"]) for name, fields in told]
    assert names == [("preview", older), ("preview", newest), ("estimate", 1)]


def test_a_newer_preview_ends_the_one_at_work(asker, monkeypatch):
    """It is noticed between the blocks of the older one."""
    begun = []
    restored = previews.restored_raster

    def asking(scene, engine, recipe, progress):
        begun.append(engine.name)
        if len(begun) == 1:
            asker.preview("baseline:lee")
        return restored(scene, engine, recipe, progress)

    monkeypatch.setattr(previews, "restored_raster", asking)
    older = asker.preview("baseline:boxcar")
    told = asker.answers()
    assert [(fields["number"], "path" in fields) for _, fields in told] == [
        (older, False), (older + 1, True),
    ]  # fmt: skip
    assert begun == ["baseline:boxcar", "baseline:lee"]


def test_cards_of_good_and_bad_files_come_together(asker, tmp_path):
    good, bad = made_model(tmp_path / "good.onnx"), tmp_path / "bad.onnx"
    bad.write_bytes(b"no model")
    asker.ask("cards", paths=[str(good), str(bad)])
    [(_, fields)] = asker.answers()
    assert fields["cards"][str(good)]["takes"] == "noise"
    assert "bad.onnx" in fields["failures"][str(bad)]


def test_a_model_that_does_not_fit_gives_the_reason(asker, tmp_path):
    model = made_restorer(tmp_path / "blur.onnx")
    asker.preview(model)
    asker.ask("estimate", scenes=(SCENE,), model=str(model), folder=str(tmp_path))
    asker.ask("check", scenes=(SCENE,), model=str(model))
    for _, fields in asker.answers():
        assert "takes real values" in fields["sentence"]


def test_a_check_finds_a_window_outside_one_of_several_scenes(asker, tmp_path):
    asker.ask("check", scenes=(SCENE,), model="baseline:lee")
    [(_, fields)] = asker.answers()
    assert "sentence" not in fields
    outside = RestoreRecipe(window=Window(1200, 0, 200, 10))
    asker.ask("check", scenes=(SCENE,), model="baseline:lee", recipe=outside)
    [(_, fields)] = asker.answers()
    assert "does not lie in the scene" in fields["sentence"]


def test_a_check_finds_results_of_one_name(asker):
    asker.ask("check", scenes=(SCENE, SCENE), model="baseline:lee")
    [(_, fields)] = asker.answers()
    assert "sample_slc.tif" in fields["sentence"]


def test_a_check_tells_what_a_filter_takes_for_granted(asker, tmp_path):
    plain, size = tmp_path / "plain.tif", Size(40, 40)
    with create_scene(plain, GeoGrid(size), ["b"], "float32") as target:
        target.write(np.ones((1, 40, 40), np.float32), Window.whole(size))
    asker.ask("check", scenes=(str(plain),), model="baseline:lee")
    [(_, fields)] = asker.answers()
    assert "linear power" in fields["remark"]
    asker.ask("check", scenes=(SCENE,), model="baseline:lee")
    [(_, fields)] = asker.answers()
    assert fields["remark"] == ""


def test_an_estimate_adds_up_its_scenes(asker, tmp_path):
    asker.ask("estimate", scenes=(SCENE, SCENE), model="baseline:lee", folder=str(tmp_path))
    [(_, fields)] = asker.answers()
    assert fields["bytes"] == 2 * 1280 * 1280 * 4
    assert fields["seconds"] > 0
    assert fields["free"] > 0
    assert fields["room"] > 2 * fields["bytes"], "what is made on the way lies beside it"


def test_a_model_exported_again_is_read_again(asker, tmp_path):
    model = made_restorer(tmp_path / "a.onnx", "despeckle")
    asker.preview(model)
    asker.answers()
    made_restorer(model, "complex_blur")
    os.utime(model, ns=(1, 1))
    asker.preview(model)
    [(_, fields)] = asker.answers()
    assert fields["quantity"] == "complex"


def test_it_serves_until_a_stop(asker, tmp_path):
    asker.is_stopped = True
    with pytest.raises(Cancelled):
        serve_previews(tmp_path, asker.progress, asker.requests)
