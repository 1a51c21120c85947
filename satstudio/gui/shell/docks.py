"""Docks: the panels around the pages; made before a layout is restored, hidden where not used."""

import importlib
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QObject, Qt, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import WidthKeeper

Area = Qt.DockWidgetArea


@dataclass(frozen=True, slots=True)
class Panel:
    """One dock.

    Attributes
    ----------
    id : fixed English name; the dock's objectName is `dock_` and this
    factory : `module:function`, called with the Context
    is_of_scene : it is about the active scene, so it stands beside pages that want such panels
    is_first : whether the default layout shows it
    """

    id: str
    title: str
    icon: str
    factory: str
    area: Qt.DockWidgetArea
    tip: str
    is_of_scene: bool = False
    is_first: bool = True


PANELS = (
    Panel(
        "style",
        "Layers and style",
        "sliders-horizontal",
        "satstudio.gui.panels.style:make_panel",
        Area.RightDockWidgetArea,
        "Open scenes, and how the active one is shown",
        is_of_scene=True,
    ),
    Panel(
        "metadata",
        "Metadata",
        "info",
        "satstudio.gui.panels.metadata:make_panel",
        Area.RightDockWidgetArea,
        "What the file says about the scene",
        is_of_scene=True,
    ),
    Panel(
        "tasks",
        "Tasks",
        "list-checks",
        "satstudio.gui.shell.tasks_panel:make_panel",
        Area.BottomDockWidgetArea,
        "Running and finished long work",
        is_first=False,
    ),
    Panel(
        "log",
        "Log",
        "scroll-text",
        "satstudio.gui.shell.log_panel:make_panel",
        Area.BottomDockWidgetArea,
        "What the program noted",
        is_first=False,
    ),
)


class Docks(QObject):
    """Makes the docks, arranges them, and hides what a page does not use."""

    def __init__(self, window: QMainWindow, context: Context) -> None:
        super().__init__(window)
        self._window = window
        self._has_scene = False
        self._is_watching = False
        self._wanted: dict[str, bool] = {panel.id: panel.is_first for panel in PANELS}
        self._docks = {panel.id: self._make(panel, context) for panel in PANELS}
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomRightCorner, Area.RightDockWidgetArea)
        window.setCorner(Qt.Corner.BottomLeftCorner, Area.LeftDockWidgetArea)

    def dock(self, name: str) -> QDockWidget:
        """Return the dock of a panel."""
        return self._docks[name]

    def is_wanted(self, name: str) -> bool:
        """Tell whether the user wants to see a panel (on the pages that use it)."""
        return self._wanted[name]

    def toggle(self, name: str) -> None:
        """Show a panel, in front of those that share its place, or hide it."""
        self._wanted[name] = not self._wanted[name]
        self._show_for_page()
        if self._wanted[name]:
            self._docks[name].raise_()

    def raise_floating(self) -> None:
        """Bring floating panels in front of the window; not every desktop keeps them there."""
        for dock in self._window.findChildren(QDockWidget):
            if dock.isFloating() and dock.isVisible():
                dock.raise_()

    def watch(self, is_on: bool) -> None:
        """Note from now on (or no more) what the user closes with a dock's own button."""
        self._is_watching = is_on
        self._show_for_page()

    def show_for(self, *, has_scene: bool) -> None:
        """Show the panels that make sense now; `has_scene` with those about the active scene."""
        self._has_scene = has_scene
        self._show_for_page()

    def arrange(self) -> None:
        """Put all docks where they belong at first."""
        was_watching, self._is_watching = self._is_watching, False
        for panel in PANELS:
            dock = self._docks[panel.id]
            dock.setFloating(False)
            self._window.addDockWidget(panel.area, dock)
            self._wanted[panel.id] = panel.is_first
        for first, second in (("style", "metadata"), ("tasks", "log")):
            self._window.tabifyDockWidget(self._docks[first], self._docks[second])
            self._docks[first].raise_()
        char = self._window.fontMetrics().averageCharWidth()
        line = self._window.fontMetrics().lineSpacing()
        self._window.resizeDocks([self._docks["style"]], [char * 48], Qt.Orientation.Horizontal)
        self._window.resizeDocks([self._docks["tasks"]], [line * 11], Qt.Orientation.Vertical)
        self._is_watching = was_watching
        self._show_for_page()

    def save(self, version: int) -> QByteArray:
        """Return the layout as it is on a page that uses every panel."""
        had_scene, self._has_scene = self._has_scene, True
        self._show_for_page()
        state = self._window.saveState(version)
        self._has_scene = had_scene
        self._show_for_page()
        return state

    def restore(self, state: QByteArray, version: int) -> bool:
        """Take a saved layout; False where it is of another version or damaged."""
        if not self._window.restoreState(state, version):
            return False
        self._wanted = {name: not dock.isHidden() for name, dock in self._docks.items()}
        self._show_for_page()
        return True

    def _make(self, panel: Panel, context: Context) -> QDockWidget:
        module, _, name = panel.factory.partition(":")
        widget: QWidget = getattr(importlib.import_module(module), name)(context)
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(f"dock_{panel.id}")
        dock.setWidget(widget)
        if isinstance(widget, QScrollArea):
            WidthKeeper(widget)
        self._window.addDockWidget(panel.area, dock)
        dock.visibilityChanged.connect(self._on_visibility)
        return dock

    @Slot()
    def _on_visibility(self) -> None:
        """Note what the user closed with the dock's own button."""
        if not self._is_watching:
            return
        for panel in PANELS:
            if self._is_used(panel):
                self._wanted[panel.id] = not self._docks[panel.id].isHidden()

    def _is_used(self, panel: Panel) -> bool:
        return self._has_scene or not panel.is_of_scene

    def _show_for_page(self) -> None:
        was_watching, self._is_watching = self._is_watching, False
        for panel in PANELS:
            self._docks[panel.id].setVisible(self._wanted[panel.id] and self._is_used(panel))
        self._is_watching = was_watching
