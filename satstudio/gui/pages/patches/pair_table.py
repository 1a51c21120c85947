"""PairTable: scenes that are cut beside those that are ticked, each with its role."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import Button
from satstudio.patches.pair_text import PROPOSED_ROLES, pair_text, role_problem
from satstudio.session.session import Session

SCENE, ROLE = 0, 1
LINES = 4
ROLE_LETTERS = 18


class PairTable(QWidget):
    """A line a scene: which one, and its role in the patch set."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels([self.tr("Scene beside"), self.tr("Role")])
        self.table.setAccessibleName(self.tr("Scenes beside, with their roles"))
        self.table.setToolTip(
            self.tr(
                "The same ground is cut of these scenes, too; their pixels may be of another size. "
                "Several lines of one role, or a stack, are a series of dates"
            )
        )
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().setVisible(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(SCENE, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(ROLE, self.fontMetrics().averageCharWidth() * ROLE_LETTERS)
        self.add = Button(
            self.tr("Add"), "plus", self.tr("Cut the same ground of another open scene, too")
        )
        self.remove = Button(self.tr("Remove"), "x", self.tr("Take the chosen line away"))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.add)
        row.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addLayout(row)
        self.add.clicked.connect(self.add_line)
        self.remove.clicked.connect(self.remove_line)
        self.table.itemSelectionChanged.connect(self._show_state)
        context.store.subscribe(self._show_scenes)
        self._show_state()

    @property
    def pairs(self) -> list[str]:
        """ROLE=SCENE of every line that says both."""
        lines = (self._line(row) for row in range(self.table.rowCount()))
        return [pair_text(role, address) for address, role in lines if address]

    @property
    def addresses(self) -> list[str]:
        """Scenes that stand in the table."""
        return [self._line(row)[0] for row in range(self.table.rowCount())]

    def problem(self, own: str) -> str:
        """Return what is wrong with the roles, as a sentence; `own` is that of the scenes."""
        roles = [self._line(row)[1] for row in range(self.table.rowCount())]
        return next(filter(None, (role_problem(role, own) for role in roles)), "")

    def scene_box(self, row: int) -> QComboBox:
        """Return the list of scenes of a line."""
        box = self.table.cellWidget(row, SCENE)
        if not isinstance(box, QComboBox):
            raise IndexError(row)
        return box

    def role_edit(self, row: int) -> QLineEdit:
        """Return the role of a line."""
        edit = self.table.cellWidget(row, ROLE)
        if not isinstance(edit, QLineEdit):
            raise IndexError(row)
        return edit

    @Slot()
    def add_line(self) -> None:
        """Add a line with the last open scene that no line has yet, and the next usual role."""
        row = self.table.rowCount()
        taken = [self._line(line) for line in range(row)]
        addresses = list(self._context.store.session.addresses)
        free = [one for one in addresses if one not in [address for address, _ in taken]]
        roles = [role for _, role in taken]
        role = next((one for one in PROPOSED_ROLES if one not in roles), PROPOSED_ROLES[0])
        self.table.insertRow(row)
        box = QComboBox()
        box.setAccessibleName(self.tr("Scene beside"))
        self._fill(box, free[-1] if free else "")
        edit = QLineEdit(role)
        edit.setAccessibleName(self.tr("Role"))
        box.currentIndexChanged.connect(self.changed)
        edit.textChanged.connect(self.changed)
        self.table.setCellWidget(row, SCENE, box)
        self.table.setCellWidget(row, ROLE, edit)
        self.table.resizeRowsToContents()
        self.table.selectRow(row)
        self._show_state()
        self.changed.emit()

    @Slot()
    def remove_line(self) -> None:
        """Take the chosen line away."""
        row = self.table.currentRow()
        if row >= 0:
            self.table.removeRow(row)
            self._show_state()
            self.changed.emit()

    def _line(self, row: int) -> tuple[str, str]:
        return str(self.scene_box(row).currentData() or ""), self.role_edit(row).text().strip()

    def _fill(self, box: QComboBox, chosen: str) -> None:
        box.blockSignals(True)
        box.clear()
        for layer in self._context.store.session.layers:
            box.addItem(layer.name, layer.address)
        box.setCurrentIndex(box.findData(chosen))
        box.blockSignals(False)

    def _show_scenes(self, _session: Session) -> None:
        before = self.pairs
        for row in range(self.table.rowCount()):
            box = self.scene_box(row)
            self._fill(box, str(box.currentData() or ""))
        self._show_state()
        if self.pairs != before:
            self.changed.emit()

    def _show_state(self) -> None:
        rows = self.table.rowCount()
        lines = sum(self.table.rowHeight(row) for row in range(min(rows, LINES)))
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + lines + 2 * self.table.frameWidth())
        self.table.setVisible(rows > 0)
        self.add.setEnabled(len(self._context.store.session.layers) > 1)
        self.remove.setEnabled(bool(self.table.selectedItems()) or self.table.currentRow() >= 0)
