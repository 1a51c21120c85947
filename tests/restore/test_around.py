"""Whitening, points and mean power around models and filters."""

from collections import OrderedDict
from contextlib import closing

import numpy as np
import pytest
from made import write_geotiff

from satstudio.core.errors import Cancelled, InputError, ModelError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.pixels.synthetic.scenes import Band, responses, surface, synthetic_scene
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_scene
from satstudio.restore import around
from satstudio.restore.around import GAIN_TAG, PARTS_TAG
from satstudio.restore.models.model_card import PARTS
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster, restore_scene
from satstudio.scenes.scene import open_scene

ALL = RestoreRecipe(whitening="on", points="on", power="on")
BANDS = (Band(0.8, 0.2, "hamming", 0.54), Band(0.8, 0.0, "hamming", 0.54))
LEE = "baseline:lee"


def written(tmp_path, z, name="scene.tif"):
    return write_geotiff(tmp_path / name, z[None].astype(np.complex64))


def restored(path, recipe=ALL, model=LEE):
    with closing(open_scene(path)) as scene:
        return restore_raster(scene, model, recipe)


def rng(seed=4):
    return np.random.default_rng(seed)


def test_the_result_is_on_the_grid_of_the_scene_and_says_what_was_done(tmp_path):
    z = simulate_scene(SceneModel(rows=300, cols=280, seed=3))
    out = restore_scene(written(tmp_path, z), LEE, ALL, tmp_path / "out.tif", Progress())
    with closing(open_scene(out)) as made:
        assert made.grid.size == Size(300, 280)
        assert made.tags[PARTS_TAG] == "whitening, points, power"
        assert abs(float(made.tags[GAIN_TAG])) <= 1
        assert "--whitening --points --power" in made.tags["SATSTUDIO_COMMAND"]
        assert np.isfinite(made.read().pixels).all()


@pytest.mark.parametrize("tile", [96, 256])
def test_tiles_and_windows_make_no_difference(tmp_path, tile, monkeypatch):
    path = written(tmp_path, synthetic_scene(4, Size(400, 440)).samples)
    whole = restored(path).pixels[0]
    monkeypatch.setattr(around, "_GAINS", OrderedDict())  # fitted anew, with the other tiles
    assert restored(path, ALL.changed(tile_px=tile)).pixels[0] == pytest.approx(whole, rel=1e-4)
    window = Window(233, 120, 100, 222)
    part = restored(path, ALL.changed(window=window)).pixels[0]
    assert part == pytest.approx(whole[window.slices], rel=1e-4)


def test_points_keep_their_power_and_the_ground_beside_them_too(tmp_path):
    row, col = np.meshgrid(np.arange(30, 230, 40.0), np.arange(30, 230, 40.0))
    offsets = rng().uniform(-0.5, 0.5, (2, row.size))
    places = np.stack([row.ravel() + offsets[0], col.ravel() + offsets[1], np.full(25, 1e3)], 1)
    size = Size(256, 256)
    z = surface(np.ones((256, 256)), BANDS, rng()) + responses(places, size, BANDS, rng())
    path = written(tmp_path, z)
    noisy = z.real**2 + z.imag**2
    kept, plain = restored(path).pixels[0], restored(path, RestoreRecipe()).pixels[0]

    def flux(power):
        boxes = [
            power[int(r) - 3 : int(r) + 4, int(c) - 3 : int(c) + 4].sum() for r, c, _ in places
        ]
        return np.array(boxes)

    assert np.median(flux(kept) / flux(noisy)) == pytest.approx(1, abs=0.06)
    away = np.hypot(*(np.mgrid[:256, :256][axis] - places[12, axis] for axis in (0, 1)))
    ring = (away > 4) & (away < 9)
    assert abs(10 * np.log10(kept[ring].mean())) < 1
    assert 10 * np.log10(plain[ring].mean()) > 2


def test_the_mean_power_is_that_of_the_scene_but_for_a_bounded_gain(tmp_path):
    scene = synthetic_scene(21, Size(400, 400))
    path = written(tmp_path, scene.samples)
    noisy = np.mean(np.abs(scene.samples.astype(np.complex128)) ** 2)
    assert abs(10 * np.log10(restored(path).pixels[0].mean() / noisy)) < 0.1


def test_zeros_lose_no_valid_pixel_and_stay_zero(tmp_path):
    z = surface(np.ones((200, 200)), BANDS, rng())
    z[50:58, 60:68] = 0
    made = restored(written(tmp_path, z))
    assert np.isfinite(made.pixels).all()
    assert (made.pixels[0, 51:57, 61:67] == 0).all()
    beside = made.pixels[0, 40:48, 55:75].mean()
    assert abs(10 * np.log10(beside)) < 1


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_other_units_change_nothing_but_the_scale(tmp_path, factor):
    z = synthetic_scene(6, Size(160, 160)).samples
    plain = restored(written(tmp_path, z)).pixels[0]
    scaled = restored(written(tmp_path, z * factor, "scaled.tif")).pixels[0]
    assert np.abs(scaled / factor**2 - plain).max() <= 1e-3 * plain.max()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_switched_by_itself(tmp_path, part):
    out = tmp_path / "out.tif"
    path = written(tmp_path, simulate_scene(SceneModel(rows=128, cols=128, seed=3)))
    restore_scene(path, LEE, RestoreRecipe.build({part: "on"}), out, Progress())
    with closing(open_scene(out)) as made:
        assert made.tags[PARTS_TAG] == part
        assert (GAIN_TAG in made.tags) == (part == "power")


def test_real_scenes_and_what_gives_no_power_are_refused_with_the_reason(tmp_path):
    real = write_geotiff(tmp_path / "real.tif", np.ones((1, 20, 20), np.float32))
    with pytest.raises(InputError, match=r"whitening .*complex"):
        restored(real)
    z = written(tmp_path, surface(np.ones((40, 40)), BANDS, rng()))
    with pytest.raises(ModelError, match="no power"):
        restored(z, ALL, "baseline:identity")


def test_a_scene_of_one_pixel_and_one_of_nothing_are_restored(tmp_path):
    for number, z in enumerate((np.ones((1, 1)), np.zeros((50, 40)))):
        made = restored(written(tmp_path, z.astype(np.complex64), f"{number}.tif"))
        assert np.isfinite(made.pixels).all()


def test_a_stop_while_the_mean_power_is_measured_is_noticed_and_leaves_nothing(tmp_path):
    path = written(tmp_path, simulate_scene(SceneModel(rows=200, cols=210, seed=5)))
    told = []
    stopped = Progress(lambda _, text: told.append(text), lambda: bool(told))
    with pytest.raises(Cancelled):
        restore_scene(path, LEE, ALL, tmp_path / "out.tif", stopped)
    assert told == ["Measuring the mean power of scene.tif"]
    assert [file.name for file in tmp_path.iterdir()] == ["scene.tif"]


def test_the_progress_moves_while_the_mean_power_is_measured_and_never_goes_back(tmp_path):
    path = written(tmp_path, simulate_scene(SceneModel(rows=300, cols=310, seed=5)))
    told = []
    progress = Progress(lambda share, text: told.append((share, text)))
    restore_scene(path, LEE, ALL, tmp_path / "out.tif", progress)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    measured = {share for share, text in told if text.startswith("Measuring")}
    assert len(measured) > 1
    assert 0.05 < max(measured) < 0.2
