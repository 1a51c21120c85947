from hypothesis import given
from hypothesis.strategies import integers, lists, tuples

from satstudio.gui.kit.scenes.tile_cache import ByteCache


def test_the_value_used_longest_ago_goes_first():
    cache = ByteCache(30)
    for name in "abc":
        cache.put(name, name, 10)
    cache.get("a")
    cache.put("d", "d", 10)
    assert "b" not in cache
    assert all(name in cache for name in "acd")


def test_a_value_to_keep_stays_when_others_go():
    cache = ByteCache(20)
    cache.put("top", 1, 10, keep=True)
    for number in range(5):
        cache.put(number, number, 10)
    assert cache.get("top") == 1


def test_the_newest_value_stays_even_where_it_is_too_large():
    cache = ByteCache(10)
    cache.put("a", 1, 5)
    cache.put("b", 2, 100)
    assert cache.get("b") == 2
    assert "a" not in cache


def test_a_smaller_limit_acts_at_once():
    cache = ByteCache(100)
    for number in range(10):
        cache.put(number, number, 10)
    cache.resize(30)
    assert cache.used_bytes <= 30
    assert 9 in cache


def test_what_somebody_holds_stays_until_it_is_let_go():
    cache = ByteCache(20)
    cache.hold("view", ["a", "b", "c"])
    cache.hold("other", ["c"])
    for name in "abcdef":
        cache.put(name, name, 10)
    assert all(name in cache for name in "abcf")
    assert "d" not in cache
    cache.hold("view", ())
    assert "c" in cache
    assert cache.used_bytes <= 20


def test_what_is_old_is_dropped_by_its_key():
    cache = ByteCache(100)
    cache.put(("a", 1), 1, 10)
    cache.put(("b", 1), 1, 10)
    cache.drop(lambda key: key[0] == "a")
    assert len(cache) == 1
    assert cache.used_bytes == 10


@given(lists(tuples(integers(0, 9), integers(1, 40)), max_size=60))
def test_bytes_are_counted_and_bounded(steps):
    cache = ByteCache(100)
    kept = {}
    for key, size in steps:
        cache.put(key, key, size)
        kept[key] = size
    assert cache.used_bytes == sum(size for key, size in kept.items() if key in cache)
    assert cache.used_bytes <= 100
