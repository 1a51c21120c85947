import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QIcon

import satstudio.gui
from satstudio.gui.kit.icons import MissingIconError, icon, pixmap, svg_of

GUI = Path(satstudio.gui.__file__).parent


def test_an_icon_has_the_palettes_colour(qtbot):
    image = pixmap("eye", 24, QColor("#ff0000")).toImage()
    inked = [
        image.pixelColor(x, y)
        for x in range(24)
        for y in range(24)
        if image.pixelColor(x, y).alpha() > 200
    ]
    assert inked
    assert all(colour.red() > 200 and colour.green() < 60 for colour in inked)


def test_a_disabled_icon_looks_different(qtbot):
    made = icon("eye")
    normal = made.pixmap(24, QIcon.Mode.Normal).toImage()
    assert normal != made.pixmap(24, QIcon.Mode.Disabled).toImage()


def test_a_placeholder_is_refused(qtbot):
    with pytest.raises(MissingIconError, match="no-such-thing"):
        svg_of("no-such-thing")


def test_every_icon_named_in_the_window_exists(qtbot):
    makers = "icon|pixmap|tool_button|Button|primary_button|set_icon_name"
    calls = rf"(?:{makers})\(\s*(?:[^()\"]*,\s*)?\"([a-z0-9-]+)\""
    text = "\n".join(path.read_text("utf-8") for path in GUI.rglob("*.py"))
    names = set(re.findall(calls, text)) - {"system", "view"}
    assert len(names) > 5
    for name in names:
        assert svg_of(name)
