"""Compare page: linked views of scenes and results, five arrangements, figures, area, cursor."""

import csv
import json
from contextlib import closing

import numpy as np
import pytest
from gui_made import made_compare_context, open_in, pixels_of, shown_page, wait_complete, wheel
from made import made_complex, write_geotiff
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from satstudio.bench.compare import CompareRecipe, compare_scenes, figures_of
from satstudio.bench.figures import figure_rows
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.gui.pages.compare.cursor_table import DASH
from satstudio.gui.pages.compare.figure_keeper import MOST_PX, middle_of
from satstudio.gui.pages.compare.page import make_page
from satstudio.gui.pages.compare.state import NAME, CompareState
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.geometry.pair import PairScene
from satstudio.scenes.scene import open_scene
from satstudio.session.autosave import restore_session, save_session
from satstudio.session.page_state import page_state
from satstudio.session.settings_file import load_settings
from satstudio.session.viewport import Viewport

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context(qtbot):
    with made_compare_context() as made:
        yield made


@pytest.fixture
def page(context, qtbot):
    with shown_page(make_page(context), qtbot, 900, 620) as made:
        yield made


@pytest.fixture
def three(page, context, qtbot, tmp_path):
    """A complex scene and two filtered ones, open and shown."""
    scene = made_complex(tmp_path, 256, 256)
    made = [scene]
    for name in ("boxcar", "lee"):
        out = tmp_path / f"{name}.tif"
        made.append(restore_scene(scene, f"baseline:{name}", RestoreRecipe(), out, Progress()))
    addresses = [open_in(context, qtbot, path) for path in made]
    for canvas in page.views.canvases:
        wait_complete(canvas, qtbot)
    return addresses


def state(context):
    return page_state(context.store.session, NAME, CompareState)


def press(page, key):
    page.views.front.canvas.setFocus()
    QApplication.processEvents()
    QTest.keyClick(page.views.front.canvas, key)


def figures(page, number):
    return {row.label: row.value for row in page.views.views[number].plate.rows}


def seen(page):
    return [view for view in page.views.views if not view.isHidden()]


def test_the_scene_and_all_results_are_shown_side_by_side_under_one_stretch(page, three):
    views = seen(page)
    assert [view.strip.name.text() for view in views] == [
        address.rpartition("/")[2] for address in three
    ]
    styles = {view.canvas.picture.look.style for view in views}
    assert len(styles) == 1
    assert styles.pop().view == "db"
    assert len({view.canvas.size().toTuple() for view in views}) == 1


def test_pan_and_zoom_in_one_view_move_all(page, three, qtbot):
    second = page.views.views[1].canvas
    wheel(second, QPointF(80, 60), 480)
    second.pan(10, 25)
    viewports = {canvas.viewport for canvas in page.views.canvases}
    assert len(viewports) == 1
    assert viewports.pop().scale > 1
    qtbot.waitUntil(lambda: page._context.store.session.viewport == second.wanted_viewport)


def test_the_cursor_is_linked_and_a_table_says_all_values(page, three, context, qtbot):
    page.views.first.canvas.set_viewport(Viewport(128, 128, 1.0), tell=True)
    canvas = page.views.views[1].canvas
    qtbot.mouseMove(canvas, QPoint(canvas.width() // 2 + 5, canvas.height() // 2 - 7))
    table = page.values.table
    qtbot.waitUntil(lambda: table.item(2, 1).text() != DASH)
    assert page.views.links.cross(page.views.first.canvas).place is not None
    assert page.views.links.cross(canvas).place is None
    row, col = (int(part) for part in page.views.links.cross(page.views.first.canvas).place)
    powers = []
    for address in three:
        pixel = context.scenes.scene(address).read(Window(row, col, 1, 1)).pixels[0, 0, 0]
        powers.append(abs(pixel) ** 2 if np.iscomplexobj(pixel) else pixel)
    for number, power in enumerate(powers):
        assert float(table.item(number, 1).text()) == pytest.approx(float(power), rel=1e-3)
        db = table.item(number, 2).text().replace("\N{MINUS SIGN}", "-")
        assert float(db) == pytest.approx(10 * np.log10(power), abs=0.01)
    assert float(table.item(1, 4).text()) == pytest.approx(powers[0] / powers[1], rel=1e-3)
    canvas.hovered.emit(None)
    qtbot.waitUntil(lambda: table.item(2, 1).text() == DASH)


def test_figures_are_those_of_the_command_line_for_the_window_in_view(page, three, qtbot):
    page.views.first.canvas.set_viewport(Viewport(100, 110, 3.0), tell=True)
    wanted = page._window()
    qtbot.waitUntil(lambda: page._found is not None and page._found.window == wanted)
    with closing(open_scene(three[0])) as first, closing(open_scene(three[2])) as second:
        known = figure_rows(figures_of(first.read(wanted), second.read(wanted)))
    assert [row.text for row in page.views.views[2].plate.rows] == [row.text for row in known]
    wanted = {"looks", "ratio mean", "ratio variance", "mean power kept", "edges kept"}
    assert wanted == set(figures(page, 2))
    assert list(figures(page, 0)) == ["looks"]


def test_a_figure_opens_its_definition(page, three, qtbot):
    qtbot.waitUntil(lambda: len(figures(page, 1)) == 5)
    qtbot.mouseClick(page.views.views[1].plate.buttons[2], LEFT)
    card = page.views.views[1].card
    assert card.isVisible()
    assert "noisy / filtered" in card.text.text()
    assert "1 is ideal" in card.text.text()
    card.close()


def test_a_drawn_area_is_what_figures_speak_of_until_it_is_given_up(page, three, context, qtbot):
    page.views.first.canvas.set_viewport(Viewport(128, 128, 1.0), tell=True)
    press(page, Qt.Key.Key_A)
    canvas = page.views.views[1].canvas
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, LEFT, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(30, 20))
    qtbot.mouseRelease(canvas, LEFT, pos=middle + QPoint(40, 30))
    area = state(context).area
    assert (area.rows, area.cols) == (30, 40)  # not where a fitted scene would have it
    qtbot.waitUntil(lambda: page._found is not None and page._found.window == area)
    assert "area: 30" in page.note.text()
    context.store.undo()
    assert state(context).area != area
    context.store.redo()
    press(page, Qt.Key.Key_A)
    assert state(context).area is None
    qtbot.waitUntil(lambda: "view" in page.note.text())


def test_a_swipe_shows_a_result_right_of_a_line_that_mouse_and_keys_move(page, three, qtbot):
    press(page, Qt.Key.Key_W)
    first, second = page.views.views[:2]
    assert first.geometry() == second.geometry()
    handle = page.views.stage.handle
    middle = handle.line_px
    assert second.mask().contains(QPoint(middle + 20, 200))
    assert not second.mask().contains(QPoint(middle - 20, 200))
    handle.setFocus()
    qtbot.keyClick(handle, Qt.Key.Key_Left)
    assert handle.line_px < middle
    qtbot.keyClick(handle, Qt.Key.Key_Home)
    assert second.mask().contains(QPoint(5, 200))
    qtbot.keyClick(handle, Qt.Key.Key_End)
    qtbot.mousePress(handle, LEFT)
    qtbot.mouseMove(handle, QPoint(-300, 100))
    assert handle.line_px == pytest.approx(first.width() - 300, abs=10)
    assert {canvas.viewport for canvas in page.views.canvases[:2]} == {first.canvas.viewport}
    press(page, Qt.Key.Key_X)
    assert page.views.views[2].geometry() == first.geometry()
    assert not page.views.views[2].isHidden()
    assert page.views.views[1].isHidden()


def test_a_flicker_shows_one_scene_at_a_time_at_the_same_place(page, three, qtbot):
    press(page, Qt.Key.Key_K)
    assert len(seen(page)) == 1
    assert seen(page)[0] is page.views.views[0]
    for number in (1, 2, 0):
        press(page, Qt.Key.Key_X)
        assert seen(page) == [page.views.views[number]]
    qtbot.waitUntil(lambda: page.views.views[1].canvas.missing == 0)  # before it is seen
    press(page, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: seen(page) == [page.views.views[1]], timeout=3000)
    press(page, Qt.Key.Key_B)
    assert not page.views.is_blinking


@pytest.mark.parametrize(("key", "mode"), [(Qt.Key.Key_D, "difference"), (Qt.Key.Key_R, "ratio")])
def test_difference_and_ratio_are_views_of_their_own_with_figures(page, three, key, mode, qtbot):
    qtbot.waitUntil(lambda: len(figures(page, 1)) == 5)
    press(page, key)
    views = seen(page)
    assert len(views) == 2
    for view in views:
        wait_complete(view.canvas, qtbot)
        assert isinstance(view.canvas.scene, PairScene)
    style = views[0].canvas.picture.look.style
    assert (style.low, style.high) == ((-12, 12) if mode == "difference" else (0, 2))
    qtbot.waitUntil(lambda: "ratio mean" in figures(page, 0))
    assert page.views.legend.legend.title == mode.capitalize()


def test_stretch_and_lists_can_be_undone(page, three, context):
    before = page.views.first.canvas.picture.look.style
    page.bar.low.setValue(before.low + 7)
    assert state(context).limits[0] == pytest.approx(before.low + 7, abs=0.01)
    context.store.undo()
    assert state(context).limits is None
    page.bar.menu.actions()[0].trigger()
    assert len(seen(page)) == 2
    context.store.undo()
    assert len(seen(page)) == 3


def test_scenes_that_do_not_fit_are_listed_with_the_reason(page, three, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path, 64, 64, name="small.tif"))
    context.store.replace(context.store.session.activated(0))
    grey = [action for action in page.bar.menu.actions() if not action.isEnabled()]
    assert [action.text() for action in grey] == ["small.tif"]
    assert "same grid" in grey[0].toolTip()


def test_pictures_without_speckle_have_psnr_and_ssim_of_a_stated_range(
    page, context, qtbot, tmp_path
):
    values = np.random.default_rng(0).integers(0, 3000, (1, 96, 96)).astype(np.uint16)
    first = write_geotiff(tmp_path / "first.tif", values)
    second = write_geotiff(tmp_path / "second.tif", values + np.uint16(30))
    open_in(context, qtbot, first)
    open_in(context, qtbot, second)
    page.bar.range.setValue(10_000)
    qtbot.waitUntil(
        lambda: figures(page, 1).get("PSNR") == pytest.approx(20 * np.log10(10_000 / 30))
    )
    assert figures(page, 1)["SSIM"] < 1
    assert len({view.canvas.geometry().getRect() for view in seen(page)}) == 1
    assert "data range 10000" in page.views.views[1].plate.buttons[1].toolTip()


@pytest.fixture
def optical(page, context, qtbot, tmp_path):
    """Two scenes of three bands, the second noisy; open and shown."""
    pixels = np.random.default_rng(0).integers(500, 900, (3, 96, 96)).astype(np.uint16)
    paths = [
        write_geotiff(tmp_path / name, pixels + np.uint16(more))
        for name, more in (("clean.tif", 0), ("made.tif", 9))
    ]
    addresses = [open_in(context, qtbot, path) for path in paths]
    qtbot.waitUntil(lambda: bool(figures(page, 1)))
    return addresses


def ticked(page):
    return [action.text() for action in page.bar.metrics.actions() if action.isChecked()]


def menu_action(page, start):
    return next(one for one in page.bar.metrics.actions() if one.text().startswith(start))


def test_optical_scenes_show_sam_and_ergas(page, optical):
    assert {"MSE", "PSNR", "SSIM", "SAM", "ERGAS"} == set(figures(page, 1))
    assert ticked(page) == ["Usual figures", "MSE", "PSNR", "SSIM", "SAM", "ERGAS"]


def test_the_choice_of_figures_is_remembered_and_misfits_say_why(page, optical, context, qtbot):
    menu_action(page, "PSNR").trigger()
    qtbot.waitUntil(lambda: set(figures(page, 1)) == {"MSE", "SSIM", "SAM", "ERGAS"})
    menu_action(page, "UQI").trigger()
    qtbot.waitUntil(lambda: "UQI" in figures(page, 1))
    assert load_settings().compare_metrics == ("mse", "ssim", "sam", "ergas", "uqi")
    menu_action(page, "Usual").trigger()
    qtbot.waitUntil(lambda: "PSNR" in figures(page, 1))
    assert load_settings().compare_metrics == ()


def test_figures_that_do_not_fit_are_grey_with_the_reason(page, three, qtbot):
    qtbot.waitUntil(lambda: bool(figures(page, 1)))
    for start in ("SAM", "ERGAS"):
        action = menu_action(page, start)
        assert not action.isEnabled()
        assert "it is of optical bands; the scene holds" in action.text()


def test_a_choice_made_for_optical_scenes_leaves_radar_its_usual_figures(
    page, context, three, qtbot
):
    context.change_settings(compare_metrics=("sam", "ergas"))
    qtbot.waitUntil(lambda: "mean power kept" in figures(page, 1))


def test_ctrl_c_copies_the_figures_as_cells(page, three, qtbot):
    qtbot.waitUntil(lambda: len(figures(page, 2)) == 5)
    canvas = page.views.front.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QApplication.clipboard().text()
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    assert {row["scene"] for row in rows} == {"complex.tif", "boxcar.tif", "lee.tif"}
    power = next(r for r in rows if (r["scene"], r["metric"]) == ("lee.tif", "radiometric_bias_db"))
    assert float(power["value"]) == figures(page, 2)["mean power kept"]
    assert power["unit"] == "dB"
    assert "10 log10" in power["definition"]
    assert int(power["n"]) == page._found.window.size.pixels


def test_figures_are_saved_for_other_programs(page, optical, context, monkeypatch, tmp_path):
    out = tmp_path / "figures.json"
    monkeypatch.setattr(context.files, "save_file", lambda *_: str(out))
    context.actions.qaction("compare.save_figures").trigger()
    document = json.loads(out.read_text("utf-8"))
    assert document["reference"] == "clean.tif"
    assert document["window"] == str(page._found.window)
    found = {row["figure"]: row["value"] for row in document["figures"]}
    assert found == {name: pytest.approx(value) for name, value in figures(page, 1).items()}
    monkeypatch.setattr(context.files, "save_file", lambda *_: str(tmp_path / "none" / "a.txt"))
    said = []
    context.told.connect(lambda text, kind, detail: said.append((kind, text)))
    context.actions.qaction("compare.save_figures").trigger()
    assert said[-1][0] == "error"
    assert ".csv or .json" in said[-1][1]


def test_what_the_figures_are_of_is_outlined_where_it_is_not_all_that_is_in_view(
    page, three, qtbot, monkeypatch
):
    qtbot.waitUntil(lambda: page._found is not None)
    assert page.views.outline.window is None
    assert page._found.window == page._whole()
    monkeypatch.setattr(middle_of, "__defaults__", (900,))
    page.views.first.canvas.set_viewport(Viewport(128, 128, 1.0), tell=True)
    qtbot.waitUntil(lambda: page.views.outline.window is not None)
    assert page.views.outline.window == page._found.window
    assert "rectangle in the middle" in page.note.text()
    canvas = page.views.first.canvas
    yellow = (pixels_of(canvas)[..., 2].astype(int) - pixels_of(canvas)[..., 0]) > 80
    assert yellow.any()


def test_the_picture_is_saved_as_it_is_shown(page, three, context, monkeypatch, tmp_path, qtbot):
    qtbot.waitUntil(lambda: page._found is not None)
    asked = []
    monkeypatch.setattr(context.jobs, "start", lambda *args: asked.append(args))
    monkeypatch.setattr(context.files, "save_file", lambda *_: str(tmp_path / "c.png"))
    page.bar.low.setValue(-3)
    page.bar.save.click()
    kind, arguments, _ = asked[0]
    recipe = CompareRecipe.build(arguments["recipe"], "the page")
    assert kind == "compare"
    assert recipe.where == page._whole()
    assert recipe.style == page.views.first.canvas.picture.look.style
    assert recipe.style.low == -3
    assert json.loads(json.dumps(arguments["recipe"])) == arguments["recipe"]
    made = compare_scenes(arguments["addresses"], recipe, arguments["out"], Progress())
    assert str(made.window) == arguments["recipe"]["window"]
    assert list(made.figures) == ["complex.tif", "boxcar.tif", "lee.tif"]


def test_closing_the_reference_leaves_a_page_that_works(page, three, context, qtbot):
    context.scenes.close_scene(three[0])
    context.store.replace(context.store.session.closed(three[0]))
    assert page.plan.reference == three[1]
    for address in three[1:]:
        context.scenes.close_scene(address)
        context.store.replace(context.store.session.closed(address))
    assert "Open a scene" in page.views.first.canvas.message
    assert page.views.first.canvas.scene is None


def test_large_windows_are_measured_in_their_middle():
    window = middle_of(Window(100, 200, 4000, 2000))
    assert window.size.pixels <= MOST_PX
    assert window.rows / window.cols == pytest.approx(2, rel=0.01)
    assert abs(window.row + window.rows / 2 - 2100) <= 1
    assert middle_of(Window(1, 2, 30, 40)) == Window(1, 2, 30, 40)


def test_the_arrangement_is_undone_and_comes_back_after_a_kill(page, three, context, qtbot):
    press(page, Qt.Key.Key_W)
    press(page, Qt.Key.Key_K)
    assert (state(context).mode, context.store.undo_text) == ("flicker", "Flicker")
    context.store.undo()
    assert state(context).mode == "swipe"
    save_session(context.store.session)  # as autosave does; nothing is written at a kill
    context.store.reset(restore_session().session)
    assert state(context).mode == "swipe"
