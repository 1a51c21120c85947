"""White samples of a scene: block by block, the same whoever asks; bursts, holes, other units."""

from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest
from made import write_geotiff

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.pixels.spectral.region_spectrum import neighbour_correlation
from satstudio.pixels.synthetic.scenes import Band, responses, surface, synthetic_scene
from satstudio.scenes.scene import open_scene
from satstudio.scenes.white.scene_spectra import spectra_of
from satstudio.scenes.white.source import WhiteSource

HAMMING = (Band(0.7, 0.2, "hamming", 0.6), Band(0.8, -0.05, "hamming", 0.6))


def opened(tmp_path, z, name="scene.tif", **profile):
    return closing(open_scene(write_geotiff(tmp_path / name, z[None], **profile)))


def whole(source):
    return source.read(Window.whole(source.grid.size), source.grid.size, [0])[0][0]


def db(ratio):
    return 10 * np.log10(ratio)


def test_a_scene_of_several_blocks_is_white_on_a_coarser_grid(tmp_path):
    z = surface(np.ones((700, 600)), HAMMING, np.random.default_rng(1))
    with opened(tmp_path, z) as scene:
        source = WhiteSource(scene, whitening=True, points=False)
        white = whole(source)
    assert source.kept == (10, 12)
    assert white.shape == (438, 450)
    assert max(neighbour_correlation(white, axis) for axis in (0, 1)) < 0.08
    assert abs(db(np.mean(np.abs(white) ** 2))) < 0.1


def test_a_part_is_what_the_whole_says(tmp_path):
    with opened(tmp_path, synthetic_scene(4, Size(600, 560)).samples) as scene:
        every = whole(WhiteSource(scene, whitening=True, points=True))
        part = Window(150, 100, 90, 120)
        alone = WhiteSource(scene, whitening=True, points=True).read(part, part.size, [0])[0][0]
    assert np.array_equal(alone, every[part.slices])


def test_doppler_that_runs_through_the_band_is_deramped(tmp_path):
    """As in TOPS bursts: 3 cycles a pixel over 500 lines."""
    z = surface(np.ones((600, 300)), (Band(0.6, 0.0, "hamming", 0.75), Band(0.7)), rng())
    rows = np.arange(600.0)
    ramp = np.exp(2j * np.pi * ((0.3 * rows + 0.0064 * rows**2 / 2) % 1.0))
    with opened(tmp_path, (z * ramp[:, None]).astype(np.complex64)) as scene:
        source = WhiteSource(scene, whitening=True, points=False)
        assert spectra_of(scene).drifts[0] is None
        assert spectra_of(scene).drifts[1] is not None
        white = whole(source)
    assert source.kept[0] < 13
    assert max(neighbour_correlation(white, axis) for axis in (0, 1)) < 0.08


def test_still_water_under_noise_of_another_spectrum_keeps_its_power(tmp_path):
    land = surface(np.where(np.arange(512) < 256, 0.02, 1e-4)[None].repeat(512, 0), HAMMING, rng())
    noise = surface(np.full((512, 512), 1e-3), (Band(), Band()), np.random.default_rng(9))
    with opened(tmp_path, land + noise) as scene:
        source = WhiteSource(scene, whitening=True, points=False)
        white = whole(source)
    kept = white.shape[1]
    water = np.mean(np.abs(white[:, kept // 2 + 40 : -40]) ** 2)
    assert abs(db(water / 1.1e-3)) < 0.4


def test_points_are_in_their_own_picture_and_not_in_the_rest(tmp_path):
    places = np.array([[100.5, 200.25, 1e3], [300.0, 511.6, 1e4], [420.3, 90.0, 1e3]])
    size = Size(600, 640)
    z = surface(np.ones((600, 640)), HAMMING, rng()) + responses(places, size, HAMMING, rng())
    with opened(tmp_path, z) as scene:
        source = WhiteSource(scene, whitening=True, points=True)
        window = Window.whole(size)
        power, mask = source.points_power(window, 0), source.points_mask(window, 0)
        rest = source.residual(window, 0)
    for row, col, peak in places:
        near = np.s_[int(row) - 2 : int(row) + 4, int(col) - 2 : int(col) + 4]
        assert abs(db(power[near].max() / peak)) < 1.5
        assert mask[near].any()
        assert rest[near].max() < 30
    assert mask.mean() < 0.002
    assert db(power.sum() / (z.real**2 + z.imag**2).sum()) < 0
    assert abs(db(rest.mean())) < 0.1


def test_holes_stay_empty_and_lose_no_neighbour(tmp_path):
    z = surface(np.ones((300, 300)), HAMMING, rng())
    z[100:140, 50:90] = 0
    z[200, 200] = 0
    with opened(tmp_path, z) as scene:
        source = WhiteSource(scene, whitening=True, points=True)
        empty = source.empty(Window.whole(scene.grid.size), 0)
        white = whole(source)
    assert empty.sum() == 1600
    assert empty[100:140, 50:90].all()
    share = [kept / 16 for kept in source.kept]
    hole = white[int(102 * share[0]) : int(138 * share[0]), int(52 * share[1]) : int(88 * share[1])]
    assert not hole.any()
    assert (np.abs(white) > 0).mean() > 0.97


def test_other_units_change_nothing_but_the_scale(tmp_path):
    z = synthetic_scene(6, Size(256, 256)).samples
    found = []
    for number, factor in enumerate((1.0, 1e-6, 1e6)):
        with opened(tmp_path, (z * factor).astype(np.complex64), f"{number}.tif") as scene:
            found.append(whole(WhiteSource(scene, whitening=True, points=True)) / factor)
    for one, other in pairwise(found):
        assert np.abs(one - other).max() < 1e-3 * np.abs(one).max()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (5, 3), (17, 200)])
def test_scenes_of_any_size_are_read(tmp_path, shape):
    z = surface(np.ones(shape), (Band(), Band()), rng())
    with opened(tmp_path, z) as scene:
        white = whole(WhiteSource(scene, whitening=True, points=True))
    assert np.isfinite(white).all()
    assert white.size


def test_nothing_at_all_and_what_is_not_finite_stay_harmless(tmp_path):
    z = np.zeros((64, 64), np.complex64)
    z[3, 3] = complex(np.nan, 1)
    with opened(tmp_path, z) as scene:
        assert not whole(WhiteSource(scene, whitening=True, points=True)).any()


def test_real_scenes_are_refused(tmp_path):
    with (
        opened(tmp_path, np.ones((8, 8), np.float32)) as scene,
        pytest.raises(InputError, match="complex"),
    ):
        WhiteSource(scene, whitening=True, points=False)


def rng():
    return np.random.default_rng(3)


def test_a_white_scene_with_points_between_pixels_has_no_centre(tmp_path):
    """Such points alternate from pixel to pixel, as a spectrum does that lies at the edge."""
    rows = rng().uniform(20, 236, (2, 60))
    places = np.stack([*rows, np.full(60, 1e3)], 1)
    flat = (Band(), Band())
    z = surface(np.ones((256, 256)), flat, rng()) + responses(places, Size(256, 256), flat, rng())
    with opened(tmp_path, z) as scene:
        source = WhiteSource(scene, whitening=True, points=True)
        rest = source.residual(Window.whole(scene.grid.size), 0)
        assert [drift.centre for drift in spectra_of(scene).drifts] == [0, 0]
    assert rest.max() < 100


def test_holes_raise_nothing_around_them_in_a_scene_that_is_white_already(tmp_path):
    flat = (Band(), Band())
    z = surface(np.ones((200, 200)), flat, rng())
    for row, col, side in ((32, 32, 3), (96, 96, 8), (32, 130, 32)):
        z[row : row + side, col : col + side] = 0
    with opened(tmp_path, z) as scene:
        white = whole(WhiteSource(scene, whitening=True, points=False))
    assert white == pytest.approx(z, abs=0.2)


def test_a_strong_point_leaves_no_streak_along_its_row(tmp_path):
    size = Size(300, 300)
    places = np.array([[150.3, 150.4, 3e4]])
    taper = (Band(0.7, 0.1, "taylor", -30.0), Band(0.7, 0.0, "taylor", -30.0))
    z = surface(np.ones((300, 300)), taper, rng()) + responses(places, size, taper, rng())
    with opened(tmp_path, z) as scene:
        source = WhiteSource(scene, whitening=True, points=True)
        power = np.abs(whole(source)) ** 2
    row, col = (round(150.3 * kept / 16) for kept in source.kept)
    along, beside = power[row - 1 : row + 2], power[row - 20 : row - 8]
    ends = np.r_[col - 40 : col - 12, col + 13 : col + 41]
    assert db(along[:, ends].mean() / beside[:, ends].mean()) < 2
