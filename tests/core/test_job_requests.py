"""Requests: the most urgent first, the newest only, each with one reply."""

import pytest

from satstudio.core.errors import Cancelled
from satstudio.core.job_requests import Request, RequestKind, Requests
from satstudio.core.progress import Progress


class Asked:
    """Requests, and what came of them."""

    def __init__(self):
        self.told = []
        self.is_stopped = False
        self.progress = Progress(is_stopped=lambda: self.is_stopped)
        self.requests = Requests(
            lambda request, value: self.told.append((request.number, value)),
            lambda request, error: self.told.append((request.number, type(error).__name__)),
        )

    def ask(self, number, kind, **fields):
        self.requests.put(Request(number, kind, fields))

    def work(self):
        while self.requests.answer_next(self.progress):
            pass
        return self.told


@pytest.fixture
def asked():
    return Asked()


def test_the_most_urgent_kind_is_answered_first_and_the_newest_only(asked):
    asked.requests.offer(RequestKind("card"), lambda progress: "card")
    asked.requests.offer(RequestKind("pixels"), lambda progress: "pixels")
    for number, kind in ((1, "pixels"), (2, "pixels"), (3, "card")):
        asked.ask(number, kind)
    assert asked.work() == [(1, "Cancelled"), (3, "card"), (2, "pixels")]


def test_a_kind_that_keeps_all_is_answered_in_order(asked):
    asked.requests.offer(RequestKind("row", is_newest_only=False), lambda n, progress: n)
    for number in range(4):
        asked.ask(number, "row", n=number * 10)
    assert asked.work() == [(0, 0), (1, 10), (2, 20), (3, 30)]


def test_work_is_interrupted_for_a_more_urgent_kind_and_taken_up_again(asked):
    runs = []

    def slow(progress):
        runs.append("slow")
        if len(runs) == 1:
            asked.ask(2, "urgent")
        progress.check()
        return "slow"

    asked.requests.offer(RequestKind("urgent"), lambda progress: "urgent")
    asked.requests.offer(RequestKind("slow"), slow)
    asked.ask(1, "slow")
    assert asked.work() == [(2, "urgent"), (1, "slow")]
    assert runs == ["slow", "slow"]


def test_work_is_not_interrupted_for_a_less_urgent_kind(asked):
    def urgent(progress):
        asked.ask(2, "later")
        progress.check()
        return "urgent"

    asked.requests.offer(RequestKind("urgent"), urgent)
    asked.requests.offer(RequestKind("later"), lambda progress: "later")
    asked.ask(1, "urgent")
    assert asked.work() == [(1, "urgent"), (2, "later")]


def test_a_stop_in_the_middle_of_an_answer_is_a_stop_of_the_work(asked):
    def stops(progress):
        asked.is_stopped = True
        progress.check()

    asked.requests.offer(RequestKind("stops"), stops)
    asked.ask(1, "stops")
    with pytest.raises(Cancelled):
        asked.requests.serve(asked.progress)


def test_what_comes_after_a_refusal_is_refused_too(asked):
    asked.ask(1, "any")
    asked.requests.close("This job answers no questions.")
    asked.ask(2, "any")
    assert asked.told == [(1, "InputError"), (2, "InputError")]
