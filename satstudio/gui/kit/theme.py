"""Theme: Fusion with two complete palettes of our own, light and dark."""

import re
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from satstudio.core.paths import resources_folder
from satstudio.gui.kit.icons import forget_icons

ThemeName = Literal["light", "dark"]
ICON = re.compile(r"@(\w+)")
Role = QPalette.ColorRole
LIGHT = {
    Role.Window: "#f3f4f6",
    Role.WindowText: "#1d2229",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f5f7fa",
    Role.Text: "#1d2229",
    Role.Button: "#e9ebef",
    Role.ButtonText: "#1d2229",
    Role.BrightText: "#b3261e",
    Role.Highlight: "#1f64c8",
    Role.HighlightedText: "#ffffff",
    Role.Accent: "#1f64c8",
    Role.Link: "#1a56b0",
    Role.LinkVisited: "#6a3fa0",
    Role.ToolTipBase: "#ffffff",
    Role.ToolTipText: "#1d2229",
    Role.PlaceholderText: "#6b7480",
    Role.Light: "#ffffff",
    Role.Midlight: "#e4e7eb",
    Role.Mid: "#c3c9d1",
    Role.Dark: "#98a1ad",
    Role.Shadow: "#606a76",
}
DARK = {
    Role.Window: "#23272e",
    Role.WindowText: "#e4e7eb",
    Role.Base: "#1a1d22",
    Role.AlternateBase: "#20242a",
    Role.Text: "#e4e7eb",
    Role.Button: "#323841",
    Role.ButtonText: "#e4e7eb",
    Role.BrightText: "#ff8a80",
    Role.Highlight: "#3f7fe0",
    Role.HighlightedText: "#ffffff",
    Role.Accent: "#5a96f0",
    Role.Link: "#7fb0ff",
    Role.LinkVisited: "#c0a0f0",
    Role.ToolTipBase: "#2d333b",
    Role.ToolTipText: "#e4e7eb",
    Role.PlaceholderText: "#8a94a2",
    Role.Light: "#444c57",
    Role.Midlight: "#363d46",
    Role.Mid: "#4a525d",
    Role.Dark: "#15181c",
    Role.Shadow: "#0c0e10",
}
TEXT_ROLES = (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText, Role.ToolTipText)
FADED = {"light": "#9aa2ad", "dark": "#69727e"}
FADED_HIGHLIGHT = {"light": "#b9c3d1", "dark": "#454d58"}
SIGNS: dict[ThemeName, dict[str, str]] = {
    "light": {"good": "#1e7d38", "bad": "#b3261e", "wait": "#8a5a00", "info": "#1f64c8"},
    "dark": {"good": "#6fce87", "bad": "#ff8a80", "wait": "#f0b95a", "info": "#7fb0ff"},
}
CURVES: dict[ThemeName, tuple[str, ...]] = {
    "light": ("#1f64c8", "#c4500c", "#1e7d38", "#8a3ea8"),
    "dark": ("#6ea6ff", "#ffab5e", "#6fce87", "#d39bf0"),
}
"""Colours told apart by colour-blind eyes too; curves also differ in their dashes."""


def palette_of(name: ThemeName) -> QPalette:
    """Return the whole palette of a theme: all roles for Active, Inactive and Disabled."""
    palette = QPalette()
    for role, colour in (LIGHT if name == "light" else DARK).items():
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            palette.setColor(group, role, QColor(colour))
        faded = FADED[name] if role in TEXT_ROLES else colour
        faded = FADED_HIGHLIGHT[name] if role in (Role.Highlight, Role.Accent) else faded
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(faded))
    return palette


def is_dark(palette: QPalette | None = None) -> bool:
    """Tell whether a palette (the application's unless given) is the dark one."""
    shown = palette or QApplication.palette()
    return shown.color(Role.Window).lightness() < 128


def sign_colour(sign: str) -> QColor:
    """Return the colour of good, bad, wait or info in the theme in force."""
    return QColor(SIGNS["dark" if is_dark() else "light"][sign])


def curve_colours() -> tuple[str, ...]:
    """Return the colours of curves in the theme in force."""
    return CURVES["dark" if is_dark() else "light"]


def with_icons(sheet: str, name: ThemeName) -> str:
    """Return a style sheet whose `@check` and the like are files in the colours of a theme."""
    folder = (resources_folder() / "icons").as_posix()
    return ICON.sub(rf'url("{folder}/\1_{name}.svg")', sheet)


class Theme(QObject):
    """Puts a theme on the application and follows the desktop where that is wanted."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._choice = choice
        self._is_applied = False
        self._style_sheet = (resources_folder() / "theme.qss").read_text("utf-8")
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._on_scheme)
        self.choose(choice)

    @property
    def name(self) -> ThemeName:
        """The theme in force."""
        if self._choice in ("light", "dark"):
            return "dark" if self._choice == "dark" else "light"
        dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return "dark" if dark else "light"

    def choose(self, choice: str) -> None:
        """Take light, dark or system from now on."""
        if choice == self._choice and self._is_applied:
            return
        self._choice, self._is_applied = choice, True
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        self._app.styleHints().setColorScheme(schemes.get(choice, Qt.ColorScheme.Unknown))
        self._apply()

    @Slot()
    def _on_scheme(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        forget_icons()
        self._app.setPalette(palette_of(self.name))
        QToolTip.setPalette(palette_of(self.name))  # it keeps its own
        self._app.setStyleSheet("")
        sheet = with_icons(self._style_sheet, self.name)
        self._app.setStyleSheet(sheet)  # set again, or the system's palette returns
        self.changed.emit()
