from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from window_made import made_window

from satstudio.jobs.demo import sample_scene


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def test_a_scene_is_restored_into_the_study_by_a_worker(window, qtbot, study):
    window.show_page("restore")
    page = window.page_widget("restore")
    assert not page.run.isEnabled()
    window.context.open([str(sample_scene())])
    qtbot.waitUntil(page.run.isEnabled, timeout=20_000)
    page.model.setCurrentIndex(page.model.findData("baseline:refined_lee"))
    qtbot.mouseClick(page.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.open.isEnabled, timeout=60_000)
    assert Path(study / "restored" / "sample_slc.tif").is_file()
