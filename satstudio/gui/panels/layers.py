"""LayersPanel: the open scenes; choose the active one, close one."""

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.canvas.layer_stack import why_apart
from satstudio.gui.canvas.scene_actions import listen
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.context_menu import ContextMenu
from satstudio.gui.kit.scenes.loader import is_stack, stacked
from satstudio.gui.kit.widgets import tool_button
from satstudio.session.session import Layer, Session
from satstudio.session.store import Drag

ROLE = Qt.ItemDataRole.UserRole
MOST_LINES = 5
OFFERED = (
    *("edit.scene_up", "edit.scene_down"),
    *("file.copy_path", "file.show_in_folder", "file.close", "file.close_all"),
)


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
        self.list.itemChanged.connect(self._on_ticked)
        self.list.model().rowsMoved.connect(self._on_moved)
        self._presses = 0
        self.opacity = self._slider()
        self.close_button = tool_button("x", "", self.tr("Close the chosen scene (Ctrl+W)"))
        self.close_button.clicked.connect(self._on_close)
        ContextMenu(context, self.list, OFFERED)
        self._arrange()
        listen(context, self, self._show)
        self._show(context.store.session)

    def _slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 100)
        slider.setAccessibleName(self.tr("Opacity of the scene"))
        slider.setToolTip(
            self.tr("How much the active scene covers those under it that lie on the same ground")
        )
        slider.valueChanged.connect(self._on_opacity)
        slider.sliderPressed.connect(self._on_pressed)
        return slider

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        column.addLayout(line)
        caption = QLabel(self.tr("Opacit&y"))
        caption.setBuddy(self.opacity)
        below = QHBoxLayout()
        below.addWidget(caption)
        below.addWidget(self.opacity, 1)
        column.addLayout(below)
        line.addWidget(self.list, 1)
        buttons = QVBoxLayout()
        buttons.addWidget(self.close_button)
        buttons.addStretch(1)
        line.addLayout(buttons)

    def _show(self, session: Session) -> None:
        names = tuple(layer.address for layer in session.layers)
        with QSignalBlocker(self.list):
            if names != tuple(layer.address for layer in self._layers):
                self.list.clear()
                for layer in session.layers:
                    self.list.addItem(self._item(layer))
            self.list.setCurrentRow(session.active)
            for row, layer in enumerate(session.layers):
                self._show_item(self.list.item(row), layer, session)
        with QSignalBlocker(self.opacity):
            self.opacity.setEnabled(session.layer is not None)
            self.opacity.setValue(round(100 * session.layer.opacity) if session.layer else 100)
        self._layers = session.layers
        self.close_button.setEnabled(session.layer is not None)
        lines = min(max(len(names), 1), MOST_LINES)
        high = self.list.sizeHintForRow(0) if names else self.fontMetrics().lineSpacing() + 4
        self.list.setFixedHeight(lines * high + 2 * self.list.frameWidth())

    def _item(self, layer: Layer) -> QListWidgetItem:
        scene = self._context.scenes.scene(layer.address)
        item = QListWidgetItem(layer.title or (scene.name if scene is not None else layer.name))
        item.setData(ROLE, layer.address)
        return item

    def _show_item(self, item: QListWidgetItem, layer: Layer, session: Session) -> None:
        """Show whether a layer is drawn, and say why not where it is of another grid."""
        files = stacked(layer.address) if is_stack(layer.address) else [layer.address]
        apart = why_apart(session, layer, self._context.scenes.scene)
        item.setToolTip("\n".join([*files, *([apart] if apart else [])]))
        is_on = Qt.CheckState.Checked if layer.is_visible else Qt.CheckState.Unchecked
        if item.checkState() != is_on or item.data(Qt.ItemDataRole.CheckStateRole) is None:
            item.setCheckState(is_on)
        shade = self.palette().color(QPalette.ColorRole.PlaceholderText)
        item.setForeground(shade if apart else self.palette().color(QPalette.ColorRole.Text))

    @Slot(QListWidgetItem)
    def _on_ticked(self, item: QListWidgetItem) -> None:
        store = self._context.store
        is_on = item.checkState() == Qt.CheckState.Checked
        text = self.tr("Show {name}") if is_on else self.tr("Hide {name}")
        made = store.session.drawn(str(item.data(ROLE)), is_visible=is_on)
        store.replace(made, text=text.format(name=item.text()))

    @Slot(int)
    def _on_opacity(self, percent: int) -> None:
        store = self._context.store
        layer = store.session.layer
        if layer is not None:
            drag = Drag("opacity", self._presses if self.opacity.isSliderDown() else 0)
            made = store.session.drawn(layer.address, opacity=percent / 100)
            store.replace(made, text=self.tr("Opacity {n} %").format(n=percent), drag=drag)

    @Slot()
    def _on_pressed(self) -> None:
        self._presses += 1

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
