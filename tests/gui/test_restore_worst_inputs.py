"""The worst images on the Restore page: one clear message each, and nothing half-written."""

import os

import numpy as np
import pytest
from made import TRANSFORM, write_geotiff
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from rasterio.transform import Affine
from window_made import ChosenFiles, jobs_end, made_window, open_sample, put_fast_first

LEFT = Qt.MouseButton.LeftButton
ROWS, COLS = 90, 74


def date(path, number, shape=(3, ROWS, COLS), **place):
    values = np.random.default_rng(number).uniform(0.1, 0.4, shape).astype(np.float32)
    values[:, 20:40, 10:30] = -1
    tags = {"ACQUISITION_DATE": f"2024-05-{number:02}"}
    return write_geotiff(path, values, nodata=-1, tags=tags, **place)


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def page(window, qtbot, tmp_path):
    """The page with one date and a baseline that wants more."""
    open_sample(qtbot, window, date(tmp_path / "a.tif", 1))
    window.show_page("restore")
    made = window.page_widget("restore")
    box = made.form.models.box
    qtbot.waitUntil(lambda: box.findText("Mosaic of clear pixels") >= 0, timeout=60_000)
    made.form.models.choose("baseline:mosaic")
    return made


def give(page, qtbot, path):
    """Choose a file as the second date with the mouse and keys; wait until it is looked at."""
    page._context.files = ChosenFiles(str(path))
    box = page.form.inputs.box(0)
    qtbot.mouseClick(box, LEFT)
    qtbot.keyClick(box.view(), Qt.Key.Key_End)
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    assert page.form.inputs.box(0).currentData() == str(path)
    settle(page, qtbot)


def settle(page, qtbot):
    qtbot.waitUntil(lambda: bool(page.check.refusal) or page.run.start.isEnabled(), timeout=60_000)


def test_each_image_that_does_not_fit_is_refused_in_one_sentence(page, qtbot, tmp_path):
    far = TRANSFORM * Affine.translation(5000, 5000)
    degrees = Affine(1e-4, 0, 10, 0, -1e-4, 47)
    whole = date(tmp_path / "whole.tif", 9, (3, 900, 740)).read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: len(whole) // 2])
    images = {
        date(tmp_path / "coarse.tif", 2, (3, 45, 37), transform=TRANSFORM * Affine.scale(2)):
            "their sizes are 90 x 74 and 45 x 37 px; tick Align images.",
        date(tmp_path / "degrees.tif", 3, crs="EPSG:4326", transform=degrees):
            "shows nothing of the ground of a.tif; choose another image.",
        date(tmp_path / "far.tif", 4, transform=far):
            "shows nothing of the ground of a.tif; choose another image.",
        date(tmp_path / "two.tif", 5, (2, ROWS, COLS)): "takes 3 band(s); 2 of two.tif",
        tmp_path / "cut.tif": "Cannot open cut.tif: its TIFF header is cut short",
    }  # fmt: skip
    for path, wanted in images.items():
        give(page, qtbot, path)
        assert wanted in page.run.problem.text()
        assert page.run.problem.text() in page.form.findings.texts, "the same words in both places"
        assert not page.run.start.isEnabled()
    page.form.inputs.align.click()
    give(page, qtbot, tmp_path / "far.tif")
    assert "shows nothing of the ground" in page.run.problem.text(), "not aligned into nothing"
    give(page, qtbot, tmp_path / "coarse.tif")
    assert page.run.start.isEnabled()


def test_a_date_that_is_given_twice_is_said_to_count_twice(page, qtbot, tmp_path):
    give(page, qtbot, tmp_path / "a.tif")
    assert "optical: a.tif is given twice, and counts twice." in page.form.findings.texts
    assert page.run.start.isEnabled()


def test_two_quick_clicks_restore_once_and_stop_nothing(page, window, qtbot, tmp_path, study):
    give(page, qtbot, date(tmp_path / "b.tif", 2))
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.mouseDClick(page.run.stop, LEFT)  # what stands there by now
    qtbot.mouseClick(page.run.start, LEFT)
    assert len(window.context.jobs.running) == 1
    jobs_end(qtbot, window.context)
    assert [path.name for path in (study / "restored").iterdir()] == ["a-mosaic.tif"]


def test_what_is_unplugged_after_the_check_is_named_and_nothing_is_left(
    page, window, qtbot, tmp_path, study
):
    second = date(tmp_path / "b.tif", 2)
    give(page, qtbot, second)
    kept = second.read_bytes()
    second.unlink()
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=60_000)
    assert "b.tif: there is no such file" in page.run.problem.text()
    assert list((study / "restored").glob("**/*")) == []
    settle(page, qtbot)
    assert "there is no such file" in page.check.refusal
    second.write_bytes(kept)
    QApplication.sendEvent(page, QEvent(QEvent.Type.WindowActivate))  # the user comes back
    qtbot.waitUntil(page.run.start.isEnabled, timeout=60_000)
    qtbot.mouseClick(page.run.start, LEFT)
    wanted = "a-mosaic.tif is restored"
    qtbot.waitUntil(lambda: wanted in page.run.result.text(), timeout=60_000)


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_start(
    page, qtbot, tmp_path, monkeypatch
):
    give(page, qtbot, date(tmp_path / "b.tif", 2))
    locked = tmp_path / "locked"
    locked.mkdir()
    ask = os.access  # the tests may run as a user whom no permission stops
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked and ask(path, mode))
    page._context.files = ChosenFiles(str(locked))
    qtbot.mouseClick(page.form.target.choose, LEFT)
    assert f"Nothing can be written to {locked}" in page.run.problem.text()
    assert not page.run.start.isEnabled()
    qtbot.mouseClick(page.form.target.usual, LEFT)
    settle(page, qtbot)
    assert page.run.start.isEnabled()
