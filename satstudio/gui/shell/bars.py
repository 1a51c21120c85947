"""Bars: menu bar, tool bar and the rail of pages, filled from the registry of actions."""

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from satstudio.gui.kit.actions import MENUS
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.recent import RecentFiles

RECENT_ROWS = ("file.forget_missing", "file.forget_recent")


class Bars(QObject):
    """Follows the registry: an action added later appears by itself."""

    def __init__(self, window: QMainWindow, context: Context, recent: RecentFiles) -> None:
        super().__init__(window)
        self._window = window
        self._context = context
        self._recent = recent
        self.tools = QToolBar(self.tr("Tool bar"))
        self.tools.setObjectName("tool_bar_main")
        self.tools.setMovable(False)
        window.addToolBar(self.tools)
        self.menus = {name: self._make_menu(name) for name in MENUS}
        self.recent_menu = QMenu(self.tr("Open &recent"), window)
        self.recent_menu.setToolTipsVisible(True)
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        self.rail_menu = QMenu(window)
        self.rail_menu.setToolTipsVisible(True)
        context.actions.added.connect(self._on_added)

    def make_pages(self, names: list[str]) -> None:
        """Put the pages into a rail on the left."""
        self.rail = rail = QToolBar(self.tr("Pages"))
        rail.setObjectName("tool_bar_pages")
        rail.setMovable(False)
        rail.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        for name in names:
            rail.addAction(self._context.actions.qaction(name))
        rail.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rail.customContextMenuRequested.connect(self._on_rail)
        self._window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, rail)

    @Slot(QPoint)
    def _on_rail(self, place: QPoint) -> None:
        """Offer to tear off the page under the mouse."""
        action, actions = self.rail.actionAt(place), self._context.actions
        name = action.objectName().partition(".")[2] if action is not None else ""
        self.rail_menu.clear()
        if actions.has(f"tear_off.{name}"):
            actions.refresh()
            actions.fill(self.rail_menu, [f"tear_off.{name}"])
            self.rail_menu.popup(self.rail.mapToGlobal(place))

    def _make_menu(self, name: str) -> QMenu:
        menu = self._window.menuBar().addMenu(f"&{name}")
        menu.setObjectName(f"menu_{name.lower()}")
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._on_menu)
        return menu

    @Slot()
    def _on_menu(self) -> None:
        self._context.actions.refresh()
        self._recent.look_up()

    @Slot()
    def _fill_recent(self) -> None:
        recent = self._recent
        entries = [(address, recent.is_missing(address)) for address in recent.addresses]
        self._context.actions.fill_recent(self.recent_menu, entries, self._open, RECENT_ROWS)

    def _open(self, address: str) -> None:
        self._context.open([address])

    def _fill_tools(self) -> None:
        self.tools.clear()
        menu = ""
        for row in self._context.actions.rows():
            if row.tool_bar:
                if menu and menu != row.menu:
                    self.tools.addSeparator()
                menu = row.menu
                self.tools.addAction(self._context.actions.qaction(row.id))

    @Slot(str)
    def _on_added(self, name: str) -> None:
        """Let shortcuts of the whole window work; menus and tool bar follow."""
        actions = self._context.actions
        row = actions.row(name)
        if not row.local:
            self._window.addAction(actions.qaction(name))
        if row.tool_bar:
            self._fill_tools()
        if row.menu:
            menu = self.menus[row.menu]
            menu.clear()
            actions.fill(menu, actions.of_menu(row.menu))
            if row.menu == "File" and actions.has("file.close"):
                menu.insertMenu(actions.qaction("file.close"), self.recent_menu)
