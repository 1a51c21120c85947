"""Made pairs of dates: the same ground, speckle of their own, changes where they are said to be."""

import numpy as np
import pytest

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.speckle_pair import SpeckleModel, speckle_pair

SIDE = Size(64, 64)


def pairs(count=24, **values):
    return [speckle_pair(SIDE, seed, SpeckleModel(**values)) for seed in range(count)]


@pytest.mark.parametrize("maker", ["kinds", "fields", "terrain"])
def test_both_dates_have_the_power_of_the_ground_and_speckle_of_their_own(maker):
    levels, alike = [], []
    for pair in pairs(12, change=0, maker=maker):
        levels.append([np.median(date / pair.sigma0) for date in (pair.first, pair.second)])
        first, second = (np.log(date / pair.sigma0 + 1e-9) for date in (pair.first, pair.second))
        near = pair.first < 20 * pair.sigma0  # away from points, which both dates have
        alike.append(np.corrcoef(first[near], second[near])[0, 1])
        assert not pair.changed.any()
    assert abs(np.median(alike)) < 0.1
    # the median of an exponential; strong points reach into the dark around them
    np.testing.assert_allclose(np.median(levels, axis=0), np.log(2), rtol=0.15)


def test_looks_take_speckle_away():
    deviations = [np.median([np.log(pair.first / pair.sigma0 + 1e-9).std()
                             for pair in pairs(6, looks=looks)]) for looks in (1, 8)]  # fmt: skip
    assert deviations[1] < 0.5 * deviations[0]


def test_changes_are_where_they_are_said_to_be():
    changed = [pair for pair in pairs(20, change=0.2, looks=8) if pair.changed.any()]
    assert 4 < len(changed) < 16
    for pair in changed:
        assert pair.changed.mean() == pytest.approx(0.2, abs=0.02)
        step = np.log10(pair.second / pair.first)
        assert abs(np.median(step[pair.changed])) > abs(np.median(step[~pair.changed])) + 0.15


def test_a_seed_makes_one_pair_of_any_size():
    first, again, other = (speckle_pair(Size(8, 9), seed, SpeckleModel()) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.second, again.second)
    assert (first.first != other.first).any()
    assert np.isfinite(speckle_pair(Size(1, 1), 1, SpeckleModel()).first).all()
