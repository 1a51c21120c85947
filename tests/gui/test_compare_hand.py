"""The Compare page by mouse and keys: figures on the pictures, keys after clicks, areas."""

import numpy as np
import pytest
from gui_made import made_compare_context, open_in, shown_page, wait_complete
from made import write_geotiff
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox
from window_made import ChosenFiles, made_window, open_sample

from satstudio.gui.pages.compare.page import make_page
from satstudio.gui.pages.compare.state import NAME, CompareState
from satstudio.session.page_state import page_state

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context(qtbot):
    with made_compare_context() as made:
        yield made


@pytest.fixture
def page(context, qtbot):
    with shown_page(make_page(context), qtbot, 1400, 800) as made:
        yield made


def power(folder, name, seed, **options):
    values = np.random.default_rng(seed).gamma(1 + seed, 1.0, (1, 128, 128)).astype(np.float32)
    tags = {"SATSTUDIO_QUANTITY": "sigma0"}
    return write_geotiff(folder / f"{name}.tif", values, tags=tags, **options)


@pytest.fixture
def four(page, context, qtbot, tmp_path):
    """A scene and three results, all shown."""
    names = ("scene", "boxcar", "lee", "gamma_map")
    made = [open_in(context, qtbot, power(tmp_path, name, n)) for n, name in enumerate(names)]
    for canvas in page.views.canvases:
        wait_complete(canvas, qtbot)
    qtbot.waitUntil(lambda: all(len(view.plate.rows) >= 5 for view in page.views.views[1:4]))
    return made


def state(context):
    return page_state(context.store.session, NAME, CompareState)


def rect_in_stage(view):
    """Where the picture of a view is, beside its plate."""
    room = view.geometry()
    room.setTop(room.top() + view.strip.height())
    return room


def test_all_figures_of_four_views_are_read_at_1400_px(page, four):
    for view in page.views.views[:4]:
        plate = view.plate
        assert plate.isVisible()
        assert len(plate.buttons) == len(plate.rows)
        assert rect_in_stage(view).contains(plate.geometry())
        for button in plate.buttons:
            assert button.isVisible()
            assert plate.rect().contains(button.geometry())
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())


def test_figures_take_two_columns_where_a_picture_is_low(page, four, context, qtbot):
    names = ("enl", "ratio_image_stats", "radiometric_bias_db", "epi_ratio", "epi_corr", "mse")
    context.change_settings(compare_metrics=(*names, "psnr", "ssim"))
    plate = page.views.views[1].plate
    qtbot.waitUntil(lambda: len(plate.rows) > 6)
    page.resize(1400, 300)
    qtbot.waitUntil(lambda: len({button.y() for button in plate.buttons}) < len(plate.buttons))
    assert rect_in_stage(page.views.views[1]).contains(plate.geometry())


def drag(qtbot, widget, start, step):
    qtbot.mousePress(widget, LEFT, pos=start)
    for part in (0.5, 1.0):
        qtbot.mouseMove(widget, start + QPoint(round(step.x() * part), round(step.y() * part)))
    qtbot.mouseRelease(widget, LEFT, pos=start)


def test_the_user_drags_the_figures_of_all_pictures_to_another_place(page, four, context, qtbot):
    plates = [view.plate for view in page.views.views[:4]]
    before = [plate.pos() for plate in plates]
    drag(qtbot, plates[1], QPoint(3, 3), QPoint(150, 120))
    assert state(context).figures_at != (0, 0)
    for plate, place in zip(plates, before, strict=True):
        assert plate.x() > place.x() + 100
        assert plate.y() > place.y() + 60
    context.store.undo()
    assert [plate.pos() for plate in plates] == before


@pytest.mark.parametrize("step", [QPoint(80, 60), QPoint(10, 3)])
def test_a_drag_on_a_figure_moves_the_plate_and_a_click_tells_its_meaning(page, four, qtbot, step):
    view = page.views.views[2]
    button, before = view.plate.buttons[2], view.plate.pos()
    drag(qtbot, button, button.rect().center(), step)
    assert view.plate.pos() != before
    assert view.card is None
    qtbot.mouseClick(view.plate.buttons[2], LEFT)
    assert view.card.isVisible()
    view.card.close()


def test_figures_of_both_pictures_of_a_swipe_stay_in_sight(page, four, qtbot):
    qtbot.keyClick(page.views.first.canvas, Qt.Key.Key_W)
    left, right = page.views.views[0], page.views.views[1]
    page.views.stage.handle.set_share(0.95)
    stage = page.views.stage
    for view in (left, right):
        middle = view.plate.geometry().center()
        hit = stage.childAt(middle)
        assert hit is view.plate or view.plate.isAncestorOf(hit)
    assert left.plate.geometry().right() < stage.width() / 2 < right.plate.x()
    assert stage.width() - right.plate.geometry().right() == pytest.approx(left.plate.x(), abs=2)
    assert not page.views.views[2].plate.isVisible()


def focused(qtbot, widget):
    qtbot.mouseClick(widget, LEFT, pos=widget.rect().center())
    return QApplication.focusWidget()


@pytest.mark.parametrize("number", range(4))
def test_keys_work_after_a_click_in_any_view(page, four, context, qtbot, number):
    canvas = page.views.views[number].canvas
    qtbot.keyClick(focused(qtbot, canvas), Qt.Key.Key_D)
    assert state(context).mode == "difference"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_S)
    assert state(context).mode == "side"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_A)
    assert page.area._tool is not None


def test_keys_work_after_a_click_on_a_figure_and_in_the_bar(page, four, context, qtbot):
    view = page.views.views[1]
    focused(qtbot, view.canvas)
    qtbot.mouseClick(view.plate.buttons[0], LEFT)
    view.card.close()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_R)
    assert state(context).mode == "ratio"
    page.bar.view.setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_K)
    assert state(context).mode == "flicker"


def test_keys_work_after_a_scene_was_opened(page, four, context, qtbot, tmp_path):
    page.bar.low.setFocus()
    open_in(context, qtbot, power(tmp_path, "frost", 9))
    assert page.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_D)
    assert state(context).mode == "difference"


def test_keys_work_after_a_dialog(page, four, context, qtbot):
    focused(qtbot, page.views.views[2].canvas)
    box = QMessageBox(page)
    QTimer.singleShot(50, lambda: qtbot.keyClick(box, Qt.Key.Key_Escape))
    box.exec()
    with qtbot.waitActive(page):  # as a window manager does
        page.activateWindow()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_R)
    assert state(context).mode == "ratio"


def test_keys_stay_with_the_pictures_through_all_arrangements(page, four, context, qtbot):
    focused(qtbot, page.views.views[3].canvas)
    for key, mode in (("K", "flicker"), ("S", "side"), ("W", "swipe"), ("R", "ratio")):
        qtbot.keyClick(QApplication.focusWidget(), getattr(Qt.Key, f"Key_{key}"))
        assert state(context).mode == mode
        assert QApplication.focusWidget() is page.views.front.canvas
        if mode == "flicker":
            for _ in range(3):
                qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_X)
                assert QApplication.focusWidget() is page.views.front.canvas


def test_letters_typed_into_a_number_are_no_commands(page, four, context, qtbot):
    page.bar.low.setFocus()
    page.bar.low.selectAll()
    qtbot.keyClicks(page.bar.low, "-7")
    qtbot.keyClick(page.bar.low, Qt.Key.Key_Return)
    assert state(context).limits[0] == -7
    assert state(context).mode == "side"


def draw(qtbot, canvas, first, last):
    qtbot.mousePress(canvas, LEFT, pos=first)
    qtbot.mouseMove(canvas, (first + last) / 2)
    qtbot.mouseMove(canvas, last)
    qtbot.mouseRelease(canvas, LEFT, pos=last)


def middle_of(canvas, right=0, down=0):
    return canvas.rect().center() + QPoint(right, down)


def typed_area(qtbot, page, *numbers):
    bar = page.area_bar
    for spin, number in zip((bar.row, bar.col, bar.rows, bar.cols), numbers, strict=True):
        spin.setFocus()
        spin.selectAll()
        qtbot.keyClicks(spin, str(number))
        qtbot.keyClick(spin, Qt.Key.Key_Return)


def named(qtbot, page, name):
    page.area_bar.edit.setFocus()
    page.area_bar.edit.selectAll()
    qtbot.keyClicks(page.area_bar.edit, name)
    qtbot.keyClick(page.area_bar.edit, Qt.Key.Key_Return)


def chosen(qtbot, page, name):
    """Choose from the list with the keyboard, as one does."""
    box = page.area_bar.name
    box.showPopup()
    view = box.view()
    row = box.findText(name)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(box.model().index(row, 0)).center())


def test_an_area_is_typed_and_measured(page, four, context, qtbot):
    qtbot.keyClick(focused(qtbot, page.views.views[1].canvas), Qt.Key.Key_A)
    assert page.area_bar.isVisible()
    typed_area(qtbot, page, 10, 20, 30, 40)
    area = state(context).area
    assert (area.row, area.col, area.rows, area.cols) == (10, 20, 30, 40)
    qtbot.waitUntil(lambda: page._found is not None and page._found.window == area)
    assert "area: 30" in page.note.text()


def test_several_areas_are_kept_under_names_and_chosen_again(page, four, context, qtbot):
    qtbot.keyClick(focused(qtbot, page.views.first.canvas), Qt.Key.Key_A)
    typed_area(qtbot, page, 10, 20, 30, 40)
    named(qtbot, page, "field")
    typed_area(qtbot, page, 70, 60, 20, 20)
    named(qtbot, page, "forest")
    canvas = page.views.views[1].canvas
    draw(qtbot, canvas, middle_of(canvas, 60, 60), middle_of(canvas, 110, 100))
    qtbot.mouseClick(page.area_bar.keep, LEFT)
    names = [region.name for region in context.store.session.regions]
    assert names == ["field", "forest", "Area 1"]
    assert [one.name for one in page.views.areas.regions] == ["field", "forest"]
    chosen(qtbot, page, "field")
    assert str(state(context).area) == "10,20,30,40"
    assert page.area_bar.edit.text() == "field"
    qtbot.waitUntil(lambda: page._found is not None and str(page._found.window) == "10,20,30,40")
    qtbot.mouseClick(page.area_bar.remove, LEFT)
    assert [region.name for region in context.store.session.regions] == ["forest", "Area 1"]
    context.store.undo()
    assert next(one.name for one in context.store.session.regions) == "field"


def test_figures_of_all_named_areas_are_copied(page, four, context, qtbot):
    qtbot.keyClick(focused(qtbot, page.views.first.canvas), Qt.Key.Key_A)
    for name, row in (("field", 10), ("forest", 60)):
        typed_area(qtbot, page, row, 20, 30, 40)
        named(qtbot, page, name)
    wanted = state(context).area
    qtbot.waitUntil(lambda: page._found is not None and page._found.window == wanted)
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    page.setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(clipboard.text()), timeout=10_000)
    head, *lines = [line.split("\t") for line in clipboard.text().splitlines()]
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    windows = {row["area"]: row["window"] for row in rows}
    assert windows == {"field": "10,20,30,40", "forest": "60,20,30,40"}
    looks = {row["area"]: row["value"] for row in rows if row["metric"] == "enl"}
    assert len(rows) == 2 * sum(len(view.plate.rows) for view in page.views.views[:4])
    assert len(set(looks.values())) == 2


def test_a_name_that_is_taken_is_given_to_the_new_area_and_undo_takes_it_back(
    page, four, context, qtbot
):
    qtbot.keyClick(focused(qtbot, page.views.first.canvas), Qt.Key.Key_A)
    typed_area(qtbot, page, 10, 20, 30, 40)
    named(qtbot, page, "field")
    typed_area(qtbot, page, 70, 60, 20, 20)
    named(qtbot, page, "fie")
    assert len(context.store.session.regions) == 2
    named(qtbot, page, "field")
    windows = {one.name: str(one.window) for one in context.store.session.regions}
    assert windows == {"fie": "70,60,20,20", "field": "70,60,20,20"}
    context.store.undo()
    windows = {one.name: str(one.window) for one in context.store.session.regions}
    assert windows["field"] == "10,20,30,40"


@pytest.fixture
def two_grids(page, context, qtbot, tmp_path):
    """Two scenes of one ground: pixels of 10 m, and of 20 m from 200 m further east and south."""
    from rasterio.transform import from_origin

    fine = power(tmp_path, "fine", 1, transform=from_origin(500_000, 5_000_000, 10, 10))
    coarse = power(tmp_path, "coarse", 2, transform=from_origin(500_200, 4_999_800, 20, 20))
    found = [open_in(context, qtbot, path) for path in (fine, coarse)]
    qtbot.waitUntil(lambda: all(context.scenes.locator(one) is not None for one in found))
    return found


def choose_reference(qtbot, page, address):
    box = page.bar.reference
    box.showPopup()
    view = box.view()
    index = box.model().index(box.findData(address), 0)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())


def test_the_area_follows_another_reference_over_the_ground(page, two_grids, context, qtbot):
    fine, coarse = two_grids
    choose_reference(qtbot, page, fine)
    wait_complete(page.views.first.canvas, qtbot)
    qtbot.keyClick(focused(qtbot, page.views.first.canvas), Qt.Key.Key_A)
    typed_area(qtbot, page, 40, 60, 20, 40)
    named(qtbot, page, "field")
    choose_reference(qtbot, page, coarse)
    assert page.plan.reference == coarse
    qtbot.waitUntil(lambda: str(state(context).area) == "10,20,10,20")
    assert state(context).area_on == coarse
    assert page.area_bar.edit.text() == "field"
    context.store.undo()
    assert page.plan.reference == fine
    assert str(state(context).area) == "40,60,20,40"


def test_an_area_that_cannot_follow_says_why(page, two_grids, context, qtbot):
    fine, coarse = two_grids
    told = []
    context.told.connect(lambda text, kind, detail: told.append((text, kind)))
    choose_reference(qtbot, page, fine)
    wait_complete(page.views.first.canvas, qtbot)
    qtbot.keyClick(focused(qtbot, page.views.first.canvas), Qt.Key.Key_A)
    typed_area(qtbot, page, 0, 0, 10, 10)  # west and north of the coarse scene
    named(qtbot, page, "corner")
    choose_reference(qtbot, page, coarse)
    text, kind = told[-1]
    assert kind == "error"
    assert "does not follow to coarse.tif" in text
    assert "coarse.tif does not show this ground" in text
    qtbot.waitUntil(lambda: state(context).area is None)
    page.area.toggle()
    item = page.area_bar.name.findText("corner")
    assert "does not show" in page.area_bar.name.itemData(item, Qt.ItemDataRole.ToolTipRole)


def test_the_area_stays_where_the_next_reference_lies_on_the_same_grid(page, four, context, qtbot):
    qtbot.keyClick(focused(qtbot, page.views.first.canvas), Qt.Key.Key_A)
    typed_area(qtbot, page, 10, 20, 30, 40)
    context.store.replace(context.store.session.closed(four[0]), text="Close")
    qtbot.waitUntil(lambda: page.plan.reference == four[1])
    qtbot.waitUntil(lambda: state(context).area_on == four[1])
    assert str(state(context).area) == "10,20,30,40"


def test_keys_work_in_the_window_after_the_menu_opened_a_scene(qtbot, tmp_path):
    with made_window(qtbot, tmp_path / "study") as window:
        open_sample(qtbot, window, power(tmp_path, "one", 1))
        window.show_page("compare")
        page = window.page_widget("compare")
        window.context.files = ChosenFiles(str(power(tmp_path, "two", 2)))
        with qtbot.waitActive(window):
            window.activateWindow()
        qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: len(page.views.canvases) == 2, timeout=10_000)
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_D)
        assert state(window.context).mode == "difference"
        window.show_settings()
        qtbot.keyClick(window.dialog, Qt.Key.Key_Escape)
        with qtbot.waitActive(window):
            window.activateWindow()
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_R)
        assert state(window.context).mode == "ratio"
