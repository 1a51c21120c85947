"""The mask of a scene's points: a file beside the result, or in its place nothing at all."""

import json
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
import rasterio
from made import write_geotiff
from made_models import made_restorer

from satstudio.cli.main import main
from satstudio.core.errors import Cancelled, ExistsError, InputError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.pixels.synthetic.scenes import Band, responses, surface
from satstudio.render.compose import render
from satstudio.render.statistics import measure
from satstudio.render.style import first_style
from satstudio.restore.models.model_card import PARTS
from satstudio.restore.points_mask import PALETTE
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.scene import open_scene

BANDS = (Band(0.8, 0.2, "hamming", 0.54), Band(0.8, 0.0, "hamming", 0.54))
POINTS = [(40.3, 50.0), (40.0, 130.4), (150.2, 60.1), (700.0, 88.7)]
LEE = "baseline:lee"
ON = RestoreRecipe(points="on")


def samples(side=(800, 160)):
    """Ground of power 1 with four points 30 dB above it."""
    rng = np.random.default_rng(5)
    places = np.array([(row, col, 1e3) for row, col in POINTS])
    z = surface(np.ones(side), BANDS, rng) + responses(places, Size(*side), BANDS, rng)
    return z.astype(np.complex64)


@pytest.fixture
def scene(tmp_path):
    return write_geotiff(tmp_path / "scene.tif", samples())


@pytest.fixture
def model(tmp_path):
    """A despeckler whose card wants everything around it."""
    return made_restorer(tmp_path / "model.onnx", "despeckle", parts=tuple(PARTS))


def read(path):
    with closing(open_scene(path)) as opened:
        return opened.read().pixels[0]


def restore(scene, model, recipe, tmp_path, **more):
    out, mask = tmp_path / "out.tif", tmp_path / "mask.tif"
    restore_scene(scene, model, recipe, out, Progress(), points_mask=mask, **more)
    return out, mask


def parts_left(tmp_path):
    return [path.name for path in tmp_path.glob(".*")]


def test_the_mask_is_one_where_points_are_and_lies_on_the_grid_of_the_result(
    tmp_path, scene, model
):
    out, mask = restore(scene, model, RestoreRecipe(), tmp_path)
    with closing(open_scene(mask)) as made, closing(open_scene(out)) as result:
        assert made.grid == result.grid
        assert made.dtype == "uint8"
        assert made.quantity == "class"
        assert made.bands == ("points",)
        assert made.tags["SATSTUDIO_SOURCE"] == "scene.tif"
        assert f"--points-mask {mask}" in made.tags["SATSTUDIO_COMMAND"]
    flags = read(mask)
    assert set(np.unique(flags)) == {0, 1}
    for row, col in POINTS:
        assert flags[round(row), round(col)] == 1
        assert flags[round(row) + 20, round(col) + 20] == 0
    assert flags.mean() < 0.02


def test_the_mask_is_seen_when_it_is_opened(tmp_path, scene, model):
    _, mask = restore(scene, model, RestoreRecipe(), tmp_path)
    with closing(open_scene(mask)) as made:
        picture = render(made.read(), first_style(made, measure(made)))
    blue, green, red, alpha = picture[40, 50].tolist()
    assert (red, green, blue, alpha) == PALETTE[1]
    blue, green, red, alpha = picture[60, 70].tolist()
    assert (red, green, blue, alpha) == PALETTE[0]


def test_a_window_has_its_part_of_the_mask(tmp_path, scene, model):
    whole = read(restore(scene, model, RestoreRecipe(), tmp_path)[1])
    window = Window(137, 31, 50, 60)
    recipe = RestoreRecipe(window=window)
    part = read(restore(scene, model, recipe, tmp_path, overwrite=True)[1])
    np.testing.assert_array_equal(part, whole[window.slices])
    assert part.any()


def test_pixels_of_no_data_are_no_data_in_the_mask_too(tmp_path, model):
    z = samples()
    z[300:340, :] = np.nan + 1j * np.nan
    scene = write_geotiff(tmp_path / "holes.tif", z)
    out, mask = restore(scene, model, RestoreRecipe(), tmp_path)
    with closing(open_scene(out)) as result, closing(open_scene(mask)) as made:
        assert made.nodata == (255,)
        valid = result.read().valid & np.isfinite(result.read().pixels[0])
        raster = made.read()
        np.testing.assert_array_equal(raster.valid, valid)
        assert not raster.valid[300:340].any()
        assert raster.pixels[0, 40, 50] == 1


def test_a_scene_with_a_mask_gives_a_mask_with_a_mask(tmp_path, model):
    plain = write_geotiff(tmp_path / "plain.tif", samples())
    with rasterio.open(plain, "r+") as target:
        flags = np.full((800, 160), 255, np.uint8)
        flags[:, :20] = 0
        target.write_mask(flags)
    _, mask = restore(plain, model, RestoreRecipe(), tmp_path)
    with closing(open_scene(mask)) as made:
        assert made.details.has_mask
        valid = made.read().valid
        assert not valid[:, :20].any()
        assert valid[:, 20:].all()


@pytest.mark.parametrize("recipe", [RestoreRecipe(points="off"), RestoreRecipe()])
def test_without_points_there_is_no_mask_and_no_result(tmp_path, scene, recipe):
    with pytest.raises(InputError, match=r"without looking for points.*--points"):
        restore(scene, LEE, recipe, tmp_path)
    assert [path.name for path in tmp_path.glob("*.tif")] == ["scene.tif"]


def test_a_real_scene_has_no_points(tmp_path):
    real = write_geotiff(tmp_path / "real.tif", np.ones((1, 20, 20), np.float32))
    with pytest.raises(InputError, match=r"real.tif holds float32.*complex"):
        restore(real, LEE, RestoreRecipe(), tmp_path)


def test_neither_file_is_replaced_unasked(tmp_path, scene):
    for name, other in (("mask.tif", "out.tif"), ("out.tif", "mask.tif")):
        (tmp_path / name).write_text("mine", "utf-8")
        with pytest.raises(ExistsError, match=name):
            restore(scene, LEE, ON, tmp_path)
        assert (tmp_path / name).read_text("utf-8") == "mine"
        assert not (tmp_path / other).exists()
        (tmp_path / name).unlink()
    (tmp_path / "mask.tif").write_text("mine", "utf-8")
    _, mask = restore(scene, LEE, ON, tmp_path, overwrite=True)
    assert read(mask).any()


def test_a_name_that_is_taken_during_the_work_leaves_neither_file(tmp_path, scene):
    def take_the_name(share, text):
        (tmp_path / "out.tif").write_text("mine", "utf-8")

    with pytest.raises(ExistsError):
        restore_scene(
            scene, LEE, ON, tmp_path / "out.tif", Progress(take_the_name),
            points_mask=tmp_path / "mask.tif",
        )  # fmt: skip
    assert (tmp_path / "out.tif").read_text("utf-8") == "mine"
    assert not (tmp_path / "mask.tif").exists()
    assert parts_left(tmp_path) == []


def test_a_stop_leaves_neither_file(tmp_path, scene):
    parts = []

    def is_stopped():
        parts.append(len(parts_left(tmp_path)))
        return parts[-1] == 3

    with pytest.raises(Cancelled):
        restore_scene(
            scene, LEE, ON, tmp_path / "out.tif", Progress(is_stopped=is_stopped),
            points_mask=tmp_path / "mask.tif",
        )  # fmt: skip
    assert 3 in parts, "both were being written from what is restored"
    assert [path.name for path in tmp_path.iterdir()] == ["scene.tif"]


def test_the_mask_is_neither_an_input_nor_the_result(tmp_path, scene):
    for mask in (scene, tmp_path / "out.tif"):
        with pytest.raises(InputError):
            restore_scene(scene, LEE, ON, tmp_path / "out.tif", Progress(), True, points_mask=mask)
    assert read(scene).dtype == np.complex64


# ---------------------------------------------------------------------------------- the command


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "satstudio", "restore", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_writes_both_files_and_names_them(tmp_path, scene, model):
    out, mask = tmp_path / "out.tif", tmp_path / "points.tif"
    answer = run(scene, "--model", model, "--points-mask", mask, "--out", out, "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["points_mask"] == str(mask)
    assert read(mask)[40, 50] == 1
    assert np.isfinite(read(out)).all()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["{scene}", "{scene}", "--out", "{folder}"], "one scene"),
        (["{scene}", "--out", "{folder}"], "one scene"),
        (["{scene}", "--no-points", "--out", "{out}"], "without looking for points"),
        (["{scene}", "--out", "{out}", "--points-mask", "mask.png"], "GeoTIFF"),
    ],
)
def test_the_command_refuses_a_mask_of_nothing_with_the_reason(
    tmp_path, scene, capsys, words, reason
):
    names = {"scene": scene, "folder": tmp_path / "made", "out": tmp_path / "out.tif"}
    given = [word.format(**names) for word in words]
    mask = ["--points-mask", str(tmp_path / "mask.tif")]
    code = main(["restore", *mask, *given, "--baseline", "lee"])
    assert code != 0
    assert reason in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["scene.tif"]
