"""Back and forward through where one looked."""

from hypothesis import given
from hypothesis import strategies as st

from satstudio.session.view_history import MERGE_S, MOST_PLACES, Place, ViewHistory
from satstudio.session.viewport import Viewport


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def place(n, address="a.tif"):
    return Place(address, Viewport(n, n))


def walked(*places, pause=10.0):
    clock = Clock()
    history = ViewHistory(clock)
    for each in places:
        clock.now += pause
        history.note(each)
    return history, clock


def test_back_and_forward_walk_along_the_places():
    history, _ = walked(Place("a.tif"), place(1), place(2))
    assert [history.back(), history.back(), history.back()] == [place(1), Place("a.tif"), None]
    assert [history.forward(), history.forward(), history.forward()] == [place(1), place(2), None]


def test_what_follows_a_step_back_replaces_what_was_after():
    history, clock = walked(place(1), place(2), place(3))
    history.back()
    history.note(place(2))  # the window shows it
    clock.now += 0.1
    history.note(place(9))
    assert not history.can_go_forward
    assert [history.back(), history.back()] == [place(2), place(1)]


def test_small_moves_in_quick_succession_lead_to_one_place():
    history, clock = walked(Place("a.tif"), place(1))
    for n in range(2, 30):
        clock.now += MERGE_S / 2
        history.note(place(n))
    clock.now += 2 * MERGE_S
    history.note(place(50))
    assert [history.back(), history.back(), history.back()] == [place(29), Place("a.tif"), None]


def test_another_scene_is_another_place_however_quick():
    history, _ = walked(place(1))
    history.note(place(1, "b.tif"))
    history.note(place(2, "b.tif"))
    assert history.back() == place(1)


def test_the_first_place_is_never_lost_to_a_quick_move():
    history, _ = walked(Place("a.tif"))
    history.note(place(1))
    assert history.back() == Place("a.tif")


def test_places_of_closed_scenes_are_forgotten():
    history, _ = walked(place(1), place(1, "b.tif"), place(1), place(2, "b.tif"))
    history.keep(["b.tif"])
    assert history.back() == place(1, "b.tif")
    assert not history.can_go_back
    history.keep([])
    assert not history.can_go_back
    assert not history.can_go_forward
    assert history.back() is None


def test_the_history_does_not_grow_without_end():
    history, _ = walked(*(place(n) for n in range(3 * MOST_PLACES)))
    count = sum(history.back() is not None for _ in range(3 * MOST_PLACES))
    assert count == MOST_PLACES - 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.sampled_from("nbfk"))))
def test_whatever_happens_the_history_stays_walkable(steps):
    history, clock = walked()
    for address, n, what in steps:
        clock.now += 1
        if what == "n":
            history.note(place(n, address))
        elif what == "k":
            history.keep([address])
        else:
            before = history.back() if what == "b" else history.forward()
            if before is not None:
                history.note(before)
    while history.can_go_back:
        assert history.back() is not None
    count = 0
    while history.can_go_forward:
        assert history.forward() is not None
        count += 1
    assert count < MOST_PLACES
