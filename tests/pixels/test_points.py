"""Point scatterers: found between pixels, strength kept, clutter left; bright blocks are none."""

import numpy as np
import pytest
from pixels.test_whitening import SIDE, speckle

from satstudio.core.grid import Size
from satstudio.pixels.spectral.axis_spectrum import estimate_spectrum
from satstudio.pixels.spectral.points import Response, find_points, without_points
from satstudio.pixels.synthetic.coast import Points
from satstudio.pixels.synthetic.reflectivities import reflectivity_of
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_points

LEVELS_DB = (20, 30, 40)


def with_points(bandwidth, weighting, centre):
    """Speckle of power 1 and points of three strengths, on and between pixels."""
    z = speckle(bandwidth, weighting, centre)
    rng = np.random.default_rng(7)
    row, col = np.meshgrid(np.arange(40, SIDE - 20, 48.0), np.arange(40, SIDE - 20, 48.0))
    rows, cols = (axis.ravel() + rng.choice([0, 0.25, 0.5, 0.37], axis.size) for axis in (row, col))
    level = np.resize(LEVELS_DB, rows.size)
    model = SceneModel(
        rows=SIDE,
        cols=SIDE,
        azimuth_bandwidth=bandwidth,
        range_bandwidth=bandwidth,
        doppler_centroid=centre,
        range_centroid=centre,
        weighting=weighting,
    )
    points = Points(rows, cols, 10 ** (level / 20), rng.random(rows.size))
    return z, z + simulate_points(points, model), points, level


def response_of(z):
    return Response(estimate_spectrum([z], 0), estimate_spectrum([z], 1))


@pytest.mark.parametrize(
    ("bandwidth", "weighting", "centre"), [(0.8, 0.54, 0.0), (0.9, 1.0, 0.2), (0.67, 0.75, -0.3)]
)
def test_points_are_found_with_their_strength_and_the_clutter_stays(bandwidth, weighting, centre):
    clutter, z, points, level = with_points(bandwidth, weighting, centre)
    response = response_of(z)
    found = find_points(z, response)
    assert abs(len(found) - len(level)) <= 3
    for wanted in (30, 40):
        chosen = level == wanted
        ratios = []
        for row, col in zip(points.rows[chosen], points.cols[chosen], strict=True):
            near = [p for p in found if np.hypot(p.row - row, p.col - col) < 0.3]
            assert near
            ratios.append(abs(near[0].amplitude) / 10 ** (wanted / 20))
        assert np.median(ratios) == pytest.approx(1, abs=0.05)
    rest = without_points(z, found, response)
    ring = np.zeros((SIDE, SIDE), bool)
    row, col = np.mgrid[:SIDE, :SIDE]
    for place in zip(points.rows, points.cols, strict=True):
        away = np.hypot(row - place[0], col - place[1])
        ring |= (away > 4) & (away < 16)
    beside = np.mean(np.abs(rest[ring]) ** 2) / np.mean(np.abs(clutter[ring]) ** 2)
    assert abs(10 * np.log10(beside)) < 0.15


def test_plain_speckle_has_no_points():
    z = speckle(0.8, 0.54, 0.0)
    assert find_points(z, response_of(z)) == ()


def test_a_bright_block_is_no_points():
    sigma = np.ones((SIDE, SIDE))
    for row in range(40, SIDE - 40, 60):
        sigma[row : row + 5, row : row + 5] = 1000
    z = speckle(0.9, 1.0, 0.0, sigma)
    found = find_points(z, response_of(z))
    assert len(found) <= 2
    lost = np.mean(np.abs(without_points(z, found, response_of(z))) ** 2)
    assert lost / np.mean(np.abs(z) ** 2) > 0.9


def test_edges_of_fields_are_no_points():
    z = speckle(0.8, 0.54, 0.0, reflectivity_of("fields", Size(SIDE, SIDE), 5))
    found = find_points(z, response_of(z))
    assert len(found) < 20


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (64, 64)])
def test_small_and_empty_scenes_have_none(shape):
    z = np.zeros(shape, np.complex64)
    assert find_points(z, response_of(z)) == ()


def test_speckle_between_blocks_of_zeros_is_no_point():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((768, 768)) + 1j * rng.standard_normal((768, 768))
    rows, cols = (np.arange(768) % 32 < side for side in (12, 20))
    z[rows[:, None] & cols] = 0  # a quarter of all: the median of what is left is not lower
    assert find_points(z.astype(np.complex64), response_of(z)) == ()
