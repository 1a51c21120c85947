import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from satstudio.pixels.noise import complex_normal, real_normal
from satstudio.restore.generate.walks import between, walk_images


@given(seed=integers(0, 10_000), steps=integers(2, 20))
def test_a_walk_starts_and_ends_exactly_at_its_ends(seed, steps):
    first, second = complex_normal(seed, 2, 5)
    for way in ("slerp", "linear", "blend"):
        made = between(first, second, steps, way)
        assert made.shape == (steps, 5)
        assert np.array_equal(made[[0, -1]], [first, second])


def test_an_arc_keeps_the_length_that_a_straight_line_loses():
    first, second = (row / np.linalg.norm(row) for row in complex_normal(3, 2, 64))
    arc, line = (
        np.linalg.norm(between(first, second, 9, way), axis=1) for way in ("slerp", "linear")
    )
    assert arc == pytest.approx(np.ones(9), abs=1e-6)
    assert line[4] == pytest.approx(np.sqrt(0.5), abs=0.1)


def test_an_arc_is_walked_with_one_speed():
    first, second = (row / np.linalg.norm(row) for row in real_normal(3, 2, 64))
    arc = between(first, second, 9, "slerp")
    assert np.ptp(np.linalg.norm(np.diff(arc, axis=0), axis=1)) < 1e-5


@pytest.mark.parametrize("share", [1.0, -1.0, 0.0])
def test_parallel_opposite_and_zero_ends_give_finite_walks(share):
    first = real_normal(3, 1, 8)[0]
    made = between(first, np.float32(share) * first, 5, "slerp")
    assert np.isfinite(made).all()


def test_a_blend_mixes_images_and_a_walk_mixes_noise():
    noise = real_normal(0, 3, 4)
    square = lambda z: z**2  # noqa: E731
    blend, line = (walk_images(noise, square, 3, way) for way in ("blend", "linear"))
    assert blend.shape == line.shape == (6, 4)
    np.testing.assert_allclose(blend[1], (noise[0] ** 2 + noise[1] ** 2) / 2, rtol=1e-5)
    np.testing.assert_allclose(line[1], ((noise[0] + noise[1]) / 2) ** 2, rtol=1e-5)
    assert np.array_equal(blend[2], blend[3]), "the next walk goes on where this one ends"
