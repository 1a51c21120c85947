"""Baselines of several images on the Restore page: dates in, checked, compared, saved."""

import numpy as np
import pytest
import rasterio
from made import write_geotiff
from made_ports import DATES, finer
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox
from window_made import ChosenFiles, jobs_end, made_window, open_sample, put_fast_first

LEFT = Qt.MouseButton.LeftButton
ROWS, COLS = 90, 74
DAYS = ("2024-05-01", "2024-05-11", "2024-05-31")


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def dates(tmp_path):
    """Three dates of three bands; the second has a hole where the first has one too."""
    rng = np.random.default_rng(1)
    paths = []
    for number, day in enumerate(DAYS):
        values = rng.uniform(0.1, 0.4, (3, ROWS, COLS)).astype(np.float32)
        values[:, 20:40, 10 : 30 - 5 * number] = -1
        paths.append(write_geotiff(tmp_path / f"s2_{day}.tif", values, nodata=-1))
    return paths


def click(qtbot, box):
    qtbot.mouseClick(box, LEFT, pos=QPoint(9, box.height() // 2))


def pick(qtbot, box: QComboBox, text):
    """Choose in a list with the mouse and the keys."""
    qtbot.mouseClick(box, LEFT)
    view = box.view()
    qtbot.waitUntil(view.isVisible)
    view.setCurrentIndex(box.model().index(box.findText(text), 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not view.isVisible())
    assert box.currentText() == text


def page_with(window, qtbot, first, baseline):
    open_sample(qtbot, window, first)
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(lambda: page.form.models.box.findText(baseline) >= 0, timeout=20_000)
    pick(qtbot, page.form.models.box, baseline)
    qtbot.waitUntil(page.form.inputs.isVisible, timeout=20_000)
    return page


def previewed(page):
    return page.preview.source.restored is not None and not page.preview.source.is_busy


def test_dates_are_given_checked_previewed_beside_another_baseline_and_saved(
    window, qtbot, dates, study
):
    page = page_with(window, qtbot, dates[0], "Mosaic of clear pixels")
    assert page.form.inputs.table.item(0, 0).text() == "optical 2"
    assert not page.run.start.isEnabled()
    window.context.files = ChosenFiles(*map(str, dates[1:]))
    box = page.form.inputs.box(0)
    qtbot.mouseClick(box, LEFT)
    qtbot.keyClick(box.view(), Qt.Key.Key_End)
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    assert page.form.findings.texts[:3] == (
        "optical: 3 images, 3 bands each, reflectance.",
        "optical: on the ground and grid of s2_2024-05-01.tif.",
        "optical: 2024-05-01, 2024-05-11, 2024-05-31.",
    )
    assert page.form.findings.isVisible()
    # ------------------------------------------------------------- beside it and the difference
    pane = page.preview
    qtbot.waitUntil(lambda: previewed(page), timeout=30_000)
    names = [pane.head.bar.box.itemText(row) for row in range(pane.head.bar.box.count())]
    assert names[:3] == ["Scene", "optical: s2_2024-05-11.tif", "optical: s2_2024-05-31.tif"]
    assert "Interpolation in time" in names
    assert "Registered mean" in names
    assert "Mosaic of clear pixels" not in names
    pick(qtbot, pane.head.bar.box, "Interpolation in time")
    qtbot.waitUntil(lambda: pane.picture.overlay.beside is not None, timeout=30_000)
    assert pane.picture.overlay.beside_name == "Interpolation in time"
    plain = pane.picture.image
    click(qtbot, pane.head.bar.difference)
    qtbot.waitUntil(lambda: "difference from Interpolation in time" in pane.note.text())
    assert pane.picture.image is not plain
    assert "band" in pane.note.text()
    click(qtbot, pane.head.bar.difference)
    qtbot.waitUntil(lambda: "difference" not in pane.note.text())
    # --------------------------------------------------------------------------------- saved
    qtbot.mouseClick(page.run.start, LEFT)
    jobs_end(qtbot, window.context)
    (made,) = (study / "restored").glob("*.tif")
    with rasterio.open(made) as dataset:
        values = dataset.read()
        assert dataset.tags()["SATSTUDIO_RESTORED"] == "by baseline:mosaic"
    images = []
    for path in dates:
        with rasterio.open(path) as dataset:
            images.append(dataset.read(masked=True))
    wanted = np.ma.stack(images).mean(axis=0).filled(-1)
    np.testing.assert_allclose(values, wanted, rtol=1e-5)


def test_what_a_date_lacks_is_said_at_its_place_and_undated_scenes_get_dates_in_the_form(
    window, qtbot, dates, tmp_path
):
    plain = write_geotiff(
        tmp_path / "undated.tif", np.full((3, ROWS, COLS), 0.2, np.float32), nodata=-1
    )
    two = write_geotiff(tmp_path / "two.tif", np.full((2, ROWS, COLS), 0.2, np.float32))
    page = page_with(window, qtbot, dates[0], "Interpolation in time")
    window.context.files = ChosenFiles(str(plain), str(two))
    box = page.form.inputs.box(0)
    qtbot.mouseClick(box, LEFT)
    qtbot.keyClick(box.view(), Qt.Key.Key_End)
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any("of two.tif are chosen" in t for t in page.form.findings.texts),
                    timeout=30_000)  # fmt: skip
    assert not page.run.start.isEnabled()
    page.form.inputs.table.selectRow(1)
    qtbot.mouseClick(page.form.inputs.remove, LEFT)
    wanted = "Image 2 of 'optical' does not say its date"
    qtbot.waitUntil(lambda: wanted in page.run.problem.text(), timeout=30_000)
    field = page.form.options.own.field("dates").widget
    field.setFocus()
    qtbot.keyClicks(field, "2024-05-01, 2024-05-09")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)


def test_the_mask_of_what_is_invented_is_offered_for_what_fills_gaps_and_saved(
    window, qtbot, tmp_path, study
):
    paths = []
    for number in range(DATES):
        values = np.random.default_rng(number).uniform(0, 1, (1, 50, 41)).astype(np.float32)
        values[:, 10:20, 5:15] = -1
        paths.append(write_geotiff(tmp_path / f"d{number}.tif", values, nodata=-1))
    open_sample(qtbot, window, paths[0])
    window.show_page("restore")
    page = window.page_widget("restore")
    assert not page.form.target.save_invented.isVisible()
    window.context.files = ChosenFiles(str(finer(tmp_path / "fills.onnx", fills_gaps=True)))
    qtbot.mouseClick(page.form.models.other, LEFT)
    qtbot.waitUntil(page.form.inputs.isVisible, timeout=20_000)
    window.context.files = ChosenFiles(*map(str, paths[1:]))
    box = page.form.inputs.box(0)
    qtbot.mouseClick(box, LEFT)
    qtbot.keyClick(box.view(), Qt.Key.Key_End)
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.waitUntil(lambda: previewed(page), timeout=30_000)
    assert page.preview.head.points.text() == "Invented"
    click(qtbot, page.preview.head.points)
    qtbot.waitUntil(lambda: "864 px invented" in page.preview.note.text())
    click(qtbot, page.form.target.save_invented)
    qtbot.mouseClick(page.run.start, LEFT)
    jobs_end(qtbot, window.context)
    (mask,) = (study / "restored").glob("*-invented.tif")
    assert f"The mask of what is invented is {mask.name}." in page.run.result.text()
    with rasterio.open(mask) as dataset:
        assert (dataset.read(1) == 1).sum() == 864  # the halo is 4 px


def test_open_dates_on_one_grid_are_proposed_and_results_are_not(window, qtbot, dates, tmp_path):
    with rasterio.open(dates[2]) as dataset:
        values = dataset.read()
    tags = {"SATSTUDIO_RESTORED": "by a model"}
    result = write_geotiff(tmp_path / "result.tif", values, nodata=-1, tags=tags)
    for path in (result, *dates[1:]):
        open_sample(qtbot, window, path)
    page = page_with(window, qtbot, dates[0], "Mosaic of clear pixels")
    assert page.form.scenes.ticked == (str(dates[0]),)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    assert page.wish[2].inputs == {"optical": tuple(map(str, dates[1:]))}
