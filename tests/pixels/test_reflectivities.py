"""Made grounds: every kind, from a seed, within physical levels, unlike its neighbours."""

import numpy as np
import pytest

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.reflectivities import KINDS, LEAST_DB, MOST_DB, reflectivity_of

SIZE = Size(96, 128)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_one_ground_of_physical_levels(kind):
    made = reflectivity_of(kind, SIZE, 3)
    assert made.shape == (96, 128)
    assert made.dtype == np.float32
    level = 10 * np.log10(made)
    assert level.min() >= LEAST_DB - 1e-3
    assert level.max() <= MOST_DB + 1e-3
    assert np.array_equal(made, reflectivity_of(kind, SIZE, 3))
    assert not np.array_equal(made, reflectivity_of(kind, SIZE, 4))


def test_blocks_are_bright_and_small():
    level = 10 * np.log10(reflectivity_of("blocks", Size(256, 256), 5))
    is_bright = level > np.median(level) + 10
    assert 0 < is_bright.mean() < 0.05


def test_unknown_kinds_are_refused():
    with pytest.raises(KeyError):
        reflectivity_of("moon", SIZE, 1)
