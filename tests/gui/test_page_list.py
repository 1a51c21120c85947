"""A page is its own package and one line: the window knows no page by name."""

import re
import sys
from pathlib import Path

import pytest
from made_patches import made_patches
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from window_made import made_window

import satstudio.gui
from satstudio.gui.shell.deck import road

MAP = Path(satstudio.gui.__file__).parents[1] / "README.md"
EXAMPLES = dict(
    re.findall(r"```python\n# pages/notes/(\S+)\n(.*?)```", MAP.read_text("utf-8"), re.DOTALL)
)
"""The page that the map of the code shows how to add."""


@pytest.fixture
def notes(tmp_path: Path, monkeypatch) -> str:
    """A page in a package of its own, registered by one line."""
    package = tmp_path / "scratch_notes"
    package.mkdir()
    for name, text in {"__init__.py": "", **EXAMPLES}.items():
        (package / name).write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(road, "ROAD", ("scratch_notes", *road.ROAD[1:]))
    yield "notes"
    for name in [name for name in sys.modules if name.startswith("scratch_notes")]:
        del sys.modules[name]


def drop(target, path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    target.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, button, key))


def test_a_page_of_its_own_stands_in_the_rail_with_its_action_and_takes_drops(
    qtbot, study, tmp_path, notes
):
    patches = Path(made_patches(tmp_path / "set"))
    with made_window(qtbot, study) as window:
        assert window.page == notes, "the first page of the road is where a window starts"
        assert window.pages.names == (notes, *(page.name for page in road.road_pages()[1:]))
        qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        assert window.docks.dock("style").isHidden()
        qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        assert window.page == notes
        assert not window.docks.dock("style").isHidden()
        rail = next(bar for bar in window.bars.rail.actions() if bar.objectName() == "page.notes")
        assert rail.text() == "Notes"
        modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        qtbot.keyClick(window, Qt.Key.Key_Y, modifiers)
        assert window.statusBar().currentMessage() == "noted"
        window.show_page("sweeps")
        drop(window, patches)  # Sweeps takes patch sets itself
        assert window.page == "sweeps"
        window.show_page("restore")
        drop(window, patches)  # Restore does not: it goes home
        assert window.page == notes
        assert window.page_widget(notes).taken == [("set", patches)]


def test_no_page_is_named_outside_its_package():
    names = {page.name for page in road.road_pages()}
    gui = Path(satstudio.gui.__file__).parent
    outside = [
        path
        for path in (*gui.rglob("*.py"), *gui.parent.joinpath("session").rglob("*.py"))
        if "pages" not in path.relative_to(gui.parent).parts or "kit" in path.parts
    ]
    words = ("page", "PAGES")
    found = [
        (path.name, line.strip())
        for path in outside
        for line in path.read_text("utf-8").splitlines()
        if any(word in line for word in words)
        and any(f'"{name}"' in line or f"'{name}'" in line for name in names)
    ]
    assert found == []
