"""Several scenes into one folder: stopped, gone on with, begun again; pixels of another size."""

import json
from contextlib import closing

import pytest
import rasterio
from made import TRANSFORM, made_intensity, speckle_power, write_geotiff
from made_models import made_restorer

from satstudio.cli.main import main
from satstudio.core.errors import Cancelled, ExistsError, InputError
from satstudio.core.progress import Progress
from satstudio.restore.many_scenes import Batch, restore_scenes
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.scene import open_scene

RECIPE = RestoreRecipe(filter_px=3)


@pytest.fixture
def scenes(tmp_path):
    return [made_intensity(tmp_path, 40, 40, name=f"{name}.tif") for name in "abc"]


def stopping_before(number):
    """Stops when the work says that it is at a scene."""
    told = []
    return Progress(lambda share, text: told.append(text), lambda: f"Scene {number}" in told[-1])


def stopped(scenes, out, number, model="baseline:boxcar"):
    with pytest.raises(Cancelled):
        restore_scenes(scenes, model, RECIPE, out, stopping_before(number))


def test_a_stopped_batch_goes_on_with_what_is_not_finished(scenes, tmp_path):
    out = tmp_path / "out"
    stopped(scenes, out, 3)
    batch = Batch.found(out)
    assert (batch.finished, batch.left) == (("a.tif", "b.tif"), ("c.tif",))
    before = (out / "a.tif").stat().st_mtime_ns
    restore_scenes(scenes[::-1], "baseline:boxcar", RECIPE, out, Progress())
    assert sorted(path.name for path in out.iterdir()) == ["a.tif", "b.tif", "c.tif"]
    assert (out / "a.tif").stat().st_mtime_ns == before, "it is not restored again"


def test_a_batch_that_finished_nothing_leaves_nothing(scenes, tmp_path):
    stopped(scenes, tmp_path / "out", 1)
    assert not (tmp_path / "out").exists()


def test_other_choices_do_not_go_on_with_it(scenes, tmp_path):
    out = tmp_path / "out"
    stopped(scenes, out, 2)
    for model, recipe in (("baseline:lee", RECIPE), ("baseline:boxcar", RestoreRecipe())):
        with pytest.raises(ExistsError, match=r"a\.tif exists"):
            restore_scenes(scenes, model, recipe, out, Progress())
    assert Batch.found(out).finished == ("a.tif",), "it can still be gone on with"
    restore_scenes(scenes, "baseline:lee", RECIPE, out, Progress(), overwrite=True)
    with rasterio.open(out / "a.tif") as made:
        assert "lee" in made.tags()["SATSTUDIO_MODEL_NAME"]


def test_a_model_that_was_exported_again_does_not_go_on(scenes, tmp_path):
    model = made_restorer(tmp_path / "m.onnx", "blur")
    stopped(scenes, tmp_path / "out", 2, model)
    made_restorer(model, "raised")
    with pytest.raises(InputError, match=r"m\.onnx is not what it was when out was begun"):
        restore_scenes(scenes, model, RECIPE, tmp_path / "out", Progress())


def test_a_damaged_note_is_as_none(scenes, tmp_path):
    out = tmp_path / "out"
    stopped(scenes, out, 2)
    (out / "batch.json").write_text("{", "utf-8")
    assert Batch.found(out) is None
    with pytest.raises(ExistsError):
        restore_scenes(scenes, "baseline:boxcar", RECIPE, out, Progress())


@pytest.mark.parametrize(("metres", "is_far"), [(10, False), (14, False), (16, True), (5, True)])
def test_a_scene_far_from_the_pixel_size_of_a_model_is_remarked_on(tmp_path, metres, is_far):
    model = made_restorer(tmp_path / "m.onnx", "blur", pixel_size_m=(10.0, 10.0))
    transform = rasterio.Affine(metres, 0, TRANSFORM.c, 0, -metres, TRANSFORM.f)
    scene = write_geotiff(tmp_path / "s.tif", speckle_power(40, 40)[None], transform=transform)
    restore_scene(scene, model, RestoreRecipe(), tmp_path / "out.tif", Progress())
    with closing(open_scene(tmp_path / "out.tif")) as made:
        said = made.tags.get("SATSTUDIO_REMARK", "")
    assert ("trained on pixels of 10 x 10 m" in said) == is_far
    assert (f"{metres} x {metres} m" in said) == is_far


def test_what_somebody_put_into_the_folder_of_a_stopped_batch_stays_and_hides_no_error(
    scenes, tmp_path
):
    out, told = tmp_path / "out", []

    def put(share, text):
        told.append(text)
        (out / "mine.txt").write_text("mine")

    progress = Progress(put, lambda: bool(told))
    with pytest.raises(Cancelled):
        restore_scenes(scenes, "baseline:boxcar", RECIPE, out, progress)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_a_folder_stands_for_the_scenes_in_it(scenes, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["restore", str(tmp_path), "--baseline", "boxcar", "--out", str(out), "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["scenes"] == 3
    assert sorted(path.name for path in out.iterdir()) == ["a.tif", "b.tif", "c.tif"]
    assert main([*words[:-2], str(tmp_path / "o.tif")]) == 2
    assert "do not go into one file" in capsys.readouterr().err
