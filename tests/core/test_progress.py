"""Progress says how far the work is, passes events on and notices a wish to stop."""

import pytest
from hypothesis import given
from hypothesis.strategies import floats

from satstudio.core.errors import Cancelled
from satstudio.core.progress import Progress


class Listener:
    """Collects what a Progress tells; stops it where asked to."""

    def __init__(self):
        self.told = []
        self.events = []
        self.is_stopped = False
        self.progress = Progress(
            tell=lambda share, text: self.told.append((share, text)),
            is_stopped=lambda: self.is_stopped,
            announce=lambda name, fields: self.events.append((name, dict(fields))),
            is_asked=lambda name: name == "checkpoint",
        )


def test_nobody_has_to_listen():
    progress = Progress()
    progress.report(0.5, "half")
    progress.announce("saved", path="x")
    assert not progress.is_stopped
    assert not progress.is_asked("pause")


def test_over_yields_all_and_ends_at_one():
    listener = Listener()
    assert list(listener.progress.over(["a", "b", "c", "d"], "Cutting")) == ["a", "b", "c", "d"]
    assert [share for share, _ in listener.told] == [0, 0.25, 0.5, 0.75, 1]
    assert {text for _, text in listener.told} == {"Cutting"}


def test_a_stop_is_noticed_between_steps():
    listener = Listener()
    done = []

    def work():
        for item in listener.progress.over(range(10), "Working"):
            done.append(item)
            listener.is_stopped = item == 2

    with pytest.raises(Cancelled):
        work()
    assert done == [0, 1, 2]
    assert listener.progress.is_stopped


@given(start=floats(0, 1), end=floats(0, 1), share=floats(-1, 2))
def test_a_part_stays_within_its_bounds(start, end, share):
    listener = Listener()
    start, end = sorted((start, end))
    listener.progress.part(start, end).report(share)
    told = listener.told[0][0]
    assert start - 1e-9 <= told <= end + 1e-9


def test_parts_of_parts_pass_everything_on():
    listener = Listener()
    part = listener.progress.part(0.5, 1).part(0, 0.5)
    part.report(1, "inner")
    part.announce("preview", path="p.png", step=3)
    assert listener.told == [(0.75, "inner")]
    assert listener.events == [("preview", {"path": "p.png", "step": 3})]
    assert part.is_asked("checkpoint")
    listener.is_stopped = True
    with pytest.raises(Cancelled):
        part.check()
