"""Step, training time and time left of a run are computed in one place."""

import pytest

from satstudio.core.runs.limits import has_end, prolonged, reached
from satstudio.core.runs.training_figures import RunFigures, figures_of

LINE = {"step": 40, "seconds": 20.0, "eta_s": 30.0, "epoch": 1.5, "images_per_s": 8.0}


def test_the_time_goes_on_until_a_pause_and_goes_on_after_it():
    told = RunFigures().after(LINE, now_s=100.0)
    now = told.at(104.0)
    assert (now.step, now.seconds, now.left_s) == (40, 24.0, 26.0)
    assert now.at(106.0).seconds == 26.0, "counted once"
    held = told.held(104.0)
    assert (held.at(500.0).seconds, held.left_s) == (24.0, None)
    assert held.resumed(500.0).at(501.0).seconds == 25.0


def test_nothing_is_left_below_nothing():
    assert RunFigures().after(LINE, now_s=0.0).at(1000.0).left_s == 0


def test_whichever_has_trained_longer_says_the_figures():
    info = {"steps": 38, "seconds": 19.0}
    assert figures_of(info, LINE).step == 40
    assert figures_of({"steps": 41, "seconds": 20.5}, LINE).step == 41
    gone_back = {"steps": 30, "seconds": 21.0}
    assert figures_of(gone_back, LINE).step == 30, "numbers ran away and it went back"
    assert figures_of(info, {}).seconds == 19.0
    assert figures_of({}, {}) == RunFigures()


def test_what_is_left_of_a_limit_is_of_all_parts_together():
    there = RunFigures(step=40, seconds=20.0, epoch=2.0)
    assert reached({"steps": 100, "budget_s": 60.0}, there) == ()
    assert reached({"steps": 40, "epochs": 3, "budget_s": 20.00003}, there) == ("steps", "budget_s")
    assert reached({"steps": None}, there) == ()


@pytest.mark.parametrize("name", ["steps", "epochs", "budget_s"])
def test_any_limit_is_an_end(name):
    assert has_end({name: 5})
    assert not has_end({name: None, "batch": 16})


def test_a_run_that_reached_its_end_is_prolonged():
    there = RunFigures(step=40, seconds=20.0, epoch=2.0)
    recipe = {"steps": 40, "epochs": 5, "batch": 16}
    more = prolonged(recipe, there, {"steps": 10})
    assert (more["steps"], more["epochs"], more["batch"]) == (50, 5, 16)
    timed = prolonged(recipe, there, {"budget_s": 60.0})
    assert (timed["steps"], timed["epochs"], timed["budget_s"]) == (None, 5, 80.0)
    endless = prolonged(recipe, there, {})
    assert not has_end(endless)
