"""The pool of past images: what it gives back, how often, and that it goes on exactly."""

import pytest
import torch

from satstudio.learn.adversarial.image_pool import ImagePool


def numbered(first, count):
    """Images that are all one number each."""
    return torch.arange(first, first + count).float().reshape(-1, 1, 1, 1).expand(-1, 1, 2, 2)


def made_pool(size, seed=0):
    return ImagePool(size, torch.Generator().manual_seed(seed))


def test_images_come_back_as_they_are_while_the_pool_fills():
    pool = made_pool(6)
    for first in (0, 3):
        assert torch.equal(pool.exchange(numbered(first, 3)), numbered(first, 3))
    assert len(pool) == 6


def test_of_a_full_pool_half_of_the_images_are_past_ones():
    pool = made_pool(50)
    pool.exchange(numbered(0, 50))
    given = numbered(50, 4000)
    found = pool.exchange(given)
    is_past = (found != given).flatten(1).all(1)
    assert is_past.float().mean() == pytest.approx(0.5, abs=0.03)
    assert len(pool) == 50
    later = found[is_past][1000:, 0, 0, 0]  # from when the first ones are all gone
    ages = given[is_past][1000:, 0, 0, 0] - later
    assert ages.mean() == pytest.approx(100, rel=0.1)  # 50 places, of which one in two steps goes


def test_no_image_is_lost_or_comes_twice():
    pool = made_pool(5)
    given = numbered(0, 200)
    found = torch.cat([pool.exchange(given[first : first + 4]) for first in range(0, 200, 4)])
    kept = pool.state()["images"]
    exchanged = found[(found != given).flatten(1).all(1)]
    assert len(exchanged.unique(dim=0)) == len(exchanged)
    assert not set(exchanged[:, 0, 0, 0].tolist()) & set(kept[:, 0, 0, 0].tolist())


def test_without_a_size_every_image_comes_back():
    pool = made_pool(0)
    assert torch.equal(pool.exchange(numbered(0, 9)), numbered(0, 9))
    assert pool.state() == {}


def test_a_pool_goes_on_exactly_from_its_state():
    random = torch.Generator().manual_seed(3)
    pool = ImagePool(8, random)
    pool.exchange(numbered(0, 30))
    state, draws = pool.state(), random.get_state()
    wanted = pool.exchange(numbered(30, 40))
    other = torch.Generator()
    other.set_state(draws)
    again = ImagePool(8, other)
    again.load_state(state, torch.empty(0))
    assert torch.equal(again.exchange(numbered(30, 40)), wanted)
    assert torch.equal(again.state()["images"], pool.state()["images"])
    again.load_state({}, torch.empty(0))
    assert len(again) == 0


def test_what_the_pool_keeps_does_not_change_with_the_images_given():
    pool, image = made_pool(1), torch.ones(1, 1, 2, 2)
    pool.exchange(image)
    image.zero_()
    assert pool.state()["images"].min() == 1
    pool.state()["images"].zero_()
    assert pool.state()["images"].min() == 1
