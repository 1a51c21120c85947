"""CutScenes: the scenes of the session with ticks, and which of them are for validation."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
)

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.scenes.loader import is_stack
from satstudio.session.session import Layer, Session

WAIT_MS = 1500
LEAST_LINES, MOST_LINES = 2, 6
SCENE, USE = 0, 1
TRAIN, VALIDATION = "train", "validation"
ADDRESS = Qt.ItemDataRole.UserRole


class RoleBox(QComboBox):
    """Leaves the wheel to the list."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scroll the list, change nothing."""
        event.ignore()


class CutScenes(QTreeWidget):
    """Patches are cut from what is ticked; a box in each line says for which split.

    When the list is seen, the scenes like the active one are ticked; from then on the user decides,
    and a scene that is opened later waits for its tick.

    Attributes
    ----------
    ticks, roles : what was decided, by address; of scenes that are closed, too
    """

    changed = Signal()
    decided = Signal()
    """The user ticked something or chose what a scene is for."""

    settled = Signal()
    """The scenes are ticked that are proposed."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.ticks: dict[str, bool] = {}
        self.roles: dict[str, str] = {}
        self._is_settled = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._settle)
        self.setObjectName("scenes")
        self.setAccessibleName(self.tr("Scenes"))
        self.setToolTip(self.tr("Patches are cut from the scenes that are ticked"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setRootIsDecorated(False)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(1)
        header.setSectionResizeMode(SCENE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(USE, QHeaderView.ResizeMode.ResizeToContents)
        self.itemChanged.connect(self._on_ticked)
        context.store.subscribe(self._show_scenes)
        self._show_scenes(context.store.session)

    @property
    def count(self) -> int:
        """How many scenes are listed."""
        return self.topLevelItemCount()

    @property
    def addresses(self) -> list[str]:
        """Addresses of the scenes that are ticked."""
        chosen = [item for item in self._items() if _is_ticked(item)]
        return [str(item.data(SCENE, ADDRESS)) for item in chosen]

    @property
    def validation_scenes(self) -> list[str]:
        """Those of them that validation patches alone come from."""
        return [address for address in self.addresses if self.roles.get(address) == VALIDATION]

    def untick(self, address: str) -> None:
        """Take the tick of a scene away, as a click does."""
        for item in self._items():
            if _is_ticked(item) and item.data(SCENE, ADDRESS) == address:
                item.setCheckState(SCENE, Qt.CheckState.Unchecked)

    def role_box(self, row: int) -> RoleBox:
        """Return the box of a line."""
        box = self.itemWidget(self._items()[row], USE)
        if not isinstance(box, RoleBox):
            raise IndexError(row)
        return box

    def show_chosen(self, ticks: Mapping[str, bool], roles: Mapping[str, str]) -> None:
        """Show what the session kept."""
        self.ticks, self.roles = dict(ticks), dict(roles)
        self._is_settled = bool(ticks)
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Propose scenes once they are seen."""
        super().showEvent(event)
        if not self._is_settled:
            self._fill()
            self._settle()

    # ------------------------------------------------------------------ inside

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self.topLevelItem(row) for row in range(self.count))
        return [item for item in items if item is not None]

    @Slot()
    def _settle(self) -> None:
        """Hold what is shown: what is opened later is not ticked by itself."""
        if self._is_settled or not self.count:
            return
        self._is_settled = True
        self.ticks |= {str(item.data(SCENE, ADDRESS)): _is_ticked(item) for item in self._items()}
        self.settled.emit()

    def _show_scenes(self, session: Session) -> None:
        shown = [item.data(SCENE, ADDRESS) for item in self._items()]
        if shown != list(session.addresses):
            self._is_settled = self._is_settled and bool(session.layers)
            self._fill()
            if self.isVisible() and not self._is_settled:
                self._timer.start()  # what is opened together is proposed together

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        for layer in self._context.store.session.layers:
            self._add(layer)
        self.blockSignals(False)
        self._fit_height()
        self.changed.emit()

    def _fit_height(self) -> None:
        """Leave the room that few scenes do not need to the form below."""
        lines = min(max(self.count, LEAST_LINES), MOST_LINES)
        high = self.sizeHintForRow(0) if self.count else self.fontMetrics().lineSpacing()
        self.setFixedHeight(lines * high + 2 * self.frameWidth())

    def _add(self, layer: Layer) -> None:
        item = QTreeWidgetItem([layer.name])
        item.setData(SCENE, ADDRESS, layer.address)
        item.setToolTip(SCENE, layer.address)
        is_on = not is_stack(layer.address) and self._is_wanted(layer.address)
        item.setCheckState(SCENE, Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
        self.addTopLevelItem(item)
        if is_stack(layer.address):
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setToolTip(SCENE, self.tr("Patches are cut from single files, not from stacks"))
            return
        self.setItemWidget(item, USE, self._role_box(layer))

    def _role_box(self, layer: Layer) -> RoleBox:
        box = RoleBox()
        box.addItem(self.tr("Training"), TRAIN)
        box.addItem(self.tr("Validation"), VALIDATION)
        box.setCurrentIndex(max(box.findData(self.roles.get(layer.address, TRAIN)), 0))
        box.setAccessibleName(self.tr("What {name} is for").format(name=layer.name))
        box.setToolTip(
            self.tr(
                "Validation: validation patches come from such scenes only, and training patches "
                "from the others only. Without one, the ground of each scene is split."
            )
        )
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.currentIndexChanged.connect(self._on_role)
        box.setProperty("address", layer.address)
        return box

    def _is_wanted(self, address: str) -> bool:
        """Tell whether a scene is ticked: as was decided, else those like the active scene."""
        if self._is_settled or address in self.ticks:
            return self.ticks.get(address, False)
        scenes, active = self._context.scenes, self._context.store.session.layer
        scene, other = scenes.scene(address), scenes.scene(active.address) if active else None
        if scene is None or other is None:
            return True
        return (scene.is_complex, len(scene.bands)) == (other.is_complex, len(other.bands))

    @Slot(QTreeWidgetItem, int)
    def _on_ticked(self, item: QTreeWidgetItem, column: int) -> None:
        if column != SCENE:
            return
        self._settle()
        self.ticks[str(item.data(SCENE, ADDRESS))] = _is_ticked(item)
        self.decided.emit()
        self.changed.emit()

    @Slot()
    def _on_role(self) -> None:
        box: Any = self.sender()
        self.roles[str(box.property("address"))] = str(box.currentData())
        self.decided.emit()
        self.changed.emit()


def _is_ticked(item: QTreeWidgetItem) -> bool:
    return item.checkState(SCENE) == Qt.CheckState.Checked
