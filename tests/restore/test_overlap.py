"""Reading and writing beside the work: in order, three items at most, nothing left behind."""

import threading

import pytest

from satstudio.restore.pieces.overlap import overlapped


def test_items_are_read_made_and_written_in_order():
    told, threads = [], set()

    def read(item):
        threads.add(threading.get_ident())
        told.append(("read", item))
        return item * 10

    def make(item, ready):
        assert threading.current_thread() is threading.main_thread()
        return ready + item

    def write(item, ready, made):
        threads.add(threading.get_ident())
        told.append(("write", item, ready, made))

    overlapped(range(5), read, make, write)
    assert [entry for entry in told if entry[0] == "read"] == [("read", n) for n in range(5)]
    assert [entry[1:] for entry in told if entry[0] == "write"] == [
        (n, 10 * n, 11 * n) for n in range(5)
    ]
    assert len(threads) == 1


def test_the_next_item_is_read_while_one_is_made_and_no_more():
    was_read = [threading.Event() for _ in range(4)]
    seen = []

    def make(item, ready):
        if item < 3:
            assert was_read[item + 1].wait(5)
        seen.append([event.is_set() for event in was_read])

    overlapped(range(4), lambda item: was_read[item].set(), make, lambda *_: None)
    assert [sum(flags) for flags in seen] == [2, 3, 4, 4]


@pytest.mark.parametrize("step", ["read", "make", "write"])
def test_the_first_error_ends_the_work(step):
    written = []

    def fail(name, item):
        if name == step and item == 2:
            raise OSError(name)

    with pytest.raises(OSError, match=step):
        overlapped(
            range(50),
            lambda item: fail("read", item),
            lambda item, ready: fail("make", item),
            lambda item, ready, made: fail("write", item) or written.append(item),
        )
    assert written in ([0], [0, 1])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("restore")]


def test_nothing_is_nothing():
    overlapped([], lambda item: item, lambda item, ready: ready, lambda *_: None)
