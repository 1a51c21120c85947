"""A folder of scenes on the Restore page: looked into, restored by processes, stopped, gone on."""

import json

import pytest
from made import made_intensity
from PySide6.QtCore import Qt
from window_made import ChosenFiles, jobs_end, made_window, open_sample, put_fast_first

pytest.importorskip("distributed")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def tree(tmp_path):
    """Three scenes on two levels; the first file in order is damaged."""
    root = tmp_path / "archive"
    for name in ("a/one.tif", "b/one.tif", "b/two.tif"):
        folder, _, file = name.partition("/")
        (root / folder).mkdir(parents=True, exist_ok=True)
        made_intensity(root / folder, 60, 50, name=file)
    (root / "a/broken.tif").write_bytes(b"II*\0 and no more")
    return root


def page_with(window, qtbot, folder):
    """The page, with a filter and a folder chosen by clicks."""
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(lambda: page.form.models.box.findData("baseline:boxcar") > 0, timeout=20_000)
    page.form.models.choose("baseline:boxcar")
    window.context.files = ChosenFiles(str(folder))
    qtbot.mouseClick(page.form.folder.choose, LEFT)
    qtbot.waitUntil(lambda: page.form.folder.problem != "Looking into the folder…", timeout=20_000)
    return page


@pytest.mark.nightly
def test_a_folder_is_restored_what_failed_is_told_and_tried_again(
    window, qtbot, tree, study, monkeypatch
):
    page = page_with(window, qtbot, tree)
    form, run = page.form, page.run
    assert form.folder.isVisible()
    assert not form.scenes.isVisible()
    assert "4 scenes in it and below" in form.folder.note.text()
    assert not form.part.isEnabled()
    qtbot.waitUntil(run.start.isEnabled, timeout=30_000)
    assert form.target.out == study / "restored" / "archive-boxcar"
    qtbot.waitUntil(lambda: form.figures.values["tiles"].text() == "4", timeout=30_000)
    qtbot.mouseClick(form.folder.look, LEFT)
    qtbot.waitUntil(lambda: page.preview.source.restored is not None, timeout=30_000)
    assert window.page == "restore"
    form.folder.workers.selectAll()
    qtbot.keyClicks(form.folder.workers, "2")
    qtbot.mouseClick(run.start, LEFT)
    (task,) = window.context.jobs.running
    heard = []
    task.changed.connect(lambda: heard.append(task.text))
    jobs_end(qtbot, window.context)
    assert any("of 3 scenes" in text for text in heard)
    assert task.text == "Done, but 1 failed"
    out = study / "restored" / "archive-boxcar"
    made = sorted(str(path.relative_to(out)) for path in out.rglob("*.tif"))
    assert made == ["a/one.tif", "b/one.tif", "b/two.tif"]
    assert "3 scenes of the folder are restored into archive-boxcar" in run.result.text()
    assert run.problem.text().startswith("broken.tif failed: Cannot open broken.tif")
    qtbot.mouseClick(run.reasons, LEFT)
    dialog = page.dialog
    assert dialog.table.rowCount() == 1
    assert str(tree / "a/broken.tif") in dialog.text()
    dialog.reject()
    # ------------------------------------------------------------------ opened, and gone on with
    shown = []
    monkeypatch.setattr(window.context, "show_file", shown.append)
    qtbot.mouseClick(run.folder, LEFT)
    assert shown == [out]
    assert run.start.text() == "Continue"
    assert "3 of 4 scenes are finished there, 1 failed" in form.target.note.text()
    (tree / "a/broken.tif").unlink()
    made_intensity(tree / "a", 30, 30, name="broken.tif")
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.tif")}
    qtbot.waitUntil(run.start.isEnabled, timeout=30_000)
    qtbot.mouseClick(run.start, LEFT)
    jobs_end(qtbot, window.context)
    assert {path: path.stat().st_mtime_ns for path in times} == times, "done is done"
    assert (out / "a/broken.tif").is_file()
    assert run.problem.text() == ""
    assert not run.reasons.isVisible()
    assert form.target.out.name == "archive-boxcar-2", "nothing is left to do in the first"
    qtbot.mouseClick(run.view, LEFT)
    qtbot.waitUntil(lambda: window.page == "view", timeout=20_000)
    assert len(window.context.store.session.layers) == 5, "one of the folder, four results"


@pytest.mark.nightly
def test_a_stop_keeps_what_is_done_and_continue_does_the_rest(window, qtbot, tmp_path, study):
    root = tmp_path / "many"
    root.mkdir()
    for number in range(40):
        made_intensity(root, 60, 50, name=f"{number:02}.tif")
    page = page_with(window, qtbot, root)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    out = page.form.target.out
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(lambda: any(out.glob("*.tif")), timeout=60_000)
    qtbot.mouseClick(page.run.stop, LEFT)
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=30_000)
    lines = [json.loads(line) for line in (out / "archive.jsonl").read_text().splitlines()][1:]
    assert 0 < len(lines) < 40
    assert "Continue restores the other scenes" in page.run.problem.text()
    assert page.run.start.text() == "Continue"
    assert [path.name for path in out.iterdir() if path.suffix == ".part"] == []
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.mouseClick(page.run.start, LEFT)
    jobs_end(qtbot, window.context)
    assert len(list(out.glob("*.tif"))) == 40
    assert "40 scenes of the folder are restored" in page.run.result.text()


def test_a_folder_without_scenes_is_told_and_the_open_scenes_come_back(
    window, qtbot, tmp_path, study
):
    scene = made_intensity(tmp_path, 60, 50)
    open_sample(qtbot, window, scene)
    (tmp_path / "empty").mkdir()
    page = page_with(window, qtbot, tmp_path / "empty")
    qtbot.waitUntil(lambda: "There is no scene in" in page.run.problem.text(), timeout=10_000)
    assert not page.run.start.isEnabled()
    window.context.files = ChosenFiles()  # the dialog is cancelled
    qtbot.mouseClick(page.form.folder.choose, LEFT)
    assert "There is no scene in" in page.run.problem.text()
    qtbot.mouseClick(page.form.folder.leave, LEFT)
    assert page.form.scenes.isVisible()
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    assert page.wish[0] == (str(scene),)


def test_results_never_go_among_the_scenes(window, qtbot, tree):
    page = page_with(window, qtbot, tree)
    window.context.files = ChosenFiles(str(tree / "b"))
    qtbot.mouseClick(page.form.target.choose, LEFT)
    qtbot.waitUntil(lambda: "Results would lie in archive" in page.run.problem.text())
    assert not page.run.start.isEnabled()


def test_without_dask_the_page_says_how_it_is_installed(window, qtbot, tree, monkeypatch):
    monkeypatch.setattr("satstudio.jobs.archive.cluster.find_spec", lambda name: None)
    page = page_with(window, qtbot, tree)
    qtbot.waitUntil(lambda: "pip install 'satstudio[dask]'" in page.run.problem.text())
    assert not page.run.start.isEnabled()
