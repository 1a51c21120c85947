"""CutScenes: the scenes of the session with ticks, and which of them are for validation."""

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from satstudio.gui.context import Context
from satstudio.gui.scene_loader import is_stack
from satstudio.session.session import Layer, Session

LIST_LINES = 7
LINE_EDGES_PX = 6
"""What the style takes of a line's height."""

TRAIN, VALIDATION = "train", "validation"
ADDRESS = Qt.ItemDataRole.UserRole


class RoleBox(QComboBox):
    """Leaves the wheel to the list."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scroll the list, change nothing."""
        event.ignore()


class CutScenes(QListWidget):
    """Patches are cut from what is ticked; a box in each line says for which split."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._ticks: dict[str, bool] = {}
        self._roles: dict[str, str] = {}
        self.setObjectName("scenes")
        self.setAccessibleName(self.tr("Scenes"))
        self.setToolTip(self.tr("Patches are cut from the scenes that are ticked"))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * LIST_LINES)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)  # the boxes move with the edge
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.itemChanged.connect(self._on_ticked)
        context.store.subscribe(self._show_scenes)
        self._show_scenes(context.store.session)

    @property
    def addresses(self) -> list[str]:
        """Addresses of the scenes that are ticked."""
        items = [self.item(row) for row in range(self.count())]
        chosen = [item for item in items if item.checkState() == Qt.CheckState.Checked]
        return [str(item.data(ADDRESS)) for item in chosen]

    @property
    def validation_scenes(self) -> list[str]:
        """Those of them that validation patches alone come from."""
        return [address for address in self.addresses if self._roles.get(address) == VALIDATION]

    def role_box(self, row: int) -> RoleBox:
        """Return the box of a line."""
        return self.itemWidget(self.item(row)).findChildren(RoleBox)[0]

    def _show_scenes(self, session: Session) -> None:
        shown = [self.item(row).data(ADDRESS) for row in range(self.count())]
        if shown == list(session.addresses):
            return
        self.blockSignals(True)
        self.clear()
        for layer in session.layers:
            self._add(layer)
        self.blockSignals(False)
        self.changed.emit()

    def _add(self, layer: Layer) -> None:
        item = QListWidgetItem(layer.name)
        item.setData(ADDRESS, layer.address)
        item.setToolTip(layer.address)
        is_on = not is_stack(layer.address) and self._is_wanted(layer.address)
        item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
        self.addItem(item)
        if is_stack(layer.address):
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setToolTip(self.tr("Patches are cut from single files, not from stacks"))
            return
        line = self._role_line(layer)
        item.setSizeHint(line.sizeHint() + QSize(0, LINE_EDGES_PX))
        self.setItemWidget(item, line)

    def _role_line(self, layer: Layer) -> QWidget:
        box = RoleBox()
        box.addItem(self.tr("Training"), TRAIN)
        box.addItem(self.tr("Validation"), VALIDATION)
        box.setCurrentIndex(max(box.findData(self._roles.get(layer.address, TRAIN)), 0))
        box.setAccessibleName(self.tr("What {name} is for").format(name=layer.name))
        box.setToolTip(
            self.tr(
                "Validation: validation patches come from such scenes only, and training patches "
                "from the others only. Without one, the ground of each scene is parted."
            )
        )
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.currentIndexChanged.connect(self._on_role)
        box.setProperty("address", layer.address)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 2, 0)
        row.addStretch(1)
        row.addWidget(box)
        return line

    def _is_wanted(self, address: str) -> bool:
        """Tell whether a scene is ticked: as the user did, else those like the active scene."""
        if address in self._ticks:
            return self._ticks[address]
        scenes, active = self._context.scenes, self._context.store.session.layer
        scene, other = scenes.scene(address), scenes.scene(active.address) if active else None
        if scene is None or other is None:
            return True
        return (scene.is_complex, len(scene.bands)) == (other.is_complex, len(other.bands))

    @Slot(QListWidgetItem)
    def _on_ticked(self, item: QListWidgetItem) -> None:
        self._ticks[str(item.data(ADDRESS))] = item.checkState() == Qt.CheckState.Checked
        self.changed.emit()

    @Slot()
    def _on_role(self) -> None:
        box: Any = self.sender()
        self._roles[str(box.property("address"))] = str(box.currentData())
        self.changed.emit()
