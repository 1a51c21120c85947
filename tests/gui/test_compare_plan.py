"""Which open scenes are compared: those that fit the reference, but for those left out."""

from contextlib import ExitStack, closing

import pytest
from made import made_complex

from satstudio.gui.pages.compare.compare_plan import ComparePlan, compare_plan
from satstudio.gui.pages.compare.state import CompareState
from satstudio.scenes.scene import open_scene
from satstudio.session.session import Session


@pytest.fixture
def scenes(tmp_path):
    """Scenes a, b, c of one size and a smaller one, by address."""
    sizes = {"small": 32, "a": 64, "b": 64, "c": 64}
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                closing(open_scene(made_complex(tmp_path, side, side, name=f"{name}.tif")))
            )
            for name, side in sizes.items()
        }


@pytest.fixture
def session(scenes):
    made = Session()
    for name in scenes:
        made = made.opened(name)
    return made


def test_the_reference_is_the_first_scene_that_the_active_one_fits(session, scenes):
    plan = compare_plan(session, CompareState(), scenes.get)
    assert (plan.reference, plan.results) == ("a", ("b", "c"))
    assert list(plan.misfits) == ["small"]
    assert "same grid" in plan.misfits["small"]
    assert plan.shown == ("a", "b", "c")
    assert plan.chosen == "b"


def test_the_user_chooses_reference_result_and_what_is_left_out(session, scenes):
    state = CompareState(reference="c", hidden=("a",), chosen="b")
    plan = compare_plan(session, state, scenes.get)
    assert (plan.reference, plan.results, plan.fitting) == ("c", ("b",), ("a", "b"))
    gone = CompareState(reference="gone", chosen="gone")
    assert compare_plan(session, gone, scenes.get).reference == "a"
    assert compare_plan(session, gone, scenes.get).chosen == "b"


def test_without_open_scenes_nothing_is_compared(session):
    assert compare_plan(Session(), CompareState(), {}.get) == ComparePlan()
    assert compare_plan(session, CompareState(), {}.get) == ComparePlan()
