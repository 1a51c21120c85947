"""LayersPanel: the open scenes; choose the active one, close one."""

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.context import Context
from satstudio.gui.scene_loader import is_stack, stacked
from satstudio.gui.view_commands import listen
from satstudio.gui.widgets import tool_button
from satstudio.session.session import Layer, Session

ROLE = Qt.ItemDataRole.UserRole
MOST_LINES = 5


class LayersPanel(QWidget):
    """A line for each open scene."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._layers: tuple[Layer, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Open scenes"))
        self.list.setObjectName("scenes")
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setToolTip(self.tr("Drag a scene to another place of the list"))
        self.list.currentRowChanged.connect(self._on_row)
        self.list.model().rowsMoved.connect(self._on_moved)
        self.close_button = tool_button("x", "", self.tr("Close the chosen scene (Ctrl+W)"))
        self.close_button.clicked.connect(self._on_close)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.list, 1)
        buttons = QVBoxLayout()
        buttons.addWidget(self.close_button)
        buttons.addStretch(1)
        line.addLayout(buttons)
        listen(context, self, self._show)
        self._show(context.store.session)

    def _show(self, session: Session) -> None:
        names = tuple(layer.address for layer in session.layers)
        with QSignalBlocker(self.list):
            if names != tuple(layer.address for layer in self._layers):
                self.list.clear()
                for layer in session.layers:
                    self.list.addItem(self._item(layer))
            self.list.setCurrentRow(session.active)
        self._layers = session.layers
        self.close_button.setEnabled(session.layer is not None)
        lines = min(max(len(names), 1), MOST_LINES)
        high = self.list.sizeHintForRow(0) if names else self.fontMetrics().lineSpacing() + 4
        self.list.setFixedHeight(lines * high + 2 * self.list.frameWidth())

    def _item(self, layer: Layer) -> QListWidgetItem:
        files = stacked(layer.address) if is_stack(layer.address) else [layer.address]
        scene = self._context.scenes.scene(layer.address)
        item = QListWidgetItem(layer.title or (scene.name if scene is not None else layer.name))
        item.setToolTip("\n".join(files))
        item.setData(ROLE, layer.address)
        return item

    @Slot(int)
    def _on_row(self, row: int) -> None:
        store = self._context.store
        if 0 <= row < len(store.session.layers):
            store.replace(store.session.activated(row))

    @Slot()
    def _on_moved(self) -> None:
        """Take the new order when the drop is over; the list is filled again then."""
        QTimer.singleShot(0, self, self._take_order)

    @Slot()
    def _take_order(self) -> None:
        store = self._context.store
        order = [self.list.item(row).data(ROLE) for row in range(self.list.count())]
        if sorted(order) == sorted(store.session.addresses):
            store.replace(store.session.reordered(order), text=self.tr("Reorder scenes"))

    @Slot()
    def _on_close(self) -> None:
        store = self._context.store
        layer = store.session.layer
        if layer is not None:
            text = self.tr("Close {name}").format(name=layer.name)
            store.replace(store.session.closed(layer.address), text=text)
