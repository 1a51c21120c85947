"""Levels of pyramids hold the mean of what is valid, as slow loops and GDAL have it."""

import subprocess
import sys
import threading

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis.strategies import booleans, integers, sampled_from, tuples
from made import speckle, write_geotiff
from made_pyramids import ArraySource, block_means, built, whole

from satstudio.core.errors import SceneError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.gdal.source import GdalSource
from satstudio.scenes.pyramid import build as pyramid_module
from satstudio.scenes.pyramid.build import build_pyramid, open_pyramid
from satstudio.scenes.pyramid.level_files import coded, decoded


def worst_db(found, wanted):
    return np.abs(10 * np.log10(found / wanted)).max()


@pytest.fixture
def small_top(monkeypatch):
    """Levels go on until 16 pixels, so that small scenes have many."""
    monkeypatch.setattr("satstudio.scenes.pyramid.levels.TOP_PX", 16)


@given(
    rows=integers(17, 150),
    cols=integers(17, 150),
    aspect=sampled_from([1.0, 5.0, 0.3]),
    has_holes=booleans(),
    block=sampled_from([(1, 150), (16, 16), (64, 32)]),
)
def test_a_level_is_the_mean_power_of_the_valid_pixels(rows, cols, aspect, has_holes, block):
    z = speckle(rows, cols, 7.0, seed=rows * 151 + cols)
    valid = np.ones((rows, cols), bool)
    if has_holes:
        valid = np.random.default_rng(cols).random((rows, cols)) < 0.5
        valid[: rows // 3] = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("satstudio.scenes.pyramid.levels.TOP_PX", 16)
        patch.setattr(pyramid_module, "CHUNK_BYTES", 8 * 700)
        identity = f"{rows}-{cols}-{aspect}-{has_holes}-{block}"
        pyramid = built(ArraySource(z[None], valid, (aspect, 1.0), block), identity)
    for level, factors in enumerate(pyramid.levels):
        mean, has = block_means(np.abs(z.astype(np.complex128)) ** 2, valid, factors)
        found, good = whole(pyramid, level)
        np.testing.assert_array_equal(good, has)
        if has.any():
            assert worst_db(found[has], mean[has]) < 0.01
    power = np.abs(z[valid].astype(np.complex128)) ** 2
    if valid.any():
        assert pyramid.ranges[0] == pytest.approx((power.min(), power.max()), rel=1e-5)


def test_mean_power_is_not_biased(small_top):
    z = speckle(600, 500, 3.0)
    pyramid = built(ArraySource(z[None]))
    for level in range(len(pyramid.levels)):
        power, _ = whole(pyramid, level)
        cut = block_means(np.abs(z) ** 2, np.ones(z.shape, bool), pyramid.levels[level])[0]
        assert abs(10 * np.log10(power.mean() / cut.mean())) < 0.001


def test_borders_without_data_do_not_darken_what_is_beside_them(small_top):
    z = np.full((200, 200), 2 + 0j, np.complex64)
    z[:37] = np.nan
    z[:, 150:] = 0
    valid = np.ones(z.shape, bool)
    valid[:, 150:] = False
    pyramid = built(ArraySource(z[None], valid))
    for level in range(len(pyramid.levels)):
        power, good = whole(pyramid, level)
        assert good.any()
        assert not good.all()
        np.testing.assert_allclose(power[good], 4, rtol=0.003)


def test_zeros_are_data_where_the_reader_says_so(small_top):
    pyramid = built(ArraySource(np.zeros((1, 64, 64), np.complex64)))
    power, good = whole(pyramid, 0)
    assert good.all()
    assert power.max() < 1e-30


def test_a_scene_without_any_valid_pixel_has_levels_without_data(small_top):
    z = speckle(64, 64)[None]
    pyramid = built(ArraySource(z, np.zeros((64, 64), bool)))
    assert not whole(pyramid, 1)[1].any()
    assert pyramid.ranges == ((0.0, 0.0),)


def test_a_scene_of_one_screen_has_no_levels_but_its_range():
    z = speckle(100, 100)
    pyramid = built(ArraySource(z[None]))
    assert pyramid.levels == ()
    assert pyramid.maximum == pytest.approx((np.abs(z) ** 2).max(), rel=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64", "int32"])
def test_real_scenes_get_the_mean_of_valid_values(dtype, small_top):
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 120, (3, 133, 75)).astype(dtype)
    valid = rng.random((133, 75)) < 0.7
    pyramid = built(ArraySource(pixels, valid))
    assert pyramid.meta.bands == 3
    for band in range(3):
        for level, factors in enumerate(pyramid.levels):
            mean, has = block_means(pixels[band], valid, factors)
            found, good = whole(pyramid, level, band)
            np.testing.assert_array_equal(good, has)
            tolerance = 0.5001 if dtype in ("uint8", "int16", "uint16") else 1e-4
            np.testing.assert_allclose(found[has], mean[has], atol=tolerance)


def test_many_bands_are_read_in_groups(small_top):
    pixels = np.arange(20, dtype=np.uint8)[:, None, None] * np.ones((20, 40, 40), np.uint8)
    pyramid = built(ArraySource(pixels))
    assert [int(whole(pyramid, 0, band)[0].max()) for band in range(20)] == list(range(20))


@given(
    rows=integers(1, 900),
    cols=integers(1, 900),
    block=tuples(integers(1, 700), integers(1, 700)),
    most_px=integers(16, 5000),
)
def test_chunks_cover_each_pixel_once_from_top_to_bottom(rows, cols, block, most_px):
    seen = np.zeros((rows, cols), int)
    chunks = list(pyramid_module._chunks(Size(rows, cols), block, most_px))
    for window in chunks:
        seen[window.slices] += 1
        assert window.row % 2 == window.col % 2 == 0
        assert window.rows % 2 == 0 or window.end_row == rows
        assert window.cols % 2 == 0 or window.end_col == cols
        assert window.size.pixels <= max(16 * most_px, 4 * block[0] * block[1])
    assert (seen == 1).all()
    assert chunks == sorted(chunks, key=lambda window: (window.row, window.col))


def test_a_large_compressed_block_is_decoded_once():
    chunks = list(pyramid_module._chunks(Size(3000, 1000), (1024, 1000), 500_000))
    assert [window.rows for window in chunks] == [1024, 1024, 952]


def test_any_window_of_a_level_is_that_part_of_the_level():
    z = speckle(1100, 1500)
    pyramid = built(ArraySource(z[None], block=(256, 256)))
    level, _ = whole(pyramid, 0)
    for window in (Window(0, 0, 1, 1), Window(250, 255, 20, 300), Window(549, 700, 1, 50)):
        part, good = pyramid.read(0, 0, window)
        np.testing.assert_array_equal(part, level[window.slices])
        assert good.all()
    with pytest.raises(SceneError, match="no window"):
        pyramid.read(0, 0, Window(549, 700, 2, 51))


def test_codes_keep_the_order_and_a_hundredth_of_a_decibel():
    power = np.logspace(-35, 37, 40001, dtype=np.float32)
    found = decoded(coded(power))
    assert (np.diff(found) >= 0).all()
    assert worst_db(found, power) < 0.0086
    assert coded(np.zeros(1, np.float32))[0] == 1


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_levels_agree_with_gdals_rms_overviews(tmp_path):
    path = write_geotiff(tmp_path / "slc.tif", speckle(600, 760, 50.0), tiled=True)
    pyramid = built(GdalSource(path))
    copy = write_geotiff(tmp_path / "copy.tif", speckle(600, 760, 50.0), tiled=True)
    with rasterio.open(copy, "r+") as dataset:
        dataset.build_overviews([2, 4], rasterio.enums.Resampling.rms)
    for level, overview in ((0, 0), (1, 1)):
        with rasterio.open(copy, OVERVIEW_LEVEL=overview) as dataset:
            theirs = np.abs(dataset.read(1)) ** 2
        ours, _ = whole(pyramid, level)
        assert ours.shape == theirs.shape
        assert abs(10 * np.log10(ours.mean() / theirs.mean())) < 0.05
        # rms of the parts, each with its sign: close, not equal (1.8 and 1.0 dB rms are known)
        spread = np.std(10 * np.log10(ours / np.maximum(theirs, 1e-9)))
        assert spread < (2.5, 1.5)[level]


def test_progress_only_rises_and_ends_at_one():
    shares = []
    source = ArraySource(np.ones((20, 300, 300), np.float32))
    build_pyramid(source, "made", Progress(lambda share, text: shares.append(share)))
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_another_thread_reads():
    source = ArraySource(speckle(300, 300)[None])
    built(source)
    assert threading.get_ident() not in source.threads


def test_a_real_scene_with_nan_and_a_zero_border_has_levels_of_its_valid_power(shared_data):
    name = "s1_complex64_with_nan_and_zero_border.tif"
    source = GdalSource(shared_data / "data/open/sar_slc/geotiff" / name)
    size = source.grid.size
    pixels, valid = source.read(Window.whole(size), size, (0,))
    assert not valid.all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("satstudio.scenes.pyramid.levels.TOP_PX", 32)
        pyramid = built(source, name)
    for level, factors in enumerate(pyramid.levels):
        power = np.abs(np.where(valid, pixels[0], 0).astype(np.complex128)) ** 2
        mean, has = block_means(power, valid, factors)
        found, good = whole(pyramid, level)
        np.testing.assert_array_equal(good, has)
        np.testing.assert_allclose(found[has], mean[has], rtol=0.0023, atol=1e-30)
    source.close()


LARGE = """
import resource, sys, threading, numpy as np
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.pyramid.build import build_pyramid

class Made:
    grid, bands, is_complex, dtype = GeoGrid(Size(20000, 20000)), ("a",), True, "complex64"
    def read(self, window, shape, bands):
        z = np.full((1, shape.rows, shape.cols), 3 + 4j, np.complex64)
        return z, np.ones(z.shape[1:], bool)

made = Made()
made.read(None, Size(8, 8), (0,))
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
build_pyramid(made, "large", Progress())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux")
def test_a_scene_of_400_million_pixels_needs_less_than_250_mb():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 250
    power, good = whole(open_pyramid("large"), 6)
    assert good.all()
    np.testing.assert_allclose(power, 25, rtol=0.002)
