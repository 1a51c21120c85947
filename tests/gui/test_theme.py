import re

import pytest
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QCheckBox
from window_made import made_window

from satstudio.core.paths import resources_folder
from satstudio.gui.theme import DARK, LIGHT, is_dark, palette_of, with_icons

Group, Role = QPalette.ColorGroup, QPalette.ColorRole
GROUPS = (Group.Active, Group.Inactive, Group.Disabled)
PAIRS = (
    (Role.WindowText, Role.Window),
    (Role.Text, Role.Base),
    (Role.ButtonText, Role.Button),
    (Role.HighlightedText, Role.Highlight),
    (Role.ToolTipText, Role.ToolTipBase),
    (Role.PlaceholderText, Role.Base),
    (Role.Link, Role.Base),
    (Role.BrightText, Role.Window),
)


def luminance(colour) -> float:
    def linear(value):
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in colour.getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_text_can_be_read(qtbot, name):
    palette = palette_of(name)
    for text, ground in PAIRS:
        pair = [luminance(palette.color(Group.Active, role)) for role in (text, ground)]
        contrast = (max(pair) + 0.05) / (min(pair) + 0.05)
        assert contrast >= 3.8, (text, ground, contrast)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_all_roles_are_set_for_all_groups(qtbot, name):
    palette = palette_of(name)
    left_out = {Role.NoRole, Role.NColorRoles}
    for group in GROUPS:
        for role in set(Role) - left_out:
            assert palette.isBrushSet(group, role), (group, role)


def test_both_themes_set_the_same_roles(qtbot):
    assert LIGHT.keys() == DARK.keys()
    assert is_dark(palette_of("dark"))
    assert not is_dark(palette_of("light"))


def test_the_style_sheet_names_no_colour_of_its_own():
    text = (resources_folder() / "theme.qss").read_text("utf-8")
    text = re.sub(r"#\w+(?=[\s\[{:])", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|rgba\(", text)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_picture_of_the_style_sheet_is_there(qtbot, name):
    sheet = with_icons((resources_folder() / "theme.qss").read_text("utf-8"), name)
    files = re.findall(r'url\("([^"]+)"\)', sheet)
    assert "@" not in sheet
    assert files
    for file in files:
        assert not QImage(file).isNull(), file


def test_the_box_of_a_switch_can_be_seen_in_both_themes(qtbot, study):
    for name in ("light", "dark"):
        with made_window(qtbot, study, theme=name) as window:
            box = QCheckBox("x", window)
            box.adjustSize()
            box.show()
            image = box.grab().toImage()
            ground = window.palette().window().color()
            row = image.height() // 2
            edge = max(
                abs(image.pixelColor(x, row).lightness() - ground.lightness()) for x in range(4)
            )
            assert edge > 40, name
