"""InputTable: the images that a model takes beside the scene, each with its role."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.port import BoundPort, Role
from satstudio.gui.canvas.scene_actions import listen
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.file_dialogs import scene_filters
from satstudio.gui.kit.scenes.loader import is_stack
from satstudio.gui.kit.widgets import Button, label
from satstudio.gui.pages.restore.images.other_images import OtherImages, Room, rooms_of
from satstudio.gui.pages.restore.restorers import port_text
from satstudio.gui.pages.restore.state import Given
from satstudio.restore.result import RESTORED_TAG
from satstudio.scenes.scene import Scene
from satstudio.session.session import Session, name_of

ROLE, IMAGE = 0, 1
MOST_LINES = 6
NAME_LETTERS = 12
OTHER = "*"
"""Stands for 'Other file' in a list of addresses."""


class InputTable(QWidget):
    """A line an image: its role, and which open scene or file it is; hidden where there is none."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._images = OtherImages()
        self._lines: list[tuple[Room, int]] = []
        self._listed: dict[str, str] = {}
        self._first: Scene | None = None
        self.table = QTableWidget(0, 2)
        self.scene_role = label("", "note")
        self.align = QCheckBox(self.tr("&Align images"))
        self.add = Button(self.tr("Add"), "plus", self.tr("Add an image"))
        self.remove = Button(self.tr("Remove"), "x", self.tr("Take the chosen line away"))
        self._arrange()
        self.add.clicked.connect(self._on_add)
        self.remove.clicked.connect(self._on_remove)
        self.align.toggled.connect(self.changed)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        listen(context, self, self._on_session)
        self.setVisible(False)
        self._on_session(context.store.session)

    @property
    def given(self) -> Given:
        """What the user chose, also for roles that are not shown now."""
        return tuple((role, tuple(chosen)) for role, chosen in self._images.given.items())

    def show_given(self, given: Given, *, is_aligned: bool) -> None:
        """Show what was chosen before."""
        self.align.setChecked(is_aligned)
        if given != self.given:
            self._images.given = {role: list(chosen) for role, chosen in given}
            self._fill()
            self.changed.emit()

    def show_ports(self, ports: Sequence[BoundPort], scenes: Sequence[str]) -> None:
        """Show the roles of a model's card; open scenes that look right are proposed once.

        Parameters
        ----------
        ports : the first is the scene itself
        scenes : those that are restored, which are not proposed
        """
        rooms = rooms_of(ports, is_series=any(map(is_stack, scenes)))
        if rooms == self._images.rooms:
            return
        self._images.rooms = rooms
        self._first = next((self._context.scenes.scene(address) for address in scenes), None)
        self._images.propose(self._fitting(), scenes)
        if ports:
            number = " 1" * (ports[0].frames != (1, 1))
            said = self.tr("The scene itself is '{role}'.")
            self.scene_role.setText(said.format(role=f"{ports[0].role}{number}"))
        self.setVisible(bool(rooms))
        self._fill()

    def values(self) -> dict[str, Any]:
        """Return the fields of RestoreRecipe."""
        is_aligned = bool(self._images.rooms) and self.align.isChecked()
        return {"inputs": self._images.chosen, "align": is_aligned}

    def shown(self, ports: Sequence[BoundPort]) -> tuple[tuple[str, str], ...]:
        """Return `ROLE NUMBER` (from 0, as the model counts) and name of each image but masks."""
        found = []
        first = ports[0].role if ports else ""
        for role, addresses in self._images.chosen.items():
            port = next((port for port in ports if port.role == role), None)
            if port is None or port.mask_of is not None:
                continue
            start = 1 if role == first else 0
            for number, address in enumerate(addresses, start):
                found.append((f"{role} {number}", f"{role}: {name_of(address)}"))
        return tuple(found)

    def problem(self) -> str:
        """Return which image is missing, as a sentence; empty where none is."""
        port = self._images.missing
        if port is None:
            return ""
        text = self.tr("Choose an image for '{role}': {what}.")
        return text.format(role=port.role, what=port_text(port))

    def box(self, row: int) -> QComboBox:
        """Return the list of scenes of a line."""
        box = self.table.cellWidget(row, IMAGE)
        if not isinstance(box, QComboBox):
            raise IndexError(row)
        return box

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        self.table.setHorizontalHeaderLabels([self.tr("Role"), self.tr("Scene")])
        self.table.setAccessibleName(self.tr("Other images that the model takes"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().setVisible(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(ROLE, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(IMAGE, QHeaderView.ResizeMode.Stretch)
        self.align.setToolTip(
            self.tr(
                "Images on another grid are resampled onto that of the scene, and the result says "
                "so; otherwise they are refused"
            )
        )
        caption = label(self.tr("&Other images"), "heading")
        caption.setBuddy(self.table)
        self.scene_role.setToolTip(self.tr("What the ticked scene itself is for the model"))
        row = QHBoxLayout()
        row.addWidget(self.align, 1)
        row.addWidget(self.add)
        row.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(caption)
        column.addWidget(self.scene_role)
        column.addWidget(self.table)
        column.addLayout(row)

    def _fill(self) -> None:
        """Show a line an image."""
        self._lines = list(self._images.lines)
        self.table.setRowCount(len(self._lines))
        for row, (room, number) in enumerate(self._lines):
            name = _line_name(room, number)
            item = QTableWidgetItem(name)
            item.setToolTip(port_text(room.port))
            self.table.setItem(row, ROLE, item)
            if self.table.cellWidget(row, IMAGE) is None:
                self.table.setCellWidget(row, IMAGE, self._made_box(row))
            self.box(row).setAccessibleName(self.tr("Scene for {role}").format(role=name))
            self._fill_box(self.box(row), self._images.address(room, number))
        self._fit_height()
        self._show_buttons()

    def _made_box(self, row: int) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(NAME_LETTERS)
        box.activated.connect(partial(self._on_chosen, row))
        return box

    def _fill_box(self, box: QComboBox, chosen: str) -> None:
        files = (self._images.address(room, number) for room, number in self._lines)
        names = {one: name_of(one) for one in files if one} | self._listed
        box.clear()
        box.addItem(self.tr("Choose a scene"), "")
        for address, name in names.items():
            box.addItem(name, address)
            box.setItemData(box.count() - 1, address, Qt.ItemDataRole.ToolTipRole)
        box.insertSeparator(box.count())
        box.addItem(self.tr("Other file…"), OTHER)
        box.setCurrentIndex(max(box.findData(chosen), 0))
        box.setToolTip(chosen or self.tr("An open scene, or a file"))

    def _fit_height(self) -> None:
        self.table.resizeRowsToContents()
        rows = range(min(len(self._lines), MOST_LINES))
        height = self.table.horizontalHeader().sizeHint().height() + 2 * self.table.frameWidth()
        self.table.setVisible(bool(rows))
        self.table.setFixedHeight(height + sum(self.table.rowHeight(row) for row in rows))

    def _fitting(self) -> dict[str, list[Role]]:
        """Return the roles that each open scene has the bands and the kind of values for."""
        fitting = {}
        for address in self._context.store.session.addresses:
            scene = self._context.scenes.scene(address)
            if scene is not None:
                ports = (room.port for room in self._images.rooms)
                fitting[address] = [port.role for port in ports if self._fits(scene, port)]
        return fitting

    def _fits(self, scene: Scene, port: BoundPort) -> bool:
        """Tell whether a scene has the bands and the kind of values of a port, on its grid."""
        first = self._first
        if port.mask_of is not None or first is None or RESTORED_TAG in scene.tags:
            return False
        wanted = port.band_count or len(first.bands), port.is_complex
        lies = port.frames == (1, 1) or not first.grid.apart(scene.grid)
        return lies and wanted == (len(scene.bands), scene.is_complex)

    def _on_chosen(self, row: int, _index: int) -> None:
        room, number = self._lines[row]
        chosen = str(self.box(row).currentData())
        addresses = [chosen]
        if chosen == OTHER:
            title = self.tr("Choose an image for '{role}'").format(role=room.port.role)
            addresses = self._context.files.open_files(title, scene_filters())
        is_new = bool(addresses) and addresses != [self._images.address(room, number)]
        if is_new:
            self._images.put(room, number, addresses)
        self._fill()
        if is_new:
            self.changed.emit()

    @Slot()
    def _on_add(self) -> None:
        rooms = self._images.growing
        if len(rooms) == 1:
            self._add_line(rooms[0])
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for room in rooms:
            menu.addAction(room.port.role).triggered.connect(partial(self._add_line, room))
        menu.popup(self.add.mapToGlobal(self.add.rect().bottomLeft()))

    def _add_line(self, room: Room, _is_on: bool = False) -> None:
        number = self._images.count(room)
        self._images.put(room, number, [""])
        self._fill()
        self.table.selectRow(self._lines.index((room, number)))
        self.changed.emit()

    @Slot()
    def _on_remove(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._lines):
            self._images.remove(*self._lines[row])
            self._fill()
            self.changed.emit()

    def _on_session(self, session: Session) -> None:
        """List the scenes that are open now."""
        listed = {layer.address: layer.name for layer in session.layers}
        if listed != self._listed:
            self._listed = listed
            self._fill()

    @Slot()
    def _show_buttons(self) -> None:
        has_choice = any(room.most != room.least for room in self._images.rooms)
        self.add.setVisible(has_choice)
        self.remove.setVisible(has_choice)
        self.add.setEnabled(bool(self._images.growing))
        self.remove.setEnabled(0 <= self.table.currentRow() < len(self._lines))


def _line_name(room: Room, number: int) -> str:
    if room.port.frames == (1, 1):
        return room.port.role
    return f"{room.port.role} {room.first + number}"
