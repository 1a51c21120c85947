"""Models of several images on the Restore page: chosen by role, checked, run, undone."""

import numpy as np
import pytest
import rasterio
from made import TRANSFORM, write_geotiff
from made_ports import DATES, finer, sar_optical
from PySide6.QtCore import QPoint, Qt
from rasterio.transform import Affine
from window_made import ChosenFiles, jobs_end, made_window, open_sample, put_fast_first

from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.gui.kit.scenes.loader import stack_address
from satstudio.gui.pages.restore.images.other_images import OtherImages, rooms_of
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

LEFT = Qt.MouseButton.LeftButton
ROWS, COLS = 90, 74


def textured(bands, rows, cols, seed=0):
    row, col = np.mgrid[:rows, :cols]
    noise = np.random.default_rng(seed).standard_normal((bands, rows, cols))
    return (np.sin(row / 9) + np.cos(col / 7) + noise / 3).astype(np.float32)


@pytest.fixture
def sar(tmp_path):
    return write_geotiff(tmp_path / "sar.tif", textured(2, ROWS, COLS))


@pytest.fixture
def optical(tmp_path):
    coarse = TRANSFORM * Affine.scale(2)
    return write_geotiff(
        tmp_path / "optical.tif", textured(3, ROWS // 2, COLS // 2, 1), transform=coarse
    )


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


def page_with(window, qtbot, scenes, model):
    """The page with open scenes and a model that was chosen with the button."""
    for scene in scenes:
        open_sample(qtbot, window, scene)
    window.show_page("restore")
    page = window.page_widget("restore")
    window.context.files = ChosenFiles(str(model))
    qtbot.mouseClick(page.form.models.other, LEFT)
    qtbot.waitUntil(page.form.inputs.isVisible, timeout=20_000)
    return page


def pick(window, qtbot, row, last, *files):
    """Choose in the list of a line with the mouse and keys; `last`: Other file."""
    page = window.page_widget("restore")
    box = page.form.inputs.box(row)
    window.context.files = ChosenFiles(*map(str, files))
    qtbot.mouseClick(box, LEFT)
    view = box.view()
    qtbot.waitUntil(view.isVisible)
    qtbot.keyClick(view, Qt.Key.Key_End if last else Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not view.isVisible())


def is_ready(page):
    return page.run.start.isEnabled()


def problem(page):
    return page.run.problem.text()


def test_a_second_image_is_chosen_by_role_previewed_run_and_undone(
    window, qtbot, sar, optical, tmp_path, study
):
    model = sar_optical(tmp_path / "two.onnx")
    page = page_with(window, qtbot, [sar], model)
    assert page.form.inputs.table.rowCount() == 1
    assert page.form.inputs.table.item(0, 0).text() == "optical"
    qtbot.waitUntil(lambda: "'optical': real values, 3 bands" in problem(page), timeout=5_000)
    assert not is_ready(page)
    pick(window, qtbot, 0, True, optical)
    assert page.form.inputs.box(0).currentText() == "optical.tif"
    qtbot.waitUntil(lambda: is_ready(page), timeout=20_000)
    source = page.preview.source
    qtbot.waitUntil(lambda: source.restored is not None and not source.is_busy, timeout=20_000)
    assert source.restored.raster.bands == ("red", "green", "blue")
    shown = page.preview.picture
    qtbot.waitUntil(lambda: shown.image is not None and not shown.image.isGrayscale())
    assert "a stretch of their own" in page.preview.note.text()
    qtbot.mouseClick(page.run.start, LEFT)
    jobs_end(qtbot, window.context)
    (made,) = (study / "restored").glob("*.tif")
    recipe = RestoreRecipe(inputs={"optical": (str(optical),)})
    restore_scene(sar, model, recipe, tmp_path / "wanted.tif", Progress())
    with rasterio.open(made) as found, rasterio.open(tmp_path / "wanted.tif") as wanted:
        np.testing.assert_array_equal(found.read(), wanted.read())
    assert window.context.store.undo_text == "Other images"
    window.context.actions.trigger("edit.undo")
    qtbot.waitUntil(lambda: page.form.inputs.box(0).currentData() == "", timeout=5_000)
    qtbot.waitUntil(lambda: not is_ready(page), timeout=5_000)


def test_an_open_scene_that_fits_is_proposed_and_one_that_does_not_is_explained(
    window, qtbot, sar, optical, tmp_path
):
    page = page_with(window, qtbot, [optical, sar], sar_optical(tmp_path / "two.onnx"))
    assert page.form.inputs.box(0).currentData() == str(optical)
    qtbot.waitUntil(lambda: is_ready(page), timeout=20_000)
    box = page.form.inputs.box(0)
    names = [box.itemText(index) for index in range(box.count())]
    assert names == ["Choose a scene", "optical.tif", "sar.tif", "", "Other file…"]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    wanted = "as 'optical', takes 3 band(s); 2 of sar.tif"
    qtbot.waitUntil(lambda: wanted in problem(page), timeout=20_000)
    assert not is_ready(page)


def test_an_image_on_another_grid_is_explained_and_aligned_with_a_tick(
    window, qtbot, sar, tmp_path
):
    apart = TRANSFORM * Affine.translation(-4, -6) * Affine.scale(1.7)
    other = write_geotiff(tmp_path / "other.tif", textured(3, 70, 60, 1), transform=apart)
    page = page_with(window, qtbot, [sar], sar_optical(tmp_path / "two.onnx"))
    pick(window, qtbot, 0, True, other)
    wanted = "other.tif does not lie on sar.tif"
    qtbot.waitUntil(lambda: wanted in problem(page), timeout=20_000)
    assert "Align images" in problem(page)
    qtbot.mouseClick(
        page.form.inputs.align, LEFT, pos=QPoint(9, page.form.inputs.align.height() // 2)
    )
    qtbot.waitUntil(lambda: is_ready(page), timeout=20_000)
    assert page.wish[2].align
    page.form.models.choose("baseline:boxcar")
    assert not page.form.inputs.isVisible()
    assert page.wish[2].inputs == {}
    assert not page.wish[2].align


def test_the_other_dates_of_a_series_are_chosen_at_once_and_kept(window, qtbot, tmp_path):
    dates = [
        write_geotiff(tmp_path / f"date{number}.tif", textured(1, 50, 41, number))
        for number in range(DATES)
    ]
    page = page_with(window, qtbot, dates[:1], finer(tmp_path / "finer.onnx"))
    roles = [page.form.inputs.table.item(row, 0).text() for row in range(DATES - 1)]
    assert roles == ["low 2", "low 3", "low 4", "low 5"]
    pick(window, qtbot, 0, True, *dates[1:3])
    qtbot.waitUntil(lambda: "low: 3 images, but 5 are needed" in problem(page), timeout=20_000)
    pick(window, qtbot, 2, True, *dates[3:])
    qtbot.waitUntil(lambda: is_ready(page), timeout=20_000)
    assert page.wish[2].inputs == {"low": tuple(map(str, dates[1:]))}
    assert page.choices._state.now.inputs == (("low", tuple(map(str, dates[1:]))),)
    table = page.form.inputs.table
    place = table.visualItemRect(table.item(1, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=place)
    qtbot.mouseClick(page.form.inputs.remove, LEFT)
    assert page.form.inputs.box(3).currentData() == ""
    qtbot.waitUntil(lambda: not is_ready(page), timeout=20_000)
    before = page.form.inputs.table.rowCount()
    qtbot.mouseClick(page.form.inputs.add, LEFT)  # the masks of the dates are the only ones to add
    assert page.form.inputs.table.rowCount() == before + 1
    assert page.form.inputs.table.item(before, 0).text() == "clear 1"


def test_the_dates_of_a_stack_are_the_series_itself(window, qtbot, tmp_path):
    paths = [tmp_path / f"date{number}.tif" for number in range(DATES)]
    dates = [write_geotiff(path, textured(1, 50, 41)) for path in paths]
    page = page_with(window, qtbot, [stack_address(map(str, dates))], finer(tmp_path / "f.onnx"))
    assert page.form.inputs.table.rowCount() == 0
    assert not page.form.inputs.table.isVisible()
    qtbot.waitUntil(lambda: is_ready(page), timeout=20_000)


def test_what_a_model_may_be_given_is_seen_before_anything_is_chosen():
    """Of up to three dates the other two have a line; a mask has one only once it is added."""
    dates = BoundPort(role="optical", bands=13, dtype="float32", frames=(1, 3))
    clear = dates.changed(role="clear", bands=1, dtype="bool", mask_of="optical")
    radar = BoundPort(role="sar", bands=2, dtype="float32", optional=True)
    images = OtherImages()
    images.rooms = rooms_of((dates, clear, radar))
    shown = [(room.port.role, number) for room, number in images.lines]
    assert shown == [("optical", 0), ("optical", 1), ("sar", 0)]
    assert images.missing is None
    images.rooms = rooms_of((dates, clear, radar), is_series=True)
    assert [room.port.role for room, _ in images.lines] == ["sar"]
