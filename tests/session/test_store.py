"""Store: change, subscribe, undo, redo."""

import gc

import pytest

from satstudio.core.grid import Window
from satstudio.session.session import Session
from satstudio.session.store import Drag, Store
from satstudio.session.viewport import Viewport


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return Store(clock=clock)


def crop(n):
    return Window(0, 0, n, n)


def test_listeners_get_the_new_session(store):
    seen = []
    store.subscribe(seen.append)
    store.change(crop=crop(1), text="Crop")
    assert [session.crop for session in seen] == [crop(1)]


def test_a_change_that_changes_nothing_tells_nobody(store):
    store.change(crop=crop(1))
    seen = []
    store.subscribe(seen.append)
    store.change(crop=crop(1))
    assert seen == []


def test_an_unknown_field_is_refused(store):
    with pytest.raises(TypeError):
        store.change(colour="red")


def test_undo_and_redo_walk_the_changes(store, clock):
    store.change(crop=crop(1), text="First")
    clock.now = 5
    store.change(crop=crop(2), text="Second")
    assert store.undo_text == "Second"
    store.undo()
    assert store.session.crop == crop(1)
    assert (store.undo_text, store.redo_text) == ("First", "Second")
    store.undo()
    assert store.session.crop is None
    store.redo()
    store.redo()
    assert store.session.crop == crop(2)
    store.redo()
    assert store.session.crop == crop(2)


def test_a_new_change_ends_what_could_be_redone(store, clock):
    store.change(crop=crop(1))
    store.undo()
    store.change(crop=crop(3))
    assert store.redo_text == ""


def test_a_drag_is_one_step_of_undo_however_long_it_lasts(store, clock):
    for n in range(1, 20):
        clock.now += 0.2 if n < 10 else 30
        store.change(crop=crop(n), text=f"Crop {n}", drag=Drag("crop", 1))
    assert store.undo_text == "Crop 19"
    store.undo()
    assert store.session.crop is None
    assert store.undo_text == ""


def test_a_second_drag_and_a_drag_of_something_else_are_steps_of_their_own(store):
    for n, drag in enumerate([Drag("crop", 1), Drag("crop", 2), Drag("gamma", 2), None, None], 1):
        store.change(crop=crop(n), text=str(n), drag=drag)
    texts = []
    while store.undo_text:
        texts.append(store.undo_text)
        store.undo()
    assert texts == list("54321")


def test_keys_that_follow_each_other_quickly_are_one_step(store, clock):
    for n, now in enumerate([0, 0.5, 1.2, 3, 3.4], 1):
        clock.now = now
        store.change(crop=crop(n), drag=Drag("crop"))
    store.undo()
    assert store.session.crop == crop(3)
    store.undo()
    assert store.session.crop is None


def test_the_same_change_again_at_once_is_one_step_but_opening_is_not(store, clock):
    for n in range(1, 4):
        store.change(crop=crop(n), text="Limits")
    store.change(crop=crop(9), text="Another")
    store.undo()
    assert store.session.crop == crop(3)
    store.undo()
    assert store.session.crop is None
    store.replace(store.session.opened("a.tif"), text="Open")
    store.replace(store.session.opened("b.tif"), text="Open")
    store.undo()
    assert store.session.addresses == ("a.tif",)


def test_what_was_undone_is_not_joined_by_the_next_change(store):
    store.change(crop=crop(1), drag=Drag("crop", 1))
    store.undo()
    store.redo()
    store.change(crop=crop(2), drag=Drag("crop", 1))
    store.undo()
    assert store.session.crop == crop(1)


def test_where_one_looks_is_not_undone(store, clock):
    store.change(crop=crop(1), text="Crop")
    clock.now = 2
    store.change(viewport=Viewport(5, 5), page="train")
    assert store.undo_text == "Crop"
    store.undo()
    assert store.session.viewport == Viewport(5, 5)
    assert store.session.page == "train"


def test_a_widget_that_is_gone_hears_no_more(store):
    heard = []

    class Widget:
        def show(self, session):
            heard.append(session)

    widget = Widget()
    store.subscribe(widget.show)
    store.change(crop=crop(1))
    del widget
    gc.collect()
    store.change(crop=crop(2))
    assert len(heard) == 1


def test_unsubscribing_ends_it(store):
    heard = []
    end = store.subscribe(heard.append)
    end()
    end()
    store.change(crop=crop(1))
    assert heard == []


def test_a_listener_that_changes_the_store_leaves_all_with_the_newest(store):
    last = []
    store.subscribe(lambda session: store.change(page="train"))
    store.subscribe(lambda session: last.append(session.page))
    store.change(crop=crop(1))
    assert last[-1] == "train"


def test_a_reset_has_no_past(store):
    store.change(crop=crop(1))
    store.reset(Session(page="sample"))
    store.undo()
    assert store.session == Session(page="sample")


def test_opening_and_closing_a_scene_at_once_are_two_steps(store):
    store.replace(store.session.opened("a.tif"), text="Open")
    store.replace(store.session.opened("b.tif"), text="Open")
    store.replace(store.session.closed("a.tif"), text="Close")
    store.undo()
    assert store.session.addresses == ("a.tif", "b.tif")
    store.undo()
    assert store.session.addresses == ("a.tif",)
