"""The shipped restorers on real ground that was made coarse, or put under made clouds.

They learnt made land only. Here they must be no worse than the plain rules on land that nobody
made: a test of what they do not know, no claim of how good they are.
"""

from contextlib import closing
from fractions import Fraction

import numpy as np
import pytest
from shipped_models import psnr, restored

from satstudio.metrics.measures.proba_v import cpsnr
from satstudio.pixels.compositing import mosaic
from satstudio.pixels.frame_fusion import registered_mean
from satstudio.pixels.gaps import filled
from satstudio.pixels.registration import frame_shifts
from satstudio.pixels.resampling import bicubic
from satstudio.pixels.synthetic.clouds import clouded, sky_of
from satstudio.pixels.synthetic.low_frames import Passes, Sensor, low_frames
from satstudio.pixels.synthetic.sun import Sun
from satstudio.scenes.scene import open_scene

pytestmark = pytest.mark.slow

SENTINEL2 = "optical/sentinel2/Spain_7370579_S2Hand_13band.tif"
SENTINEL1 = "sar_intensity/sen1floods11/Spain_7370579_S1Hand.tif"
AERIAL = "optical/naip_4band.tif"


def pixels(path):
    with closing(open_scene(path)) as scene:
        return np.asarray(scene.read().pixels, np.float32)


@pytest.fixture(scope="module")
def sentinel2(open_data):
    """(13, 512, 512) reflectance at the top of the air."""
    return pixels(open_data / SENTINEL2) / 1e4


@pytest.fixture(scope="module")
def aerial(open_data):
    """(4, rows, cols): red, green, blue, near infrared of 8 bits, as if reflectances."""
    return pixels(open_data / AERIAL) / 512


def windows(image, side, step):
    rows, cols = image.shape[-2:]
    for row in range(0, rows - side + 1, step):
        for col in range(0, cols - side + 1, step):
            part = image[..., row : row + side, col : col + side]
            if (part > 0).mean() > 0.99:
                yield part


@pytest.mark.parametrize(("name", "bands"), [("sentinel2", (1, 2, 3, 7)), ("aerial", (2, 1, 0, 3))])
def test_one_image_becomes_finer_than_by_bicubic_and_keeps_its_colours(name, bands, request):
    fine = request.getfixturevalue(name)[list(bands)]
    gains, away = [], []
    for number, part in enumerate(windows(fine, 136, 300)):
        made = low_frames(part, Sensor(Fraction(2)), Passes(1), number, 8)
        low, target = made.pixels[0], part[:, 8:-8, 8:-8]
        answer, plain = restored("super_resolution", low=low), bicubic(low, made.clear[0], 2)[0]
        gains.append(psnr(target, answer) - psnr(target, plain))
        away.append(np.abs(answer.mean((1, 2)) - low.mean((1, 2))).max())
    assert min(gains) > 0
    assert np.mean(gains) > 0.5
    assert max(away) < 1e-3


def test_frames_become_finer_than_their_registered_mean(sentinel2):
    gains = []
    for number, part in enumerate(windows(sentinel2[[7]], 138, 300)):
        made = low_frames(part, Sensor(Fraction(3)), Passes(9, 0.3, "cells"), number, 9)
        target = part[:, 9:-9, 9:-9]
        answer = restored(
            "multi_image_super_resolution", low=made.pixels, low_mask=made.clear[:, None]
        )
        shifts = [(one.rows, one.cols) for one in frame_shifts(made.pixels, made.clear)]
        rival = registered_mean(made.pixels, made.clear, shifts, 3).values
        gains.append(cpsnr(target, answer, data_range=1.0) - cpsnr(target, rival, data_range=1.0))
    assert np.mean(gains) > 0.5


def test_clouds_are_removed_and_what_is_seen_stays(sentinel2, open_data):
    """Seen pixels are as near as the mosaic's; hidden ones nearer than clouds are.

    But not nearer than the mosaic filled from around, as the card says: what SAR means was learnt
    on made land.
    """
    together = np.concatenate([sentinel2, pixels(open_data / SENTINEL1) + 100])  # no decibel is 0
    hidden, seen, clouds = [], [], []
    for number, part in enumerate(windows(together, 96, 208)):
        ground, sar = part[:13], part[13:] - 100
        rng = np.random.default_rng([7, number])
        covers = rng.uniform(0.3, 0.9, 3)
        skies = [sky_of(rng, Sun.of(150, 40), cover, "cells") for cover in covers]
        frames = [clouded(ground, sky, int(rng.integers(2**63))) for sky in skies]
        target = frames[1].cloudless
        dates = np.stack([frame.pixels for frame in frames])
        clear = np.stack([frame.clear for frame in frames])
        made = restored("cloud_removal", optical=dates, optical_mask=clear[:, None], sar=sar)
        plain = mosaic(dates, clear)
        fill = filled(plain, 32).values
        for gains, where in ((hidden, ~plain.seen), (seen, plain.seen)):
            if where.sum() > 50:
                gains.append([psnr(target[:, where], one[:, where]) for one in (made, fill)])
        clouds.append(psnr(target[:, ~plain.seen], plain.values[:, ~plain.seen]))
    (made, fill), (made_seen, mosaic_seen) = np.mean(hidden, axis=0), np.mean(seen, axis=0)
    assert made_seen > mosaic_seen - 0.3
    assert made > np.mean(clouds) + 8
    assert made > fill - 6
