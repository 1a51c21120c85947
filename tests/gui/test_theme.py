import re

import numpy as np
import pytest
from made import made_slc
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QToolTip
from window_made import made_window, open_sample

from satstudio.core.paths import resources_folder
from satstudio.gui.kit.theme import DARK, LIGHT, is_dark, palette_of, with_icons
from satstudio.gui.panels.histogram import HistogramView

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


def lightness(widget):
    """Median of what a widget looks like now."""
    QApplication.processEvents()
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return float(np.median(pixels[:, : image.width()]))


def test_a_theme_changes_everything_at_once(qtbot, study, tmp_path):
    with made_window(qtbot, study, theme="light") as window:
        open_sample(qtbot, window, made_slc(tmp_path))
        for name in window.page_names:
            window.show_page(name)
        window.show_page("view")
        histogram = window.findChild(HistogramView)
        watched = [histogram, *(window.page_widget(name) for name in ("train", "sample"))]
        light = [lightness(each) for each in watched]
        window.context.change_settings(theme="dark")
        dark = [lightness(each) for each in watched]
        assert all(before > 180 for before in light)
        assert all(after < 80 for after in dark)
        bars = histogram.grab().toImage()
        text = DARK[Role.WindowText]
        assert any(
            abs(bars.pixelColor(x, y).lightness() - QColor(text).lightness()) < 90
            for x in range(bars.width())
            for y in range(bars.height() // 2, bars.height(), 3)
        )
        assert QToolTip.palette().color(Role.ToolTipBase) == QColor(DARK[Role.ToolTipBase])
