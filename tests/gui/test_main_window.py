import itertools
import threading
from contextlib import closing
from pathlib import Path

import pytest
from made import made_slc
from PySide6.QtCore import QMimeData, QPoint, QSettings, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QImage
from PySide6.QtWidgets import QDockWidget, QMenu
from window_made import ChosenFiles, jobs_end, made_window, open_sample

from satstudio.core.grid import Size, Window
from satstudio.core.paths import state_folder
from satstudio.gui.kit.scenes.loader import stack_address
from satstudio.gui.kit.scenes.opening import open_first
from satstudio.gui.kit.widgets import Button
from satstudio.gui.shell.app import start
from satstudio.gui.shell.deck.road import road_pages
from satstudio.gui.shell.docks import PANELS
from satstudio.gui.shell.window_layout import LAYOUT_VERSION
from satstudio.scenes.scene import open_scene

NAMES = [page.name for page in road_pages()]


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def test_an_empty_window_says_what_to_do(window):
    assert window.deck.stack.currentWidget() is window.empty
    assert not window.deck.made, "no page is made before it is shown"


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES, 1)))
def test_a_key_brings_each_page_to_the_front(window, qtbot, number, name):
    qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
    assert window.page == name
    assert window.context.actions.qaction(f"page.{name}").isChecked()


def test_a_scene_opens_from_the_menu_and_becomes_the_view(window, qtbot, tmp_path):
    path = made_slc(tmp_path)
    window.context.files = ChosenFiles(str(path))
    window.context.actions.trigger("file.open")
    qtbot.waitUntil(lambda: window.context.store.session.layer is not None, timeout=20_000)
    assert window.page_widget("view").isVisible()
    assert path.name in window.windowTitle()
    assert window.context.settings.recent[0] == str(path)


def test_dropped_files_open(window, qtbot, tmp_path):
    path = made_slc(tmp_path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(
            QPoint(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    qtbot.waitUntil(lambda: str(path) in window.context.store.session.addresses, timeout=20_000)


def test_scenes_stand_in_the_order_in_which_they_were_asked_for(
    window, qtbot, tmp_path, monkeypatch
):
    paths = [str(made_slc(tmp_path, name=f"{name}.tif")) for name in ("slow", "fast", "faster")]
    others = threading.Event()

    def late(address):
        if address == paths[0]:
            others.wait(10)
        return open_first(address)

    monkeypatch.setattr("satstudio.gui.kit.scenes.loader.open_first", late)
    window.context.open(paths)
    store = window.context.store
    qtbot.waitUntil(lambda: len(store.session.layers) == 2, timeout=20_000)
    others.set()
    qtbot.waitUntil(lambda: len(store.session.layers) == 3, timeout=20_000)
    assert list(store.session.addresses) == paths
    assert store.session.layer.address == paths[-1]


def test_several_chosen_files_become_one_stack_that_can_be_cropped(window, qtbot, tmp_path):
    paths = [str(made_slc(tmp_path, name=f"{name}.tif")) for name in ("a", "b")]
    window.context.files = ChosenFiles(*paths)
    window.context.actions.trigger("file.open")
    window.opener.stack_chooser.stack.setChecked(True)
    window.opener.stack_chooser.accept()
    store = window.context.store
    qtbot.waitUntil(lambda: store.session.layer is not None, timeout=20_000)
    out = tmp_path / "crop.tif"
    window.context.files = ChosenFiles(str(out))
    window.context.actions.trigger("view.crop")
    store.change(crop=Window(2, 3, 20, 30))
    window.page_widget("view").cropping.save()
    jobs_end(qtbot, window.context)
    with closing(open_scene(out)) as crop:
        assert (len(crop.bands), crop.grid.size) == (2, Size(20, 30))


def test_the_keys_of_the_view_work_without_a_click(window, qtbot, tmp_path):
    start(window, [], demo=True)
    qtbot.waitUntil(lambda: window.context.store.session.layer is not None, timeout=20_000)
    assert window.hint.isVisible()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    focus = window.focusWidget()
    assert focus is window.page_widget("view").canvas
    qtbot.keyClick(focus, Qt.Key.Key_4)
    assert window.context.store.session.layer.style.view == "db"


def test_an_empty_window_opens_a_stack(window, qtbot, tmp_path):
    paths = [str(made_slc(tmp_path, name=f"{name}.tif")) for name in ("a", "b")]
    window.context.files = ChosenFiles(*paths)
    window.context.actions.trigger("view.open_stack")
    store = window.context.store
    qtbot.waitUntil(lambda: store.session.addresses == (stack_address(paths),), timeout=20_000)


def test_tools_of_the_view_say_where_they_work(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    actions = window.context.actions
    assert actions.qaction("view.crop").isEnabled()
    window.show_page("patches")
    for name in ("view.crop", "view.fit", "view.legend"):
        assert not actions.qaction(name).isEnabled()
        assert "View page" in actions.qaction(name).toolTip()
    window.show_page("view")
    assert actions.qaction("view.crop").isEnabled()


def test_what_cannot_be_opened_says_why_in_one_sentence(window, qtbot, tmp_path):
    path = tmp_path / "noise.tif"
    path.write_bytes(b"no raster at all")
    window.context.open([str(path)])
    qtbot.waitUntil(window.bar.isVisible, timeout=20_000)
    assert "noise.tif" in window.bar.text
    assert "Traceback" not in window.bar.text
    assert window.context.store.session.layer is None


def test_closing_the_last_scene_shows_the_empty_page_again(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    window.context.actions.trigger("file.close")
    assert window.deck.stack.currentWidget() is window.empty
    assert window.context.scenes.addresses == ()


def test_the_picture_is_saved_as_it_is_shown(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path, 64, 96))
    out = tmp_path / "picture.png"
    window.context.files = ChosenFiles(str(out))
    window.context.actions.trigger("file.save_picture")
    qtbot.mouseClick(window.page_widget("view").pictures.dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(out.is_file, timeout=20_000)
    assert not QImage(str(out)).isNull()


def test_undo_opens_a_closed_scene_again(window, qtbot, tmp_path):
    store = window.context.store
    store._clock = itertools.count(0, 10).__next__  # changes within a second are one step
    address = open_sample(qtbot, window, made_slc(tmp_path))
    window.context.actions.trigger("file.close")
    window.context.actions.trigger("edit.undo")
    qtbot.waitUntil(lambda: window.context.scenes.scene(address) is not None, timeout=20_000)


def test_the_edit_menu_names_what_undo_and_redo_would_do(window, qtbot, tmp_path):
    store, actions = window.context.store, window.context.actions
    store._clock = itertools.count(0, 10).__next__  # changes within a second are one step
    open_sample(qtbot, window, made_slc(tmp_path, name="a & b.tif"))
    assert actions.qaction("edit.undo").text() == "&Undo: Open a && b.tif"
    canvas = window.page_widget("view").canvas
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(canvas, Qt.Key.Key_4)
    undo = actions.qaction("edit.undo").text()
    assert undo.startswith("&Undo: ")
    assert undo != "&Undo: Open a && b.tif"
    view = store.session.layer.style.view
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert actions.qaction("edit.redo").text() == undo.replace("&Undo", "&Redo")
    assert store.session.layer.style is None or store.session.layer.style.view != view
    store.change(crop=Window(1, 2, 3, 4), text="Crop rectangle")
    assert actions.qaction("edit.undo").text() == "&Undo: Crop rectangle"
    assert actions.qaction("edit.redo").text() == "&Redo"


def test_a_product_with_several_images_asks_which(window, qtbot, open_data):
    folders = sorted(open_data.rglob("*.SAFE"))
    if not folders:
        pytest.skip("no SAFE product in the test data")
    window.context.open([str(folders[0])])
    qtbot.waitUntil(
        lambda: window.opener.chooser is not None or window.context.store.session.layer is not None,
        timeout=30_000,
    )
    if window.opener.chooser is None:
        return
    window.opener.chooser.accept()
    qtbot.waitUntil(lambda: window.context.store.session.layer is not None, timeout=30_000)
    assert "#" in window.context.store.session.layer.address


def test_the_recent_menu_shows_missing_files_grey(window, qtbot, tmp_path):
    here = made_slc(tmp_path)
    gone = str(tmp_path / "gone.tif")
    window.context.change_settings(recent=(str(here), gone))
    window.recent.look_up()
    qtbot.waitUntil(lambda: window.recent.is_missing(gone), timeout=5_000)
    window.bars._fill_recent()
    enabled = {action.text(): action.isEnabled() for action in window.bars.recent_menu.actions()}
    assert [enabled[text] for text in enabled if "gone.tif" in text] == [False]
    assert [enabled[text] for text in enabled if here.name in text] == [True]


def test_docks_have_fixed_names_and_a_layout_is_remembered(qtbot, study):
    with made_window(qtbot, study) as first:
        names = {dock.objectName() for dock in first.findChildren(QDockWidget)}
        assert names == {f"dock_{panel.id}" for panel in PANELS}
        assert first.docks.dock("tasks").isHidden()  # it takes no room before anything runs
        first.context.actions.trigger("window.tasks")
        assert not first.docks.dock("tasks").isHidden()
    with made_window(qtbot, study) as second:
        assert not second.docks.dock("tasks").isHidden()
        assert second.docks.is_wanted("tasks")
        second.context.actions.trigger("window.reset")
        assert second.docks.dock("tasks").isHidden()


@pytest.mark.parametrize("saved", [b"garbage", None])
def test_a_damaged_or_older_layout_falls_back_to_the_first_one(qtbot, study, saved):
    settings = QSettings(str(state_folder() / "window.ini"), QSettings.Format.IniFormat)
    if saved is None:
        with made_window(qtbot, study) as window:
            window.docks.toggle("style")
            saved = window.saveState(LAYOUT_VERSION + 1)
    settings.setValue("layout", saved)
    settings.sync()
    with made_window(qtbot, study) as window:
        assert window.docks.is_wanted("style")


def test_a_window_from_a_larger_screen_that_is_gone_comes_back(qtbot, study):
    with made_window(qtbot, study) as window:
        screen = window.screen().availableGeometry().size()
        window.resize(screen.width() + 400, screen.height() + 300)
        window.move(90_000, 90_000)
        window.layout_keeper.come_on_screen()
        assert window.pos().x() < 10_000
        assert window.size().boundedTo(screen) == window.size()


def test_no_page_makes_the_window_grow(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    window.resize(1024, 700)
    for name in window.page_names:
        window.show_page(name)
        qtbot.wait(20)
        assert window.size() == QSize(1024, 700), name


def test_on_a_small_screen_the_main_button_of_each_page_is_seen(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    window.resize(1366, 768 - 60)  # less the title bar and a panel of the desktop
    for name in ("patches", "train", "sample", "restore", "sweeps"):
        window.show_page(name)
        qtbot.wait(50)
        page = window.page_widget(name)
        button = next(one for one in page.findChildren(Button, "primary") if one.isVisible())
        assert button.visibleRegion().boundingRect().size() == button.size(), name


def test_an_error_moves_nothing_and_goes_with_its_cause(window, qtbot, tmp_path):
    window.show_page("compare")
    page = window.page_widget("compare")
    before = page.mapTo(window, QPoint(0, 0)), page.size()
    path = tmp_path / "late.tif"
    window.context.open([str(path)])
    qtbot.waitUntil(window.bar.isVisible, timeout=20_000)
    assert (page.mapTo(window, QPoint(0, 0)), page.size()) == before
    assert "Opening" not in window.statusBar().currentMessage()
    made_slc(tmp_path).rename(path)
    window.context.open([str(path)])
    qtbot.waitUntil(lambda: window.context.store.session.layer is not None, timeout=20_000)
    assert not window.bar.isVisible()


def test_the_status_bar_says_what_runs_and_opens_the_tasks(window, qtbot):
    button = window.status.tasks
    task = window.context.jobs.add_local("Count sheep")
    task.progress.report(0.25, "25 of 100")
    qtbot.waitUntil(lambda: button.text() == "Count sheep, 25%")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.docks.dock("tasks").isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not window.docks.dock("tasks").isVisible()
    task.fail("One sheep is lost.")
    qtbot.waitUntil(lambda: button.text() == "No tasks")
    assert window.bar.text == "One sheep is lost."
    again = window.context.jobs.add_local("Count sheep")
    assert not window.bar.isVisible()
    again.finish()


def test_panels_of_the_view_hide_on_other_pages(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    assert not window.docks.dock("style").isHidden()
    window.show_page("sample")
    assert window.docks.dock("style").isHidden()
    window.show_page("view")
    assert not window.docks.dock("style").isHidden()


def test_every_action_stands_in_a_menu_or_is_local(window):
    shown = {
        action.objectName()
        for menu in window.menuBar().findChildren(QMenu)
        for action in menu.actions()
        if isinstance(action, QAction)
    }
    rows = [row for row in window.context.actions.rows() if row.menu]
    assert {row.id for row in rows} <= shown
    assert [row.id for row in window.context.actions.rows() if not row.tip] == []


def test_the_dialogs_fit_a_small_screen(window):
    for show in (
        window.show_about,
        window.show_first_steps,
        window.show_shortcuts,
        window.show_settings,
    ):
        show()
        assert window.dialog.height() <= 560, window.dialog
        window.dialog.reject()


def test_a_closed_hint_does_not_come_back(window):
    window.show_hint()
    assert window.hint.isVisible()
    window.hint._close.click()
    window.show_hint()
    assert not window.hint.isVisible()


def test_the_demo_opens_the_sample_with_a_hint(window, qtbot):
    start(window, [], demo=True)
    assert window.hint.isVisible()
    qtbot.waitUntil(lambda: window.context.store.session.layer is not None, timeout=20_000)
    assert "sample_slc" in window.context.store.session.layer.address


def test_changing_the_theme_changes_the_palette(window):
    before = window.palette().window().color().lightness()
    window.context.change_settings(theme="dark")
    assert window.palette().window().color().lightness() < before


def test_the_study_folder_is_shown(window, study):
    assert str(Path(study)) in window.status._study.toolTip()


def test_the_window_fits_a_small_screen_on_every_page(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    for name in window.page_names:
        window.show_page(name)
        qtbot.wait(20)
        least = window.minimumSizeHint()
        assert least.width() <= 1090, (name, least)
        assert least.height() <= 610, (name, least)
