"""Made gaps: of several sizes, from seeds, never all of an image."""

import numpy as np
import pytest
from scipy.ndimage import label

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.holes import KINDS, holes


def test_a_seed_makes_one_set_of_gaps():
    first, again, other = (holes(Size(40, 60), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_gaps_are_of_all_sizes_and_leave_something():
    sizes = []
    for seed in range(60):
        lost = holes(Size(64, 64), seed, 0.9)
        assert (~lost).sum() > 0
        sizes += np.bincount(label(lost)[0].ravel())[1:].tolist()
    assert min(sizes) == 1
    assert max(sizes) > 1000
    assert np.mean(np.array(sizes) > 20) > 0.03
    assert not holes(Size(1, 1), 3, 0.9).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_takes_no_more_than_about_its_share(kind):
    rng = np.random.default_rng(0)
    shares = [KINDS[kind](Size(64, 64), 0.3, rng).mean() for _ in range(20)]
    assert 0.03 < np.mean(shares) < 0.5
    assert KINDS[kind](Size(1, 1), 0.3, rng).shape == (1, 1)
