"""Resize rules against plain loops, Pillow and torch."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from PIL import Image

from satstudio.restore.features.resize import RULES, bicubic_weights


def picture(rows, cols, seed=0, n=1):
    return np.random.default_rng(seed).integers(0, 256, (n, 3, rows, cols), dtype=np.uint8)


def slow(plane, size, place):
    """Bilinear interpolation, pixel by pixel in float64; `place` says where a pixel looks."""
    rows, cols = plane.shape
    found = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            y, x = place(i, rows / size), place(j, cols / size)
            top, left = min(math.floor(y), rows - 1), min(math.floor(x), cols - 1)
            down, right = min(top + 1, rows - 1), min(left + 1, cols - 1)
            p, q = y - top, x - left
            found[i, j] = (
                plane[top, left] * (1 - p) * (1 - q)
                + plane[top, right] * (1 - p) * q
                + plane[down, left] * p * (1 - q)
                + plane[down, right] * p * q
            )
    return found


def corner(i, scale):
    return i * scale


def centre(i, scale):
    return max((i + 0.5) * scale - 0.5, 0)


@given(integers(1, 40), integers(1, 40), integers(1, 23), integers(0, 9))
def test_bilinear_rules_are_plain_loops_at_any_size(rows, cols, size, seed):
    pixels = picture(rows, cols, seed)
    for rule, place, scaled in (
        ("tf1", corner, lambda x: (x - 128) / 128),
        ("ptfid", centre, lambda x: 2 * x / 255 - 1),
    ):
        found = RULES[rule](pixels, size)
        assert found.dtype == np.float32
        assert found.shape == (1, 3, size, size)
        known = [scaled(slow(plane.astype(float), size, place)) for plane in pixels[0]]
        np.testing.assert_allclose(found[0], known, atol=2e-5)


@given(integers(1, 60), integers(1, 60), integers(1, 40), integers(0, 9))
def test_clean_is_bicubic_of_pillow(rows, cols, size, seed):
    pixels = picture(rows, cols, seed)
    planes = [
        np.asarray(Image.fromarray(plane.astype(np.float32)).resize((size, size), Image.BICUBIC))
        for plane in pixels[0]
    ]
    known = (np.clip(planes, 0, 255) - 128) / 128
    np.testing.assert_allclose(RULES["clean"](pixels, size)[0], known, atol=1e-5)


@pytest.mark.parametrize(("rows", "cols"), [(64, 64), (37, 91), (299, 299), (400, 620)])
def test_the_rules_at_the_size_of_inception(rows, cols):
    pixels = picture(rows, cols)
    plane = np.asarray(Image.fromarray(pixels[0, 1].astype(np.float32)).resize((299, 299), 3))
    clean = RULES["clean"](pixels)
    np.testing.assert_allclose(clean[0, 1], (np.clip(plane, 0, 255) - 128) / 128, atol=1e-6)
    for rule in RULES:
        made = RULES[rule](pixels)
        assert made.shape == (1, 3, 299, 299)
        assert np.abs(made).max() <= 1


def test_pytorchs_own_resizing_agrees():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for rows, cols in ((64, 64), (37, 91), (512, 700)):
        pixels = picture(rows, cols)
        own = torch.nn.functional.interpolate(
            torch.from_numpy(pixels).float() / 255,
            size=(299, 299),
            mode="bilinear",
            align_corners=False,
        )
        np.testing.assert_allclose(RULES["ptfid"](pixels), 2 * own.numpy() - 1, atol=1e-4)


def test_the_three_rules_differ_where_it_matters():
    pixels = picture(400, 400)
    made = [rule(pixels) for rule in RULES.values()]
    for one in range(3):
        for other in range(one):
            assert np.abs(made[one] - made[other]).mean() > 0.05


@given(integers(1, 500), integers(1, 300))
def test_weights_of_bicubic_sum_to_one(side, size):
    np.testing.assert_allclose(bicubic_weights(side, size).sum(axis=1), 1)


def test_a_picture_of_the_right_size_stays_as_it_is():
    pixels = picture(299, 299)
    for rule, back in (("tf1", 128), ("clean", 128), ("ptfid", 127.5)):
        np.testing.assert_allclose(RULES[rule](pixels) * back + back, pixels, atol=2e-5)
