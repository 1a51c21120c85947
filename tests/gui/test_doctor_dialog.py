import pytest
from PySide6.QtWidgets import QApplication
from window_made import made_window

from satstudio.core.paths import plugins_folder


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def cells(table) -> list[str]:
    return [
        " ".join(table.item(row, column).text() for column in range(table.columnCount()))
        for row in range(table.rowCount())
    ]


def test_the_installation_and_broken_plugins_are_shown_and_copied(window, qtbot):
    broken = plugins_folder() / "readers" / "mine.py"
    broken.parent.mkdir(parents=True)
    broken.write_text("raise RuntimeError('not today')\n")
    window.context.actions.trigger("help.doctor")
    dialog = window.dialog
    qtbot.waitUntil(lambda: dialog.parts.rowCount() > 0, timeout=60_000)
    qtbot.waitUntil(lambda: dialog.plugins.rowCount() > 0, timeout=60_000)
    assert any("GDAL" in text for text in cells(dialog.parts))
    assert "not today" in cells(dialog.plugins)[0], "broken ones come first"
    assert str(broken) in cells(dialog.plugins)[0]
    dialog.copy.click()
    assert "ONNX Runtime" in QApplication.clipboard().text()
    assert "satstudio" in dialog.head.text() or "Nothing" in dialog.head.text()
    dialog.reject()


def test_the_dialog_can_be_closed_before_the_answer(window, qtbot):
    window.context.actions.trigger("help.doctor")
    window.dialog.reject()
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=60_000)
