"""SheetModel: the cells of a contact sheet; pictures are drawn off the GUI thread when seen."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import QImage

from satstudio.gui.kit.context import Context
from satstudio.gui.pages.patches.sheet_source import Cell, SheetSource
from satstudio.patches.manifest import SPLITS
from satstudio.patches.rejected import Rejected

IMAGE, IS_REJECTED = Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.UserRole
AT_ONCE = 48
"""Pictures that are drawn in one go."""

MOST_KEPT = 4000
NOWHERE = QModelIndex()
Index = QModelIndex | QPersistentModelIndex
Part = Literal["all", "train", "validation", "test", "rejected"]


class SheetModel(QAbstractListModel):
    """Lists all patches of a set, or those of a part."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._source: SheetSource | None = None
        self._rejected = Rejected()
        self._part: Part = "all"
        self._rows: list[int] = []
        self._places: dict[int, int] = {}
        self._images: dict[int, QImage] = {}
        self._missing: dict[int, None] = {}
        self._is_drawing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._draw)

    @property
    def source(self) -> SheetSource | None:
        """The set that is shown."""
        return self._source

    @property
    def rejected(self) -> Rejected:
        """What is rejected of it."""
        return self._rejected

    def show_source(self, source: SheetSource | None, rejected: Rejected, part: Part) -> None:
        """Show a set, or a part of it."""
        is_other = source is not self._source
        self.beginResetModel()
        self._source, self._rejected, self._part = source, rejected, part
        if is_other:
            self._images.clear()
        self._missing.clear()
        self._rows = [row for row, cell in enumerate(self._cells()) if self._is_in_part(cell)]
        self._places = {row: place for place, row in enumerate(self._rows)}
        self.endResetModel()

    def show_rejected(self, rejected: Rejected) -> None:
        """Show other patches as rejected; of the rejected part, those that were stay listed."""
        before, self._rejected = self._rejected, rejected
        changed = {split: before.of(split) ^ rejected.of(split) for split in SPLITS}
        self._tell(
            row for row, cell in enumerate(self._cells()) if cell.number in changed[cell.split]
        )

    def cell(self, index: Index) -> Cell | None:
        """Return the patch of a place."""
        if not index.isValid() or self._source is None:
            return None
        return self._source.cells[self._rows[index.row()]]

    def index_of(self, name: str) -> QModelIndex:
        """Return the place of a patch by its name, as `train/12`."""
        cells = self._cells()
        found = [row for row, cell in enumerate(self._rows) if cells[cell].name == name]
        return self.index(found[0]) if found else QModelIndex()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Return how many patches are listed."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's
        """Return picture, name and tooltip of a patch, and whether it is rejected."""
        cell = self.cell(index)
        if cell is None or self._source is None:
            return None
        if role == IMAGE:
            return self._image(self._rows[index.row()])
        if role == IS_REJECTED:
            return cell.number in self._rejected.of(cell.split)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return cell.name
        return self._tip(cell) if role == Qt.ItemDataRole.ToolTipRole else None

    # ------------------------------------------------------------------ inside

    def _tell(self, rows: Iterable[int]) -> None:
        """Say that cells look otherwise; one by one, as a view goes through all between two."""
        for row in rows:
            if row in self._places:
                place = self.index(self._places[row])
                self.dataChanged.emit(place, place)

    def _cells(self) -> Sequence[Cell]:
        return self._source.cells if self._source is not None else ()

    def _is_in_part(self, cell: Cell) -> bool:
        if self._part in SPLITS:
            return cell.split == self._part
        return self._part == "all" or cell.number in self._rejected.of(cell.split)

    def _tip(self, cell: Cell) -> str:
        told = self._source.told(cell) if self._source is not None else cell.name
        is_rejected = cell.number in self._rejected.of(cell.split)
        text = self.tr("{patch}\nA click rejects it")
        if is_rejected:
            text = self.tr("{patch}\nRejected: nothing learns from it. A click takes it back")
        return text.format(patch=told)

    def _image(self, row: int) -> QImage | None:
        if row not in self._images:
            self._missing[row] = None
            self._timer.start()
        return self._images.get(row)

    @Slot()
    def _draw(self) -> None:
        """Ask for what was looked at and is not there; the last ones first."""
        if self._is_drawing or self._source is None or not self._missing:
            return
        wanted = sorted(list(self._missing)[-AT_ONCE:])
        self._missing.clear()  # what is still seen is asked for again
        self._is_drawing = True
        call = partial(_drawn, self._source, wanted)
        self._context.scenes.background_calls.ask(call, self._on_drawn, self._on_failed)

    @Slot(object)
    def _on_drawn(self, found: tuple[SheetSource, list[tuple[int, QImage]]]) -> None:
        self._is_drawing = False
        source, images = found
        if source is self._source:
            while len(self._images) > MOST_KEPT:
                del self._images[next(iter(self._images))]
            self._images |= dict(images)
            self._tell(row for row, _ in images)
        self._timer.start()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._is_drawing = False
        self._context.notify(str(error), "error")


def _drawn(source: SheetSource, rows: list[int]) -> tuple[SheetSource, list[tuple[int, QImage]]]:
    return source, source.draw(rows)
