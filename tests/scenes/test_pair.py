"""A pair of scenes reads as their signed difference or ratio, coarse or fine."""

from contextlib import ExitStack, closing

import numpy as np
import pytest
from made import made_complex, made_rgb, made_slc, write_geotiff

from satstudio.core.errors import GridMismatchError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.geometry.pair import PairScene, mismatch
from satstudio.scenes.pyramid.build import build_pyramid, open_pyramid
from satstudio.scenes.scene import open_scene


@pytest.fixture
def opened(tmp_path):
    """A complex scene and its filtered intensity."""
    scene = made_slc(tmp_path, 600, 560)
    made = restore_scene(
        scene, "baseline:boxcar", RestoreRecipe(), tmp_path / "made.tif", Progress()
    )
    with ExitStack() as stack:
        yield [stack.enter_context(closing(open_scene(path))) for path in (scene, made)]


def test_the_ratio_is_reference_power_over_result(opened):
    reference, result = (scene.read() for scene in opened)
    pair = PairScene(*opened, "ratio")
    seen = pair.read(Window(10, 20, 40, 30))
    rows, cols = Window(10, 20, 40, 30).slices
    power = np.abs(reference.pixels[:, rows, cols].astype(complex)) ** 2
    wanted = power / result.pixels[:, rows, cols]
    assert np.allclose(seen.pixels[:, seen.valid], wanted[:, seen.valid], rtol=1e-5)
    assert (pair.dtype, pair.is_complex, pair.band_info[0].unit) == ("float32", False, "")


def test_the_difference_of_radar_scenes_is_in_decibels_and_signed(opened):
    ratio, difference = (PairScene(*opened, kind).read() for kind in ("ratio", "difference"))
    good = ratio.valid & difference.valid & (ratio.pixels[0] > 0)
    decibels = -10 * np.log10(ratio.pixels[0][good].astype(float))
    assert np.allclose(difference.pixels[0][good], decibels, atol=1e-4)
    assert PairScene(*opened, "difference").band_info[0].unit == "dB"


def test_places_without_data_in_either_have_none(opened):
    reference = opened[0].read()
    pair = PairScene(*opened, "ratio").read()
    assert not (pair.valid & ~reference.valid).any()
    assert np.isfinite(pair.pixels).all()


def test_a_coarse_ratio_compares_means_once_both_have_a_pyramid(opened):
    pair = PairScene(*opened, "ratio")
    assert not pair.has_pyramid
    for scene in opened:
        build_pyramid(scene.source, scene.identity, Progress())
        scene.attach_pyramid(open_pyramid(scene.identity))
    assert pair.has_pyramid
    coarse = pair.read(None, Size(75, 70))
    assert coarse.sampling == "mean"
    assert abs(float(coarse.pixels[0][coarse.valid].mean()) - 1) < 0.1
    assert float(coarse.pixels[0][coarse.valid].std()) < 0.3  # single pixels: 0.9


def test_closing_a_pair_leaves_its_scenes_open(opened):
    PairScene(*opened, "ratio").close()
    assert opened[0].read(Window(0, 0, 4, 4)).pixels.size == 16


def test_plain_values_differ_in_their_own_unit(tmp_path):
    values = np.arange(64, dtype=np.uint16).reshape(1, 8, 8)
    paths = [write_geotiff(tmp_path / f"{n}.tif", values + np.uint16(n)) for n in (0, 3)]
    with closing(open_scene(paths[0])) as first, closing(open_scene(paths[1])) as second:
        seen = PairScene(first, second, "difference").read()
    assert (seen.pixels == 3).all()


def test_what_cannot_be_compared_says_why(tmp_path):
    with (
        closing(open_scene(made_complex(tmp_path, 64, 64, name="a.tif"))) as first,
        closing(open_scene(made_complex(tmp_path, 32, 64, name="b.tif"))) as small,
        closing(open_scene(made_rgb(tmp_path))) as colours,
    ):
        assert "same grid" in mismatch(first, small)
        assert mismatch(first, first) == ""
        with pytest.raises(GridMismatchError, match="3"):
            PairScene(first, colours, "ratio")
