"""The window is closed in the middle of each long job: it asks, waits, and leaves no halves."""

import shutil
from pathlib import Path

import pytest
from made import speckle, write_geotiff
from PySide6.QtWidgets import QMessageBox
from window_made import made_window, open_sample

from satstudio.core.paths import resources_folder
from satstudio.scenes.pyramid.build import open_pyramid

pytestmark = pytest.mark.slow
SIDE_PX = 3000
WINDOW = {"row": 0, "col": 0, "rows": SIDE_PX, "cols": SIDE_PX}
DESPECKLER = resources_folder() / "models/despeckler_fast.onnx"
GENERATOR = resources_folder() / "demo/generator.onnx"


@pytest.fixture(scope="module")
def scene(tmp_path_factory) -> Path:
    """A scene that every job works on for seconds."""
    path = tmp_path_factory.mktemp("large") / "large.tif"
    return write_geotiff(path, speckle(SIDE_PX, SIDE_PX), tiled=True)


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


JOBS = {
    "crop": {"out": "crop.tif", "address": "SCENE", "window": WINDOW},
    "cut": {
        "out": "patches", "scenes": ["SCENE"],
        "recipe": {"size_px": 16, "stride_px": 8},
    },
    "restore": {"out": "restored.tif", "scene": "SCENE", "model": str(DESPECKLER), "recipe": {}},
    "restore_many": {
        "out": "restored", "scenes": ["SCENE"], "model": "baseline:refined_lee", "recipe": {},
    },
    "sample": {"out": "samples", "model": str(GENERATOR), "recipe": {"count": 10_000}},
}  # fmt: skip


def task_of(window, scene, folder, kind, **more):
    """Start a job; returns its task and what it is to make."""
    arguments = {
        name: str(scene) if value == "SCENE" else [str(scene)] if value == ["SCENE"] else value
        for name, value in JOBS[kind].items()
    }
    out = folder / str(arguments["out"])
    given = {**arguments, "out": str(out), **more}
    return window.context.jobs.start(kind, given, f"A {kind}"), out


def started(window, qtbot, scene, folder, kind, **more):
    """Start a job, and wait until it is in the middle of its work."""
    task, out = task_of(window, scene, folder, kind, **more)
    qtbot.waitUntil(lambda: task.share > 0 or task.has_ended, timeout=60_000)
    assert not task.has_ended, f"{task.text} {task.detail}"
    return task, out


@pytest.mark.parametrize("kind", JOBS)
def test_a_job_is_asked_about_and_stopped_and_leaves_no_half(window, qtbot, scene, study, kind):
    task, out = started(window, qtbot, scene, study / "made", kind)
    window.close()
    assert window.isVisible()
    assert task.title in window.closing.question.text()
    window.closing._stop.click()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert task.state == "stopped"
    assert [path for path in out.parent.rglob("*") if path.is_file()] == []


def test_a_job_goes_on_where_the_user_thinks_again(window, qtbot, scene, study):
    task, _ = started(window, qtbot, scene, study / "made", "restore")
    window.close()
    window.closing.question.button(QMessageBox.StandardButton.Cancel).click()
    share = task.share
    qtbot.waitUntil(lambda: task.share > share, timeout=20_000)
    assert window.isVisible()
    task.stop()
    qtbot.waitUntil(lambda: task.has_ended, timeout=20_000)


def test_an_older_result_that_was_to_be_replaced_is_kept(window, qtbot, scene, study):
    older = study / "made" / "restored.tif"
    older.parent.mkdir()
    older.write_bytes(b"older result")
    started(window, qtbot, scene, older.parent, "restore", overwrite=True)
    window.close()
    window.closing._stop.click()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert older.read_bytes() == b"older result"
    assert list(older.parent.iterdir()) == [older]


@pytest.mark.parametrize("kind", JOBS)
def test_where_nothing_can_be_written_the_task_says_so_in_a_sentence(
    window, qtbot, scene, study, kind
):
    (study / "file").write_bytes(b"where a folder should be")
    task, _ = task_of(window, scene, study / "file", kind)
    qtbot.waitUntil(lambda: task.has_ended, timeout=60_000)
    assert task.state == "failed"
    assert any(task.text.startswith(words) for words in ("Cannot write", "file is a file"))
    assert "made an error" not in task.text


def test_overviews_are_stopped_without_a_question(window, qtbot, scene, home):
    address = open_sample(qtbot, window, scene)
    qtbot.waitUntil(lambda: bool(window.context.scenes._builders), timeout=20_000)
    identity = window.context.scenes.scene(address).identity
    window.close()
    assert not window.isVisible()
    assert open_pyramid(identity) is None
    assert not list(home.rglob("*.part-*"))


def test_a_window_that_can_save_nothing_says_so_and_closes_all_the_same(window, home):
    shutil.rmtree(home)
    home.write_bytes(b"where the folder was")
    window.context.change_settings(theme="dark")
    assert "cannot be saved" in window.bar.text
    assert "Cannot write" in window.bar.text
    assert window.context.settings.theme == "dark"
    window.close()
    assert not window.isVisible()


def test_what_pages_ask_by_themselves_is_no_reason_to_ask_the_user(window, qtbot):
    for page in window.page_names:
        window.show_page(page)
    task = window.context.jobs.start(
        "card", {"path": str(GENERATOR)}, "Card of the generator", is_quiet=True
    )
    assert window.close()
    assert window.closing.question is None
    qtbot.waitUntil(lambda: task not in window.context.jobs.running)
