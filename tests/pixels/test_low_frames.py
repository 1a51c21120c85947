"""Made coarse frames: the shifts that they were made with can be found again; nothing wraps."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.ndimage import shift as moved

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.low_frames import Passes, Sensor, low_frames
from satstudio.pixels.synthetic.low_series import LowModel, low_series

QUIET = Sensor(Fraction(3), 0.5, noise=0.0)


def wave(side, cycles=(2, 3)):
    """A band-limited image (1, side, side) that is periodic."""
    rows, cols = np.mgrid[:side, :side] / side
    image = 0.3 + 0.1 * np.sin(2 * np.pi * (cycles[0] * rows + cycles[1] * cols))
    return image[None].astype(np.float32)


def test_a_frame_shows_the_ground_at_its_place_plus_its_shift():
    side = 90
    frames = low_frames(wave(side), QUIET, Passes(4), 3, margin_px=0)
    turns = np.arange(1, side, 3)  # centres of coarse pixels
    bare = (frames.pixels[:, 0] - frames.offsets[:, None, None]) / frames.gains[:, None, None]
    assert (frames.shifts[0] == 0).all()
    for seen, (down, across) in zip(bare, frames.shifts, strict=True):
        phase = 2 * (turns[:, None] + down) / side + 3 * (turns + across) / side
        expected = np.sin(2 * np.pi * phase)
        strength = (seen - 0.3).std() / (0.1 * expected.std())
        np.testing.assert_allclose(seen, 0.3 + 0.1 * strength * expected, atol=1e-4)
        assert 0.9 < strength < 1  # what blur leaves of slow waves


def test_fine_detail_is_blurred_by_optics_and_detector():
    frames = low_frames(wave(90, (0, 15)), QUIET, Passes(1), 3, margin_px=0)  # half a cycle a pixel
    at_nyquist = 0.5 * np.sinc(0.5)
    assert frames.pixels.std() / frames.gains[0] <= 0.1 * at_nyquist + 1e-4


@pytest.mark.parametrize("ratio", [2, 3, 4, Fraction(5, 2)])
@pytest.mark.parametrize("maker", ["fields", "terrain"])
def test_shifts_can_be_found_again(ratio, maker):
    from skimage.registration import phase_cross_correlation

    model = LowModel(Fraction(ratio), ("B8",), frames=3, maker=maker)
    frames, target = low_series(Size(80, 80), 11, model)
    assert target.shape == (1, 80 * ratio, 80 * ratio)
    taper = np.outer(np.hanning(80), np.hanning(80))  # without it the edges say: not shifted
    first, *others = ((image - image.mean()) * taper for image in frames.pixels[:, 0])
    for seen, true in zip(others, frames.shifts[1:], strict=True):
        found = phase_cross_correlation(seen, first, upsample_factor=50, normalization=None)[0]
        np.testing.assert_allclose(-found * float(ratio), true, atol=0.1 * ratio)


def test_the_fine_image_lies_on_the_grid_of_the_first_frame():
    model = LowModel(Fraction(3), ("B8",), frames=1)
    differences = []
    for down in (-3, 0, 3):
        frames, target = low_series(Size(40, 40), 4, model)
        displaced = moved(target[0], (down, 0), order=1, mode="nearest")
        coarse = displaced.reshape(40, 3, 40, 3).mean(axis=(1, 3))
        bare = (frames.pixels[0, 0] - frames.offsets[0]) / frames.gains[0]
        differences.append(np.abs(coarse - bare)[2:-2].mean())
    assert differences[1] < 0.5 * min(differences[0], differences[2])


def test_clouds_hide_parts_and_the_first_frame_has_least():
    model = LowModel(Fraction(3), ("B8",), frames=9, most_hidden=0.6)
    series = [low_series(Size(32, 32), seed, model)[0] for seed in range(8)]
    shares = np.array([1 - frames.clear.mean(axis=(1, 2)) for frames in series])
    assert 0.1 < shares.mean() < 0.5
    assert shares[:, 0].mean() < 0.5 * shares[:, 1:].mean()


def test_one_pixel_and_sizes_that_do_not_fit():
    frames, target = low_series(Size(1, 1), 0, LowModel(Fraction(3), ("B4", "B8"), 2))
    assert (frames.pixels.shape, target.shape) == ((2, 2, 1, 1), (2, 3, 3))
    with pytest.raises(ValueError, match="no whole pixels"):
        low_series(Size(3, 3), 0, LowModel(Fraction(5, 2), ("B8",)))
    with pytest.raises(ValueError, match="no whole coarse pixels"):
        low_frames(wave(32), QUIET, Passes(1), 0, 0)
