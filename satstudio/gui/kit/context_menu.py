"""ContextMenu: actions under the mouse, by a right click or the keyboard's menu key."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from satstudio.gui.kit.context import Context

Fill = Callable[[QMenu, QPoint], object]


class ContextMenu(QObject):
    """The menu of a widget.

    Parameters
    ----------
    names : registered actions that are offered; those that are not there are left out
    fill : puts more into the menu, first: what is about the place (in the widget) of the click
    """

    def __init__(
        self, context: Context, widget: QWidget, names: Iterable[str] = (), fill: Fill | None = None
    ) -> None:
        super().__init__(widget)
        self._context = context
        self._widget = widget
        self._names = tuple(names)
        self._fill = fill
        self.menu = QMenu(widget)
        self.menu.setToolTipsVisible(True)
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        widget.customContextMenuRequested.connect(self._on_asked)

    @Slot(QPoint)
    def _on_asked(self, place: QPoint) -> None:
        actions, widget = self._context.actions, self._widget
        self.menu.clear()
        if self._fill is not None:
            self._fill(self.menu, place)
        names = [name for name in self._names if actions.has(name)]
        actions.refresh(names)
        if names and not self.menu.isEmpty():
            self.menu.addSeparator()
        actions.fill(self.menu, names)
        if not self.menu.isEmpty():
            above = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
            self.menu.popup(above.mapToGlobal(place))
