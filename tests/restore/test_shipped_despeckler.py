"""The despeckler that comes with the program: the same pixels whatever the tiles."""

from contextlib import closing

import numpy as np
import pytest
from made import speckle
from scipy.ndimage import distance_transform_cdt

from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.pixels.phasor import interleave
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.whole_scene import RestoreRecipe, restore_raster, restore_scene
from satstudio.scenes.scene import open_scene

MODEL = resources_folder() / "models/despeckler.onnx"
FAST = resources_folder() / "models/despeckler_fast.onnx"
SAMPLE = resources_folder() / "demo/sample_slc.tif"
WITH_ZEROS = (
    "sar_slc/isce/warped_winnipeg.slc",  # UAVSAR, warped: zeros around it
    pytest.param(  # lines of zeros between bursts
        "sar_slc/geotiff/s1_iw_9bursts_decimated_210gcp.tif", marks=pytest.mark.nightly
    ),
)
WINDOW = Window(900, 333, 301, 397)
AGREE = 1e-5
"""Of the largest output."""


@pytest.fixture(scope="module", params=[FAST, pytest.param(MODEL, marks=pytest.mark.nightly)])
def model(request):
    return request.param


@pytest.fixture(scope="module")
def expected(model):
    with closing(open_scene(SAMPLE)) as scene:
        return restore_raster(scene, model, RestoreRecipe(window=WINDOW)).pixels[0]


@pytest.mark.parametrize("tile_px", [192, 320])
def test_any_tile_size_gives_the_same_pixels(model, expected, tile_px):
    with closing(open_scene(SAMPLE)) as scene:
        recipe = RestoreRecipe(window=WINDOW, tile_px=tile_px)
        found = restore_raster(scene, model, recipe).pixels[0]
    assert np.abs(found - expected).max() <= AGREE * expected.max()


def test_without_its_halo_seams_are_seen(model, expected):
    with closing(open_scene(SAMPLE)) as scene:
        recipe = RestoreRecipe(window=WINDOW, tile_px=128, halo_px=0)
        found = restore_raster(scene, model, recipe).pixels[0]
    assert np.abs(found - expected).max() > 100 * AGREE * expected.max()


def test_a_window_is_that_part_of_the_whole_scene(model, expected, tmp_path):
    larger = Window(860, 300, 360, 500)
    out = restore_scene(SAMPLE, model, RestoreRecipe(window=larger), tmp_path / "o.tif", Progress())
    inside = WINDOW.moved(-larger.row, -larger.col)
    with closing(open_scene(out)) as restored:
        found = restored.read(inside).pixels[0]
    assert np.abs(found - expected).max() <= AGREE * expected.max()


@pytest.fixture(scope="module")
def engine():
    net = ModelFile.load(MODEL)
    return lambda samples: net.run(interleave(samples[None, None]))[0, 0]


def made_hole(samples, side):
    """Samples with a square of zeros in the middle, and how far each pixel lies from it."""
    first = (len(samples) - side) // 2
    hole = np.zeros(samples.shape, bool)
    hole[first : first + side, first : first + side] = True
    return np.where(hole, 0, samples).astype(np.complex64), distance_transform_cdt(~hole)


NOT_REACHED = pytest.mark.xfail(reason="beside a hole of 65 px more than 1 dB", strict=True)
"""A bar that the shipped model misses; it stays where it is."""


@pytest.mark.parametrize("side", [1, 3, 9, 33, pytest.param(65, marks=NOT_REACHED)])
def test_beside_zeros_a_uniform_area_stays_what_it_is_and_zeros_stay_zeros(engine, side):
    samples = speckle(160, 160, seed=3)
    holed, distance = made_hole(samples, side)
    found, plain = engine(holed), engine(samples)
    assert np.isfinite(found).all()
    change = 20 * np.log10(found[distance > 0] / plain[distance > 0])
    beside = distance[distance > 0]
    assert np.abs(change[(beside >= 3) & (beside <= 8)]).max() < 1
    assert np.abs(change).max() < 3
    if side >= 3:
        assert not found[distance == 0].any()


@pytest.mark.parametrize("side", [33, 65])
def test_large_holes_stay_zeros_and_nothing_beside_them_is_lost(engine, side):
    holed, distance = made_hole(speckle(160, 160, seed=3), side)
    found = engine(holed)
    assert np.isfinite(found).all()
    assert (found[distance > 0] > 0).all()
    assert not found[distance == 0].any()


@pytest.mark.xfail(reason="1.03 dB, not 1, beside a hole of 17 px that is nearly zero", strict=True)
@pytest.mark.parametrize("near", [1e-10, 1e-5])
def test_what_is_nearly_zero_disturbs_no_more_than_zeros(engine, near):
    samples = speckle(160, 160, seed=4)
    holed, distance = made_hole(samples, 17)
    found = engine(np.where(distance == 0, np.complex64(near) * samples, holed))
    beside = (distance >= 3) & (distance <= 8)
    assert np.abs(20 * np.log10(found[beside] / engine(samples)[beside])).max() < 1
    assert np.isfinite(found).all()


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_unit_of_a_scene_does_not_matter(engine, scale):
    holed, _ = made_hole(speckle(160, 160, seed=5), 9)
    holed[40, 40] = 100
    found = engine((np.float32(scale) * holed).astype(np.complex64))
    np.testing.assert_allclose(found, scale * engine(holed), rtol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_ZEROS)
def test_real_scenes_with_zeros_lose_no_valid_pixel(open_data, tmp_path, name):
    out = tmp_path / "out.tif"
    restore_scene(open_data / name, MODEL, RestoreRecipe(), out, Progress())
    with closing(open_scene(open_data / name)) as before, closing(open_scene(out)) as after:
        noisy, power = before.read(), after.read()
    assert np.array_equal(noisy.valid, power.valid)
    values, own = power.pixels[0][power.valid], np.abs(noisy.pixels[0][power.valid])
    assert np.isfinite(values).all()
    assert (values[own > 0] > 0).mean() > 0.999
    assert values.mean() == pytest.approx(np.square(own, dtype=np.float64).mean(), rel=0.1)
