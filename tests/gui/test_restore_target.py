"""Restore: where a result goes, a batch that was stopped, models and scenes that do not fit."""

import shutil

import pytest
from made import made_intensity, speckle_power, write_geotiff
from made_models import made_model, made_restorer
from PySide6.QtCore import QPoint, Qt
from window_made import ChosenFiles, jobs_end, made_window, open_sample, put_fast_first

from satstudio.core.errors import Cancelled
from satstudio.core.progress import Progress
from satstudio.restore.many_scenes import Batch, restore_scenes

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def page(window, qtbot, tmp_path):
    """The page with a small real scene; the boxcar filter is chosen."""
    open_sample(qtbot, window, made_intensity(tmp_path, 64, 64, name="a.tif"))
    window.resize(1366, 768)
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(lambda: page.form.models.box.findData("baseline:boxcar") > 0, timeout=20_000)
    choose(page, qtbot, "baseline:boxcar")
    return page


def choose(page, qtbot, key):
    """Choose in the list with the keys, as a user does."""
    box = page.form.models.box
    row = box.findData(key)
    box.setFocus()
    for _ in range(box.count()):
        if box.currentIndex() == row:
            break
        way = Qt.Key.Key_Down if box.currentIndex() < row else Qt.Key.Key_Up
        qtbot.keyClick(box, way)
    assert page.form.models.key == key


def tick(page, qtbot, name):
    """Click the tick of a scene."""
    (item,) = page.form.scenes.findItems(name, Qt.MatchFlag.MatchExactly)
    line = page.form.scenes.visualItemRect(item)
    qtbot.mouseClick(
        page.form.scenes.viewport(), LEFT, pos=QPoint(line.left() + 10, line.center().y())
    )


def typed(qtbot, edit, text):
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def open_too(qtbot, window, path):
    open_sample(qtbot, window, path)
    window.show_page("restore")


def test_name_and_folder_of_the_result_are_chosen(page, qtbot, window, study, tmp_path):
    assert page.form.target.out == study / "restored" / "a-boxcar.tif"
    (tmp_path / "mine").mkdir()
    window.context.files = ChosenFiles(str(tmp_path / "mine"))
    qtbot.mouseClick(page.form.target.choose, LEFT)
    typed(qtbot, page.form.target.name, "smooth")
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.mouseClick(page.run.start, LEFT)
    jobs_end(qtbot, window.context)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["smooth.tif"]
    assert not (study / "restored").exists()
    assert "smooth.tif is restored" in page.run.result.text()
    assert page.form.target.out == tmp_path / "mine" / "a-boxcar.tif", "a name is proposed again"
    typed(qtbot, page.form.target.name, "smooth.tif")
    assert "smooth.tif is there already" in page.run.problem.text()
    assert not page.run.start.isEnabled()
    for text, reason in (("a:b", "A name has none of"), ("a" * 300, "The name is too long")):
        typed(qtbot, page.form.target.name, text)
        assert reason in page.run.problem.text()
    window.context.store.undo()
    assert page.form.target.path == study / "restored", "the folder is a step of undo"
    window.context.store.redo()
    shutil.rmtree(tmp_path / "mine")
    page.form.target.name.clear()
    typed(qtbot, page.form.target.name, "c")
    assert f"There is no folder {tmp_path / 'mine'}" in page.run.problem.text()
    qtbot.mouseClick(page.form.target.usual, LEFT)
    assert page.form.target.out == study / "restored" / "c.tif"


def stopped_batch(scenes, out, recipe):
    """Restore the first scene, as a run that was stopped in the second."""
    told = []
    progress = Progress(lambda _, text: told.append(text), lambda: "Scene 2" in told[-1])
    with pytest.raises(Cancelled):
        restore_scenes(scenes, "baseline:boxcar", recipe, out, progress)


def test_a_batch_that_was_stopped_is_continued_in_its_folder(page, qtbot, window, study, tmp_path):
    open_too(qtbot, window, made_intensity(tmp_path, 64, 64, name="b.tif"))
    tick(page, qtbot, "a.tif")
    assert [path.rpartition("/")[2] for path in page.form.scenes.ticked] == ["a.tif", "b.tif"]
    out = study / "restored" / "2-scenes-boxcar"
    stopped_batch(page.form.scenes.ticked, out, page.wish[2])
    before = (out / "a.tif").stat().st_mtime_ns
    tick(page, qtbot, "a.tif")
    assert page.run.start.text() == "Restore"
    tick(page, qtbot, "a.tif")
    assert page.form.target.out == out
    assert page.run.start.text() == "Continue"
    assert "1 of 2 scenes are finished there" in page.form.target.note.text()
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.mouseClick(page.run.start, LEFT)
    jobs_end(qtbot, window.context)
    assert sorted(path.name for path in out.iterdir()) == ["a.tif", "b.tif"]
    assert (out / "a.tif").stat().st_mtime_ns == before
    assert page.form.target.out.name == "2-scenes-boxcar-2"
    assert page.run.start.text() == "Restore"


@pytest.mark.slow
def test_a_batch_says_what_it_has_finished_when_it_is_stopped(page, qtbot, window, study, tmp_path):
    for name in "bcde":
        scene = write_geotiff(tmp_path / f"{name}.tif", speckle_power(500, 500)[None])
        open_too(qtbot, window, scene)
        if name != "b":
            tick(page, qtbot, f"{name}.tif")
        else:
            tick(page, qtbot, "a.tif")
    choose(page, qtbot, "baseline:nlm")
    count = len(page.form.scenes.ticked)
    out = study / "restored" / f"{count}-scenes-nlm"
    qtbot.waitUntil(page.run.start.isEnabled, timeout=60_000)
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(lambda: f"Scene 2 of {count}" in page.run.doing.text(), timeout=60_000)
    assert not page.form.target.isEnabled(), "its name stands there as long as it runs"
    qtbot.mouseClick(page.run.stop, LEFT)
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=60_000)
    done = len(Batch.found(out).finished)
    assert 0 < done < count
    assert f"{done} of {count} scenes are finished in {out.name}: a.tif" in page.run.result.text()
    assert "Continue restores the other scenes" in page.run.problem.text()
    assert page.form.target.out == out
    assert page.run.start.text() == "Continue"
    qtbot.mouseClick(page.run.view, LEFT)
    qtbot.waitUntil(lambda: str(out / "a.tif") in window.context.store.session.addresses)


@pytest.mark.parametrize("is_in_study", [False, True])
def test_other_says_what_is_wrong_with_a_model(page, qtbot, window, study, tmp_path, is_in_study):
    folder = study / "models" if is_in_study else tmp_path
    folder.mkdir(exist_ok=True)
    noise = made_model(folder / "noise.onnx")
    window.context.study_changed.emit()
    if is_in_study:
        qtbot.waitUntil(
            lambda: (
                noise in page.form.models._models and bool(page.form.models._models[noise].problem)
            ),
            timeout=60_000,
        )
    window.context.files = ChosenFiles(str(noise))
    qtbot.mouseClick(page.form.models.other, LEFT)
    qtbot.waitUntil(lambda: "noise.onnx takes noise" in page.run.problem.text(), timeout=60_000)
    assert page.form.models.box.currentText() == "noise.onnx", "it is the one that was chosen"
    assert not page.run.start.isEnabled()


def test_other_says_why_a_model_does_not_fit_the_scene(page, qtbot, window, tmp_path):
    model = made_restorer(tmp_path / "complex.onnx", "despeckle")
    window.context.files = ChosenFiles(str(model))
    qtbot.mouseClick(page.form.models.other, LEFT)
    qtbot.waitUntil(lambda: "takes complex samples" in page.run.problem.text(), timeout=60_000)
    assert "complex.onnx" in page.run.problem.text()
    assert not page.run.start.isEnabled()


def test_a_scene_of_other_pixels_than_the_model_s_is_remarked_on(page, qtbot, window, tmp_path):
    model = made_restorer(tmp_path / "fine.onnx", "blur", pixel_size_m=(0.5, 0.5))
    window.context.files = ChosenFiles(str(model))
    qtbot.mouseClick(page.form.models.other, LEFT)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=60_000)
    assert "trained on pixels of 0.5 x 0.5 m, this scene has 10 x 10 m" in page.run.remark.text()
    assert page.run.remark.isVisible()
