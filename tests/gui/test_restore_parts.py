"""The Restore page: what is done around a model, and the mask of the points."""

import numpy as np
import pytest
from made import write_geotiff
from made_models import made_restorer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from window_made import made_window, open_sample, put_fast_first

from satstudio.core.grid import Size, Window
from satstudio.gui.pages.restore.preview.restored_picture import POINTS
from satstudio.pixels.synthetic.scenes import Band, responses, surface
from satstudio.restore.models.model_card import PARTS
from satstudio.scenes.scene import open_scene

LEFT = Qt.MouseButton.LeftButton
BANDS = (Band(0.8, 0.1, "hamming", 0.54), Band(0.8, 0.0, "hamming", 0.54))
PLACES = ((60, 200), (130, 170), (180, 220))


@pytest.fixture
def scene(tmp_path):
    """Ground of power 1 with points 35 dB above it."""
    rng = np.random.default_rng(2)
    points = np.array([(row, col, 3e3) for row, col in PLACES], float)
    z = surface(np.ones((256, 256)), BANDS, rng) + responses(points, Size(256, 256), BANDS, rng)
    return write_geotiff(tmp_path / "scene.tif", z.astype(np.complex64))


@pytest.fixture
def model(study):
    (study / "models").mkdir(parents=True)
    return made_restorer(study / "models" / "own.onnx", "despeckle", parts=tuple(PARTS))


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        made.resize(1280, 800)
        yield made


@pytest.fixture
def page(window, qtbot, scene, model):
    """The page with a scene of points and a despeckler whose card wants every part."""
    open_sample(qtbot, window, scene)
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(lambda: page.form.models.box.findData("baseline:lee") > 0, timeout=20_000)
    qtbot.waitUntil(lambda: page.form.models.box.findData(str(model)) > 0, timeout=20_000)
    with qtbot.waitActive(window):
        window.activateWindow()
    choose(page, qtbot, str(model))
    return page


def choose(page, qtbot, key):
    page.form.models.choose(key)
    assert page.form.models.choice.key == key
    qtbot.waitUntil(lambda: is_ready(page), timeout=60_000)


def is_ready(page):
    preview = page.preview
    is_previewed = preview.picture.image is not None and not preview.source.is_busy
    return is_previewed and page.run.start.isEnabled()


def box_of(page, part):
    return page.form.options.parts.form.field(part).widget


def press(qtbot, widget, *keys):
    widget.setFocus()
    for key in keys:
        qtbot.keyClick(widget, key)


def pixels_of(page):
    return page.preview.source.restored.raster.pixels


def run(page, qtbot):
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(lambda: page.work.task is None, timeout=60_000)
    assert page.run.result.isVisible(), page.run.problem.text()


def flags_of(path):
    scene = open_scene(path)
    try:
        return scene.read().pixels[0]
    finally:
        scene.close()


# ---------------------------------------------------------------------------------- the choice


def test_the_card_says_what_is_done_and_each_part_what_it_does(page):
    assert "Around it: whitening, points, mean power" in page.form.models.summary_text()
    for part, does in PARTS.items():
        box = box_of(page, part)
        assert box.isVisible()
        assert box.currentText() == "as the model's card says: on"
        assert does in box.toolTip()
        assert box.accessibleName()


def test_the_full_card_names_the_parts(page, qtbot):
    qtbot.mouseClick(page.form.models.card, LEFT)
    table = page.form.models.dialog.table
    shown = {
        table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())
    }
    assert shown["Around it"] == "whitening, points, mean power"
    qtbot.keyClick(page.form.models.dialog, Qt.Key.Key_Escape)


def test_a_card_without_parts_says_so(page, qtbot, study):
    plain = made_restorer(study / "models" / "plain.onnx", "despeckle")
    page.form.models.add_files([plain])
    choose(page, qtbot, str(plain))
    assert "Around it: nothing" in page.form.models.summary_text()
    assert box_of(page, "points").currentText() == "as the model's card says: off"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_switched_by_keys_and_the_preview_follows(page, qtbot, part):
    before = pixels_of(page)
    press(qtbot, box_of(page, part), Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert box_of(page, part).currentText() == "off"
    assert page.wish[2].model_dump()[part] == "off"
    qtbot.waitUntil(lambda: not np.array_equal(pixels_of(page), before), timeout=30_000)
    qtbot.waitUntil(lambda: is_ready(page), timeout=30_000)
    press(qtbot, box_of(page, part), Qt.Key.Key_Up)
    assert page.wish[2].model_dump()[part] == "on"
    qtbot.waitUntil(lambda: np.array_equal(pixels_of(page), before), timeout=30_000)


def test_filters_go_without_until_a_part_is_switched_on(page, qtbot):
    choose(page, qtbot, "baseline:lee")
    assert box_of(page, "points").currentText() == "default for filters: off"
    assert page.preview.source.restored.points is None
    press(qtbot, box_of(page, "points"), Qt.Key.Key_Down)
    assert page.wish[2].points == "on"
    qtbot.waitUntil(lambda: page.preview.source.restored.points is not None, timeout=30_000)


def test_a_switch_keeps_its_place_while_something_else_is_chosen(page, qtbot, model):
    press(qtbot, box_of(page, "power"), Qt.Key.Key_End)
    choose(page, qtbot, "baseline:identity")
    assert not page.form.options.parts.isVisible()
    assert page.wish[2].power == "card"
    choose(page, qtbot, str(model))
    assert page.wish[2].power == "off"


def test_real_scenes_have_no_such_choice_and_the_page_says_why(page, qtbot, window, tmp_path):
    press(qtbot, box_of(page, "points"), Qt.Key.Key_Down)
    real = write_geotiff(tmp_path / "real.tif", np.ones((64, 64), np.float32))
    open_sample(qtbot, window, real)
    window.show_page("restore")
    qtbot.waitUntil(lambda: page.form.scenes.ticked == (str(real),), timeout=5_000)
    choose(page, qtbot, "baseline:lee")
    parts = page.form.options.parts
    assert not parts.form.isVisible()
    assert not parts.save_mask.isVisible()
    assert parts.why.isVisible()
    assert "need complex samples" in parts.why.text()
    assert page.wish[2].points == "card"


def test_the_lists_show_all_their_words_at_1280_x_800(page, window):
    assert (window.width(), window.height()) == (1280, 800)
    for part in PARTS:
        box = box_of(page, part)
        assert box.width() >= box.sizeHint().width()
        assert (
            box.mapTo(window, box.rect().topRight()).x()
            < page.preview.mapTo(window, page.preview.rect().topLeft()).x()
        )


# ---------------------------------------------------------------------------------- the mask


def test_the_mask_is_saved_beside_the_result(page, qtbot, study):
    qtbot.mouseClick(page.form.options.parts.save_mask, LEFT)
    run(page, qtbot)
    mask = study / "restored" / "scene-own-points.tif"
    assert {path.name for path in mask.parent.iterdir()} == {mask.name, "scene-own.tif"}
    assert mask.name in page.run.result.text()
    flags = flags_of(mask)
    assert all(flags[place] == 1 for place in PLACES)
    assert flags.mean() < 0.02
    (study / "restored" / "scene-own.tif").unlink()
    assert page.form.target.out.name == "scene-own-2.tif", "the name of the mask is taken"


def test_without_the_tick_there_is_no_mask(page, qtbot, study):
    run(page, qtbot)
    assert [path.name for path in (study / "restored").iterdir()] == ["scene-own.tif"]
    assert "mask" not in page.run.result.text()


def test_no_mask_can_be_saved_where_nobody_looks_for_points(page, qtbot, study):
    save = page.form.options.parts.save_mask
    press(qtbot, save, Qt.Key.Key_Space)
    assert page.form.options.parts.wants_mask
    press(qtbot, box_of(page, "points"), Qt.Key.Key_End)
    assert not save.isEnabled()
    assert "Switch points on" in save.toolTip()
    run(page, qtbot)
    assert [path.name for path in (study / "restored").iterdir()] == ["scene-own.tif"]
    press(qtbot, box_of(page, "points"), Qt.Key.Key_Home)
    assert save.isEnabled()
    assert page.form.options.parts.wants_mask, "the tick was kept"


def test_of_several_scenes_no_mask_can_be_saved(page, qtbot, window, tmp_path):
    more = write_geotiff(tmp_path / "more.tif", np.ones((64, 64), np.complex64))
    open_sample(qtbot, window, more)
    window.show_page("restore")
    for address in window.context.store.session.addresses:
        page.form.scenes.tick(address, is_on=True)
    assert len(page.form.scenes.ticked) == 2
    assert not page.form.options.parts.save_mask.isEnabled()
    assert "one scene" in page.form.options.parts.save_mask.toolTip()


# ---------------------------------------------------------------------------------- shown


def is_coloured(page, place):
    """Tell whether a pixel of the scene is shown in the colour of points."""
    canvas = page.preview.canvas
    where = canvas.view.rect(Window(*place, 1, 1)).center().toPoint()
    colour = canvas.grab().toImage().pixelColor(where * canvas.devicePixelRatioF())
    return (colour.blue(), colour.green(), colour.red()) == POINTS[:3]


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_the_points_are_coloured_over_the_restored_side_only(page, qtbot, by):
    def toggle():
        if by == "mouse":
            qtbot.mouseClick(page.preview.head.points, LEFT)
        else:
            press(qtbot, page.preview.head.points, Qt.Key.Key_Space)

    page.preview.picture.divider.setValue(0)
    qtbot.waitUntil(lambda: is_ready(page), timeout=30_000)
    assert not any(is_coloured(page, place) for place in PLACES)
    toggle()
    assert all(is_coloured(page, place) for place in PLACES)
    assert not is_coloured(page, (100, 60))
    assert "px of points" in page.preview.note.text()
    page.preview.picture.divider.setValue(1000)
    assert not any(is_coloured(page, place) for place in PLACES)
    page.preview.picture.divider.setValue(0)
    toggle()
    assert not any(is_coloured(page, place) for place in PLACES)
    assert "px of points" not in page.preview.note.text()


def test_without_points_there_is_nothing_to_colour(page, qtbot):
    assert page.preview.head.points.isEnabled()
    press(qtbot, box_of(page, "points"), Qt.Key.Key_End)
    qtbot.waitUntil(lambda: not page.preview.head.points.isEnabled(), timeout=30_000)
    assert "switch points on" in page.preview.head.points.toolTip()


def test_the_tab_key_reaches_the_mask_and_its_colours(page, qtbot):
    box_of(page, "power").setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.form.options.parts.save_mask
    page.preview.head.view_box.setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.preview.head.points
