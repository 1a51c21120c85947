"""The session survives a restart, also a damaged one."""

import json
from dataclasses import replace

import pytest

from satstudio.core.grid import Window
from satstudio.render.style import DisplayStyle
from satstudio.session.autosave import autosave_file, restore_session, save_session
from satstudio.session.session import CompareState, Region, Session
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
        compare=CompareState(hidden=("c.tif",), limits=(-20.0, 5.0), area=Window(5, 6, 7, 8)),
        compare_mode="swipe",
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
