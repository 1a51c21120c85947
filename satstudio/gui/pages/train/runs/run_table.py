"""RunTable: the runs with their figures; sorted by a click, renamed in place, several chosen."""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTableWidgetItem, QWidget

from satstudio.gui.kit.table import Cell, Table
from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.kit.widgets import duration, grouped
from satstudio.gui.pages.train.runs.checkpoints import best_figure, figure_text
from satstudio.gui.pages.train.runs.run_states import QUEUED, SIGNS, STATES
from satstudio.gui.pages.train.runs.shown_run import ShownRun

HEADS = ("Run", "State", "Step", "Time", "Left", "Best", "Note")
NAME, STATE, NOTE = 0, 1, 6
NUMBERS = (2, 3, 4, 5)
DASH = "\N{EN DASH}"
WIDEST_NOTE = 24
"""Letters of a note that the list shows; the tooltip has all of them."""


def _best_order(run: ShownRun) -> float | None:
    return best_figure(run.row.best)


ORDERS: tuple[Callable[[ShownRun], str | float | None], ...] = (
    lambda run: run.row.name.casefold(),
    lambda run: STATES.get(run.state, run.state),
    lambda run: run.figures.step,
    lambda run: run.figures.seconds,
    lambda run: run.figures.left_s,
    _best_order,
    lambda run: run.row.note.casefold() or None,
)
"""What each column is sorted by; a run without it comes last."""


class RunTable(Table):
    """Shows runs; says what the user wants of them."""

    renamed = Signal(object, str)
    """Path of a run and the name that was typed."""

    delete_asked = Signal()

    menu_asked = Signal(QPoint)
    """Where on the screen; the run there is chosen."""

    sorted_anew = Signal(str)
    """How the runs are sorted now, as `sort_by` takes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(HEADS, right=NUMBERS, parent=parent)
        self._runs: tuple[ShownRun, ...] = ()
        self._column: int | None = None
        self._is_falling = False
        self.setAccessibleName(self.tr("Training runs"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setToolTip(
            self.tr("Click to sort, again for the other way, once more for the newest first")
        )
        header.sectionClicked.connect(self._on_head)
        self.customContextMenuRequested.connect(self._on_menu)
        self.itemChanged.connect(self._on_item)

    def show_runs(self, runs: Iterable[ShownRun]) -> None:
        """Show runs, in the order that the user chose; not while a name is typed."""
        self._runs = tuple(runs)
        if self.state() == QAbstractItemView.State.EditingState:
            return
        shown = self._in_order()
        self.show_rows([run.path for run in shown], [_cells(run) for run in shown])
        for number, run in enumerate(shown):
            for column in (NAME, STATE):
                said = "\n".join(filter(None, (run.row.name, run.row.problem)))
                self.set_tip(number, column, said)
            self.set_tip(number, NOTE, run.row.note)

    def sort_by(self, text: str) -> None:
        """Sort as was kept: the head of a column, with "-" before it the largest first."""
        name = text.removeprefix("-")
        self._column = HEADS.index(name) if name in HEADS else None
        self._is_falling = text.startswith("-")
        self._show_order()

    def rename(self) -> None:
        """Let the name of the chosen run be typed in its place."""
        item = self.item(self.currentRow(), NAME)
        if self.selectedItems() and item is not None:
            self.editItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """F2 renames, Del deletes, as in file managers."""
        if event.key() == Qt.Key.Key_F2:
            self.rename()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------------ inside

    def _in_order(self) -> list[ShownRun]:
        """Return queued runs first, as they will begin; then the others as they are sorted."""
        queued = [run for run in self._runs if run.state == QUEUED]
        others = [run for run in self._runs if run.state != QUEUED]
        if self._column is None:
            return queued + others
        order = ORDERS[self._column]
        known = [run for run in others if order(run) is not None]
        known.sort(key=order, reverse=self._is_falling)  # type: ignore[arg-type]
        return queued + known + [run for run in others if order(run) is None]

    def _show_order(self) -> None:
        header = self.horizontalHeader()
        header.setSortIndicatorShown(self._column is not None)
        if self._column is not None:
            falling, rising = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
            header.setSortIndicator(self._column, falling if self._is_falling else rising)
        self.show_runs(self._runs)

    @Slot(int)
    def _on_head(self, column: int) -> None:
        """Sort numbers from the largest, texts from A; then the other way; then by age again."""
        first_falling = column in NUMBERS and HEADS[column] != "Best"
        if column != self._column:
            self._column, self._is_falling = column, first_falling
        elif self._is_falling == first_falling:
            self._is_falling = not first_falling
        else:
            self._column = None
        self._show_order()
        name = "" if self._column is None else HEADS[self._column]
        self.sorted_anew.emit(f"-{name}" if name and self._is_falling else name)

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        item = self.itemAt(place)
        if item is not None and not item.isSelected():
            self.selectRow(item.row())
        if item is not None:
            self.menu_asked.emit(self.viewport().mapToGlobal(place))

    @Slot(QTableWidgetItem)
    def _on_item(self, item: QTableWidgetItem) -> None:
        """Take a name that was typed; the list shows the old one until the run has it."""
        path: Path = self._keys[item.row()]
        name = item.text().strip()
        if item.column() == NAME and name != path.name:
            self.blockSignals(True)
            item.setText(path.name)
            self.blockSignals(False)
            self.renamed.emit(path, name)


def _cells(run: ShownRun) -> tuple[Cell, ...]:
    state, figures = run.state, run.figures
    text = STATES.get(state, state) + (f" ({run.place})" if state == QUEUED else "")
    if run.row.problem and state != "damaged":
        text += " \N{WARNING SIGN}"
    shown: Cell = (text, sign_colour(SIGNS[state])) if state in SIGNS else text
    note = " ".join(run.row.note.split())
    return (
        run.row.name,
        shown,
        grouped(figures.step) if run.has_begun else DASH,
        duration(figures.seconds if run.has_begun else None),
        duration(figures.left_s),
        figure_text(run.row.best) or DASH,
        note if len(note) <= WIDEST_NOTE else note[: WIDEST_NOTE - 1] + "…",
    )
