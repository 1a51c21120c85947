"""Several frames to one: what is clear counts, shifts are found, what is invented is told."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.ndimage import shift as moved

from satstudio.core.errors import InputError
from satstudio.core.grid import Size
from satstudio.pixels.compositing import (
    clearest,
    frame_mean,
    frame_median,
    least_cloudy,
    mosaic,
    temporal_interpolation,
)
from satstudio.pixels.frame_fusion import registered_mean, shift_and_add
from satstudio.pixels.histograms import fit_histogram
from satstudio.pixels.registration import frame_shifts, shift_between
from satstudio.pixels.resampling import bicubic
from satstudio.pixels.synthetic.low_series import LowModel, low_series

TRUE = [(0.0, 0.0), (0.4, -1.3), (-2.25, 0.6), (1.0, 1.5)]


def frames(*levels: float, bands: int = 1, side: int = 2) -> np.ndarray:
    """Constant frames (n, bands, side, side)."""
    return np.stack([np.full((bands, side, side), level, np.float32) for level in levels])


def ground(side: int, seed: int = 0) -> np.ndarray:
    """Smooth random ground with edges."""
    field = gaussian_filter(np.random.default_rng(seed).standard_normal((side, side)), 2.0)
    return field + 0.3 * (field > 0)


def low_frames(side: int = 48, ratio: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Fine ground and what four moved looks at it see in pixels `ratio` times as large."""
    fine = ground(ratio * (side + 8), seed)
    looks = []
    rng = np.random.default_rng(seed + 1)
    for down, across in TRUE:
        seen = moved(gaussian_filter(fine, 1.0), (-ratio * down, -ratio * across), order=3)
        box = seen.reshape(side + 8, ratio, side + 8, ratio).mean(axis=(1, 3))
        looks.append(box[4:-4, 4:-4] + 0.002 * rng.standard_normal((side, side)))
    inner = fine[4 * ratio : -4 * ratio, 4 * ratio : -4 * ratio]
    return inner, np.stack(looks)[:, None].astype(np.float32)


def error_db(made: np.ndarray, wanted: np.ndarray, border: int = 9) -> float:
    inner = np.s_[border:-border, border:-border]
    return 10 * np.log10(np.square(made[0][inner] - wanted[inner]).mean())


def test_clear_pixels_alone_make_mean_and_median():
    images = frames(1.0, 2.0, 6.0)
    good = np.ones((3, 2, 2), bool)
    good[2, 0, 0] = good[1:, 0, 1] = good[:, 1, 1] = False
    images[~good[:, None]] = np.nan
    mean, median = frame_mean(images, good), frame_median(images, good)
    np.testing.assert_allclose(mean.values[0], [[1.5, 1.0], [3.0, 0.0]])
    np.testing.assert_allclose(median.values[0], [[1.5, 1.0], [2.0, 0.0]])
    np.testing.assert_array_equal(mean.seen, good.any(axis=0))
    np.testing.assert_array_equal(median.seen, good.any(axis=0))


def test_the_mosaic_falls_back_on_the_clearest_frame_and_says_where():
    images = frames(1.0, 2.0)
    good = np.zeros((2, 2, 2), bool)
    good[0, 0, 0] = good[1, 0, :] = True
    assert clearest(good) == 1
    made = mosaic(images, good)
    np.testing.assert_allclose(made.values[0], [[1.5, 2.0], [2.0, 2.0]])
    np.testing.assert_array_equal(made.seen, [[True, True], [False, False]])
    as_it_is = least_cloudy(images, good)
    np.testing.assert_allclose(as_it_is.values, images[1])
    np.testing.assert_array_equal(as_it_is.seen, good[1])


def test_all_cloudy_and_without_data_is_finite_and_never_seen():
    images = np.full((3, 2, 4, 4), np.nan, np.float32)
    good = np.zeros((3, 4, 4), bool)
    for made in (
        frame_mean(images, good),
        frame_median(images, good),
        mosaic(images, good),
        least_cloudy(images, good),
        temporal_interpolation(images, good, [0, 1, 2], 1),
    ):
        assert np.isfinite(made.values).all()
        assert not made.seen.any()


@pytest.mark.parametrize(
    ("clear", "wanted", "is_seen"),
    [
        ([True, True, True], 4.0, True),  # the day itself
        ([True, False, True], 1.0 + 8.0 * 10 / 40, True),
        ([True, False, False], 1.0, True),  # one side alone: the nearest
        ([False, False, True], 9.0, True),
        ([False, False, False], 1.0, False),  # never: the clearest frame, here the first
    ],
)
def test_pixels_are_interpolated_between_the_clear_days_around_one(clear, wanted, is_seen):
    good = np.array(clear)[:, None, None] & np.ones((1, 2, 2), bool)
    made = temporal_interpolation(frames(1.0, 4.0, 9.0), good, [5, 15, 45], 15)
    np.testing.assert_allclose(made.values, wanted, rtol=1e-6)
    assert made.seen.all() == is_seen


def test_the_order_of_the_frames_does_not_matter_but_each_needs_a_date():
    good = np.array([True, True, False])[:, None, None] & np.ones((1, 2, 2), bool)
    made = temporal_interpolation(frames(9.0, 1.0, 4.0), good, [45, 5, 15], 15)
    np.testing.assert_allclose(made.values, 3.0, rtol=1e-6)
    with pytest.raises(InputError, match="3 frames and 2 dates"):
        temporal_interpolation(frames(1, 2, 3), good, [1, 2], 1)


@pytest.mark.parametrize("ratio", [Fraction(5, 2), Fraction(3), Fraction(1, 2), Fraction(2, 3)])
def test_bicubic_keeps_the_place_of_a_plane_by_any_fraction(ratio):
    rows, cols = np.mgrid[0:48, 0:60].astype(np.float64)
    made, good = bicubic((2 * rows - cols)[None], np.ones((48, 60), bool), ratio)
    assert made.shape == (1, round(48 * ratio), round(60 * ratio))
    assert good.all()
    fine_rows, fine_cols = np.mgrid[0 : made.shape[1], 0 : made.shape[2]]
    ideal = 2 * ((fine_rows + 0.5) / float(ratio) - 0.5) - (fine_cols + 0.5) / float(ratio) + 0.5
    inner = np.s_[8:-8, 8:-8]
    near = 1e-4 if ratio >= 1 else 0.07  # stretched, the kernel's taps are no exact cubic
    np.testing.assert_allclose(made[0][inner], ideal[inner], atol=near)


def test_bicubic_is_what_pillow_calls_bicubic():
    from PIL import Image

    image = ground(24)[:, :20].astype(np.float32)
    made, _ = bicubic(image[None], np.ones(image.shape, bool), 3)
    ideal = np.asarray(Image.fromarray(image).resize((60, 72), Image.Resampling.BICUBIC))
    np.testing.assert_allclose(made[0][6:-6, 6:-6], ideal[6:-6, 6:-6], atol=1e-5)


def test_holes_do_not_spread_when_pixels_change_their_size():
    image, good = np.full((1, 12, 12), 7.0), np.ones((12, 12), bool)
    good[4:7, 4:7], image[:, 4:7, 4:7] = False, np.nan
    made, there = bicubic(image, good, 3)
    np.testing.assert_allclose(made[0][there], 7.0, rtol=1e-6)
    assert not there[13:20, 13:20].any()
    assert there[:10].all()


def test_shifts_are_found_to_a_tenth_of_a_pixel_or_better():
    _, looks = low_frames()
    found = frame_shifts(looks, np.ones((4, 48, 48), bool))
    for shift, (down, across) in zip(found, TRUE, strict=True):
        assert abs(shift.rows - down) < 0.1, (shift, down)
        assert abs(shift.cols - across) < 0.1, (shift, across)
        assert shift.correlation > 0.9


def test_shifts_are_found_under_clouds_and_nothing_is_claimed_of_what_has_no_features():
    _, looks = low_frames()
    good = np.ones((4, 48, 48), bool)
    good[1, 5:20, 10:35] = good[2, 30:, :15] = good[0, :8] = False
    looks = np.where(good[:, None], looks, 40.0)  # 40 dB bright where it is masked
    for shift, (down, across) in zip(frame_shifts(looks, good)[1:], TRUE[1:], strict=True):
        assert abs(shift.rows - down) < 0.15, (shift, down)
        assert abs(shift.cols - across) < 0.15, (shift, across)
    whole = np.ones((48, 48), bool)
    for other in (np.zeros((48, 48)), np.full((48, 48), 3.0)):
        assert shift_between(looks[0, 0], other, whole, whole).correlation == 0
    assert shift_between(np.ones((1, 1)), np.ones((1, 1)), whole[:1, :1], whole[:1, :1]).rows == 0
    assert shift_between(looks[0, 0], looks[1, 0], whole, ~whole).correlation == 0


def test_registered_frames_show_more_than_any_of_them():
    fine, looks = low_frames()
    good = np.ones((4, 48, 48), bool)
    found = [(shift.rows, shift.cols) for shift in frame_shifts(looks, good)]
    one = error_db(bicubic(looks[0], good[0], 3)[0], fine)
    unregistered = error_db(registered_mean(looks, good, [(0, 0)] * 4, 3).values, fine)
    registered = error_db(registered_mean(looks, good, found, 3).values, fine)
    ideal = error_db(registered_mean(looks, good, TRUE, 3).values, fine)
    added = error_db(shift_and_add(looks, good, found, 3).values, fine)
    assert registered < one < unregistered
    assert abs(registered - ideal) < 0.3
    assert added < unregistered


def test_shift_and_add_puts_each_pixel_where_its_centre_lies():
    looks = frames(1.0, 2.0, side=4)
    made = shift_and_add(looks, np.ones((2, 4, 4), bool), [(0, 0), (0.5, 0.5)], 2)
    np.testing.assert_allclose(made.values[0, 1:7:2, 1:7:2], 1.0)
    np.testing.assert_allclose(made.values[0, 2:7:2, 2:7:2], 2.0)
    assert made.seen.all()


def test_a_histogram_becomes_that_of_another_image():
    rng = np.random.default_rng(3)
    values, wanted = rng.normal(5, 2, (2, 20_000)), rng.gamma(2.0, 1.0, (2, 20_000))
    table = fit_histogram(values, wanted)
    made = table.apply(values.reshape(2, 100, 200))
    for share in (0.01, 0.25, 0.5, 0.75, 0.99):
        np.testing.assert_allclose(
            np.quantile(made, share), np.quantile(wanted, share), rtol=0.02, atol=0.02
        )


def test_histograms_of_constant_and_empty_bands_do_no_harm():
    constant = fit_histogram(np.full((1, 9), 4.0), np.arange(9.0)[None])
    np.testing.assert_allclose(constant.apply(np.full((1, 2, 2), 4.0)), 4.0)
    empty = fit_histogram(np.full((1, 9), np.nan), np.arange(9.0)[None])
    np.testing.assert_allclose(empty.apply(np.full((1, 2, 2), 0.5)), 0.5)


def test_found_shifts_are_worth_the_true_ones_on_made_frames():
    worth = []
    for seed in range(2):
        made, fine = low_series(Size(48, 48), seed, LowModel(Fraction(3), ("B8",), 8, 0.3))
        true = made.shifts / 3
        found = frame_shifts(made.pixels, made.clear)
        moves = [(shift.rows, shift.cols) for shift in found]
        assert np.median(np.abs(np.array(moves) - true)) < 0.05
        errors = [
            error_db(registered_mean(made.pixels, made.clear, shifts, 3).values, fine[0])
            for shifts in (true, moves, 0 * true)
        ]
        worth.append((errors[1] - errors[0], errors[2] - errors[1]))
    loss, gain = np.mean(worth, axis=0)
    assert abs(loss) < 0.1
    assert gain > 0.3
