"""The session survives a restart, also a damaged one."""

import json
from dataclasses import replace

import pytest

from satstudio.core.grid import Window
from satstudio.gui.pages.compare.state import CompareState
from satstudio.render.style import DisplayStyle
from satstudio.session.autosave import autosave_file, restore_session, save_session
from satstudio.session.page_state import page_state
from satstudio.session.session import Region, Session
from satstudio.session.viewport import Viewport


@pytest.fixture
def session(tmp_path):
    for name in ("a.tif", "b.tif"):
        (tmp_path / name).write_bytes(b"")
    opened = Session().opened(str(tmp_path / "a.tif"), DisplayStyle(view="hsv", gamma=1.5))
    opened = opened.opened(f"{tmp_path / 'b.tif'}#iw1/vv")
    return replace(
        opened,
        viewport=Viewport(10.5, 20.25, 0.5, 6.0),
        crop=Window(1, 2, 3, 4),
        regions=(Region("sea", str(tmp_path / "a.tif"), Window(0, 0, 9, 9)),),
        study=tmp_path,
        page="train",
        pages={"notes": {"text": "shore", "limits": [-20.0, 5.0], "area": None}},
    )


def test_a_session_comes_back_as_it_was(session, home):
    path = save_session(session)
    assert path == autosave_file()
    assert path.is_relative_to(home)
    restored = restore_session()
    assert restored.session == session
    assert restored.notes == ()


def test_without_a_file_a_session_is_empty():
    assert restore_session().session == Session()


def test_a_scene_that_is_gone_is_left_out_with_a_note(session, tmp_path):
    save_session(session)
    (tmp_path / "b.tif").unlink()
    restored = restore_session()
    assert restored.session.addresses == (str(tmp_path / "a.tif"),)
    assert restored.session.viewport is None  # it was of the scene that is gone
    assert len(restored.notes) == 1
    assert "b.tif" in restored.notes[0]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"format": 99, "session": {}}', "\x00\xff"])
def test_a_damaged_file_gives_an_empty_session_and_a_note(text):
    autosave_file().parent.mkdir(parents=True)
    autosave_file().write_text(text, "latin-1")
    restored = restore_session()
    assert restored.session == Session()
    assert "damaged" in restored.notes[0]


def test_a_damaged_part_leaves_the_rest(session):
    path = save_session(session)
    document = json.loads(path.read_text("utf-8"))
    document["session"]["crop"] = {"row": "x"}
    document["session"]["layers"][0]["style"] = {"view": "of another version"}
    path.write_text(json.dumps(document), "utf-8")
    restored = restore_session()
    assert restored.session.crop is None
    assert len(restored.session.layers) == 1
    assert len(restored.notes) == 2


def test_a_stack_is_there_while_all_its_files_are(tmp_path):
    files = [tmp_path / name for name in ("a.tif", "b.tif")]
    for file in files:
        file.touch()
    address = "stack:" + "|".join(map(str, files))
    save_session(Session().opened(address))
    assert restore_session().session.addresses == (address,)
    files[1].unlink()
    assert restore_session().session.addresses == ()


def test_a_comparison_of_an_older_version_becomes_the_state_of_its_page(session):
    path = save_session(session)
    document = json.loads(path.read_text("utf-8"))
    del document["session"]["pages"]
    document["session"] |= {
        "compare": {"hidden": ["c.tif"], "limits": [-20.0, 5.0], "view": "amplitude"},
        "compare_mode": "swipe",
    }
    path.write_text(json.dumps(document), "utf-8")
    restored = restore_session()
    assert restored.notes == ()
    state = page_state(restored.session, "compare", CompareState)
    wanted = CompareState(hidden=("c.tif",), limits=(-20.0, 5.0), view="amplitude", mode="swipe")
    assert state == wanted


@pytest.mark.parametrize("pages", [None, [], "x", {"compare": 3, "train": {"values": "x"}}])
def test_damaged_states_of_pages_give_what_pages_show_at_first(session, pages):
    path = save_session(session)
    document = json.loads(path.read_text("utf-8"))
    document["session"]["pages"] = pages
    path.write_text(json.dumps(document), "utf-8")
    restored = restore_session().session
    assert page_state(restored, "compare", CompareState) == CompareState()
    assert restored.layers == session.layers


def test_the_layer_after_a_lost_one_stays_active(tmp_path):
    opened = Session()
    for name in ("gone.tif", "a.tif", "b.tif"):
        (tmp_path / name).write_bytes(b"")
        opened = opened.opened(str(tmp_path / name))
    viewport = Viewport(10.5, 20.25, 0.5, 6.0)
    save_session(replace(opened, active=1, viewport=viewport, crop=Window(1, 2, 3, 4)))
    (tmp_path / "gone.tif").unlink()
    restored = restore_session().session
    assert restored.layer.address == str(tmp_path / "a.tif")
    assert restored.viewport == viewport
    assert restored.crop == Window(1, 2, 3, 4)


def test_where_the_active_scene_is_gone_the_last_one_is_active_and_seen_anew(tmp_path):
    opened = Session()
    for name in ("a.tif", "gone.tif", "b.tif"):
        (tmp_path / name).write_bytes(b"")
        opened = opened.opened(str(tmp_path / name))
    save_session(replace(opened, active=1, viewport=Viewport(1, 2), crop=Window(1, 2, 3, 4)))
    (tmp_path / "gone.tif").unlink()
    restored = restore_session().session
    assert restored.layer.address == str(tmp_path / "b.tif")
    assert (restored.viewport, restored.crop) == (None, None)
