"""What the window remembers between two starts, the recent files, and what may be dropped."""

import shutil
from pathlib import Path

import pytest
from made import made_slc
from made_models import made_restorer
from made_patches import made_patches
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QSplitter
from window_made import made_window, open_sample

from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.gui.kit.drops import kind_of
from satstudio.session.settings_file import load_settings


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def drop(target, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    target.dropEvent(
        QDropEvent(
            QPoint(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_scenes_view_style_and_page_come_back_at_the_next_start(qtbot, study, tmp_path):
    with made_window(qtbot, study) as first:
        address = open_sample(qtbot, first, made_slc(tmp_path, 200, 300, name="a.tif"))
        open_sample(qtbot, first, made_slc(tmp_path, 64, 64, name="b.tif"))
        first.context.actions.trigger("edit.previous_scene")
        first.context.actions.trigger("view.as_db")
        canvas = first.page_widget("view").canvas
        canvas.fit_to(Window(50, 60, 40, 40))
        qtbot.waitUntil(lambda: first.context.store.session.viewport == canvas.viewport)
        viewport, style = canvas.viewport, first.context.store.session.layer.style
        first.show_page("patches")
    with made_window(qtbot, study) as second:
        second.keeper.restore()
        store = second.context.store
        qtbot.waitUntil(lambda: len(store.session.layers) == 2)
        qtbot.waitUntil(lambda: second.page == "patches")
        assert store.session.layer.address == address
        assert store.session.layer.style == style
        second.show_page("view")
        canvas = second.page_widget("view").canvas
        qtbot.waitUntil(lambda: canvas.scene is not None)
        assert canvas.viewport == viewport


def test_dividers_docks_and_size_come_back(qtbot, study):
    with made_window(qtbot, study) as first:
        first.resize(first.width(), 700)
        first.show_page("train")
        splitter = first.page_widget("train").findChildren(QSplitter)[0]
        left = splitter.sizes()[0] + 60
        splitter.setSizes([left, sum(splitter.sizes()) - left])
        wanted = splitter.sizes()
        first.context.actions.trigger("window.log")
        assert first.docks.is_wanted("log")
    with made_window(qtbot, study) as second:
        assert second.height() == 700
        second.show_page("train")
        assert second.page_widget("train").findChildren(QSplitter)[0].sizes() == wanted
        assert second.docks.is_wanted("log")


def test_a_page_that_this_version_lacks_becomes_the_view(window):
    window.show_page("hologram")
    assert window.page == "view"


def test_the_list_of_recent_files_is_cleared_and_loses_what_is_missing(window, qtbot, tmp_path):
    here, gone = str(made_slc(tmp_path)), str(tmp_path / "gone.tif")
    window.context.change_settings(recent=(gone, here))
    window.bars._fill_recent()
    actions = window.context.actions
    texts = [action.text() for action in window.bars.recent_menu.actions()]
    assert texts[-2:] == ["Forget &missing files", "&Clear this list"]
    window.context.open([gone])
    qtbot.waitUntil(lambda: window.recent.is_missing(gone))
    assert "gone.tif" in window.bar.text
    actions.trigger("file.forget_missing")
    assert load_settings().recent == (here,)
    actions.trigger("file.forget_recent")
    assert load_settings().recent == ()
    assert "empty" in actions.reason("file.forget_recent")


def test_a_scene_dropped_on_the_patches_page_is_listed_there(window, qtbot, tmp_path):
    window.show_page("patches")
    page = window.page_widget("patches")
    drop(window, made_slc(tmp_path))
    qtbot.waitUntil(lambda: page.scenes.count == 1)
    assert window.page == "patches"
    assert not page.positions.canvas.acceptDrops()


def test_a_scene_dropped_elsewhere_leads_to_the_view(window, qtbot, tmp_path):
    window.show_page("train")
    drop(window, made_slc(tmp_path))
    qtbot.waitUntil(lambda: window.page == "view")


def test_a_model_dropped_anywhere_is_chosen_on_the_sample_page(window, qtbot, tmp_path):
    model = tmp_path / "mine.onnx"
    shutil.copy(resources_folder() / "demo/generator.onnx", model)
    drop(window, model)
    qtbot.waitUntil(lambda: window.page == "sample", timeout=30_000)
    assert window.page_widget("sample").models.path == model


def test_a_restorer_dropped_anywhere_is_chosen_on_the_restore_page(window, qtbot, tmp_path):
    model = made_restorer(tmp_path / "blur.onnx", "blur")
    window.show_page("sample")
    drop(window, model)
    qtbot.waitUntil(lambda: window.page == "restore", timeout=30_000)
    assert window.page_widget("restore").form.models.choice.key == str(model)


def test_a_file_that_is_no_model_is_explained_where_it_lands(window, qtbot, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    drop(window, tmp_path / "bad.onnx")
    qtbot.waitUntil(lambda: window.page == "sample", timeout=30_000)
    page = window.page_widget("sample")
    qtbot.waitUntil(lambda: "no ONNX model" in page.models.problem.text(), timeout=30_000)


def test_a_model_dropped_onto_the_canvas_goes_the_same_way(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    model = tmp_path / "mine.onnx"
    shutil.copy(resources_folder() / "demo/generator.onnx", model)
    window.page_widget("view").canvas.dropped.emit([str(model)])
    qtbot.waitUntil(lambda: window.page == "sample", timeout=30_000)


def test_a_patch_set_from_anywhere_can_be_looked_at_and_trained_on(window, qtbot, tmp_path):
    folder = made_patches(tmp_path / "elsewhere")
    assert kind_of(Path(folder)) == "set"
    drop(window, folder)
    assert window.page == "train"
    page = window.page_widget("train")
    qtbot.waitUntil(lambda: page.form.set_path == Path(folder))
    window.show_page("patches")
    drop(window, folder)
    sets = window.page_widget("patches").sets
    qtbot.waitUntil(lambda: sets.path == Path(folder))


def test_folders_of_other_kinds_are_scenes(tmp_path):
    (tmp_path / "a.SAFE").mkdir()
    (tmp_path / "a.SAFE" / "manifest.safe").write_text("x")
    assert kind_of(tmp_path / "a.SAFE") == "scene"
    assert kind_of(tmp_path / "a.tif") == "scene"
    run = tmp_path / "run"
    run.mkdir()
    (run / "recipe.toml").write_text("")
    (run / "run.json").write_text("{}")
    assert kind_of(run) == "run"
