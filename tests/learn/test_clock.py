"""Seconds of a training: pauses are none, a budget is that of one part of a run."""

import pytest

from satstudio.learn.setup import clock as clocks
from satstudio.learn.setup.clock import Clock, Limits


@pytest.fixture
def pass_s(monkeypatch):
    """Let seconds pass."""
    now = [100.0]
    monkeypatch.setattr(clocks.time, "monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


def test_a_pause_is_no_training_time(pass_s):
    clock = Clock(earlier=50.0)
    pass_s(10)
    clock.stop()
    pass_s(1000)
    assert (clock.part_seconds, clock.seconds) == (10, 60)
    clock.start()
    pass_s(5)
    assert (clock.part_seconds, clock.seconds) == (15, 65)


def test_steps_a_second_leave_pauses_out(pass_s):
    clock = Clock()
    for _ in range(4):
        pass_s(0.5)
        clock.count()
    clock.stop()
    pass_s(100)
    assert clock.rate == 2


def test_a_budget_is_that_of_all_parts_of_a_run_together(pass_s):
    clock = Clock(earlier=40.0)
    limits = Limits(steps=None, budget_s=60.0)
    pass_s(5)
    assert limits.share(1000, clock) == 0.75
    assert limits.eta_s(1000, clock) == 15
    clock.stop()
    pass_s(1000)
    clock.start()
    assert limits.eta_s(1000, clock) == 15, "a pause is no training time"
    pass_s(15)
    assert limits.share(1000, clock) == 1


def test_the_nearer_of_two_limits_counts(pass_s):
    clock = Clock()
    pass_s(10)
    for _ in range(10):
        clock.count()
    assert Limits(steps=100, budget_s=20.0).share(10, clock) == 0.5
    assert Limits(steps=100, budget_s=20.0).eta_s(10, clock) == 10
    assert Limits(steps=20, budget_s=1e6).eta_s(10, clock) == 10
    assert Limits(steps=None, budget_s=None).eta_s(10, clock) is None
