"""The Restore page at scale: whether tiles show, a folder of scenes, all of them restored."""

import pytest
from made import speckle_power, write_geotiff
from made_models import made_restorer
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from window_made import made_window, open_sample

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def test_the_button_tells_whether_tiles_show_and_what_helps(window, qtbot, study, tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(300, 260))
    model = made_restorer(tmp_path / "deep.onnx", "deep", tile_px=64, halo_px=0)
    open_sample(qtbot, window, scene)
    window.show_page("restore")
    page = window.page_widget("restore")
    page.form.models.add_files([model])
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    before = set(study.rglob("*"))
    qtbot.mouseClick(page.form.seams.button, LEFT)
    assert not page.form.seams.button.isEnabled()
    qtbot.waitUntil(lambda: page.form.seams.dialog is not None, timeout=60_000)
    dialog = page.form.seams.dialog
    assert "--halo 4" in dialog.advice.text()
    assert dialog.table.rowCount() == 3
    assert "spreads" in dialog.text()
    shown = dialog.picture.pixmap().toImage()
    colours = {QColor(shown.pixel(x, shown.height() // 2)).name() for x in range(shown.width())}
    assert len(colours) > 3, "the seam stands out"
    assert page.form.seams.button.isEnabled()
    dialog.reject()
    assert not [path for path in set(study.rglob("*")) - before if path.suffix == ".tif"]


def test_a_folder_of_scenes_is_opened_ticked_and_restored_as_a_batch(window, qtbot, tmp_path):
    folder = tmp_path / "scenes"
    folder.mkdir()
    for number in range(3):
        write_geotiff(folder / f"{number}.tif", speckle_power(60, 50, seed=number))
    window.show_page("restore")
    page = window.page_widget("restore")
    page.drop([str(folder)])
    qtbot.waitUntil(lambda: len(window.context.scenes.addresses) == 3, timeout=20_000)
    qtbot.waitUntil(lambda: page.form.models.box.findData("baseline:lee") > 0, timeout=20_000)
    page.form.models.choose("baseline:lee")
    for address in window.context.scenes.addresses:
        page.form.scenes.tick(address, is_on=True)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(lambda: "3 scenes are restored" in page.run.result.text(), timeout=60_000)


def test_a_folder_without_scenes_is_told(window, qtbot, tmp_path):
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(window.context.told, timeout=20_000) as told:
        window.context.open([str(tmp_path / "empty")])
    assert "no scene in" in told.args[0]
