"""CommandPalette: type some letters of what you want; actions, pages and open scenes answer."""

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.actions import ActionRegistry
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.widgets import label
from satstudio.gui.shell.palette.fuzzy import Found, found
from satstudio.gui.shell.palette.palette_rows import (
    ROW,
    PaletteDelegate,
    PaletteRow,
    ShownRow,
    row_height,
)

WIDE_CHARS = 84
LINES = 12
NOT_NOW = 4.0
"""How much worse a row counts that cannot run now."""

ELSEWHERE = 6.0
"""How much worse letters count that are found only with the name of the menu."""

STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: LINES,
    Qt.Key.Key_PageUp: -LINES,
}


class CommandPalette(QDialog):
    """A line to type into over a list of what can be done; the keyboard is enough."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setWindowTitle(self.tr("Command palette"))
        self._rows = (*action_rows(context.actions), *scene_rows(context))
        self.line = QLineEdit()
        self.line.setPlaceholderText(self.tr("Type some letters of an action, a page or a scene"))
        self.line.setAccessibleName(self.tr("Find an action, a page or a scene"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._show_rows)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("What was found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the line keeps the keyboard
        self.list.setItemDelegate(PaletteDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemClicked.connect(self._on_clicked)
        self.note = label("", "note")
        self._arrange()
        self._show_rows("")

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the rows shown, the best first."""
        return tuple(self._row(number).text for number in range(self.list.count()))

    @property
    def current(self) -> PaletteRow | None:
        """The row that Enter would run."""
        number = self.list.currentRow()
        return self._row(number) if number >= 0 else None

    def run_current(self) -> None:
        """Close and do what the chosen row says; stay, where it cannot be done now."""
        row = self.current
        if row is None or row.reason:
            return
        self.accept()
        row.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Move in the list and choose with the keys of the line."""
        if watched is self.line and isinstance(event, QKeyEvent):
            is_press = event.type() == QEvent.Type.KeyPress
            if is_press and self._take_key(Qt.Key(event.key())):
                return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Stand at the top of the window, in its middle."""
        super().showEvent(event)
        window = self.parentWidget()
        if window is not None:
            place = window.mapToGlobal(window.rect().topLeft())
            self.move(place.x() + (window.width() - self.width()) // 2, place.y() + 48)
        self.line.setFocus()

    def _take_key(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run_current()
            return True
        step, count = STEPS.get(key), self.list.count()
        if step is None or not count:
            return step is not None
        row = self.list.currentRow() + step
        is_one = abs(step) == 1
        self.list.setCurrentRow(row % count if is_one else min(max(row, 0), count - 1))
        return True

    def _row(self, number: int) -> PaletteRow:
        shown: ShownRow = self.list.item(number).data(ROW)
        return shown.row

    @Slot(str)
    def _show_rows(self, letters: str) -> None:
        ways = [(row, way) for row in self._rows if (way := _found(letters, row)) is not None]
        ways.sort(key=lambda pair: -pair[1].score)
        self.list.clear()
        for row, way in ways:
            item = QListWidgetItem(row.text)
            item.setData(ROW, ShownRow(row, way.places))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, row.spoken)
            self.list.addItem(item)
        self.list.setCurrentRow(0 if ways else -1)
        if not ways:
            self._say(self.tr("Nothing has these letters in this order"))

    @Slot()
    def _on_current(self) -> None:
        row = self.current
        if row is not None:
            self._say(self.tr("Not now: {why}").format(why=row.reason) if row.reason else row.tip)
            self.line.setAccessibleDescription(row.spoken)  # readers stay with the line

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.run_current()

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.line.setAccessibleDescription(text)

    def _arrange(self) -> None:
        frame = QFrame()
        frame.setObjectName("palette_frame")
        inner = QVBoxLayout(frame)
        for widget in (self.line, self.list, self.note):
            inner.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        metrics = self.fontMetrics()
        self.list.setFixedHeight(row_height(self.list) * LINES + 2 * self.list.frameWidth())
        self.note.setMinimumHeight(metrics.lineSpacing() * 2)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        wide = metrics.averageCharWidth() * WIDE_CHARS
        window = self.parentWidget()
        self.setFixedWidth(min(wide, window.width() - 40) if window is not None else wide)


def action_rows(actions: ActionRegistry) -> tuple[PaletteRow, ...]:
    """Return a row for each action, pages among them; the palette itself is left out."""

    def row(name: str) -> PaletteRow:
        made = actions.row(name)
        return PaletteRow(
            text=actions.plain_text(name),
            kind="Page" if name.startswith("page.") else made.menu or "View",
            run=partial(actions.trigger, name),
            icon=made.icon,
            keys=actions.shown_keys(name),
            reason=actions.reason(name),
            tip=made.tip,
        )

    return tuple(row(made.id) for made in actions.rows() if made.id != "tools.palette")


def scene_rows(context: Context) -> tuple[PaletteRow, ...]:
    """Return a row for each open scene; it brings the scene to the front."""
    store = context.store

    def show(address: str) -> None:
        if address in store.session.addresses:
            store.replace(store.session.activated(store.session.addresses.index(address)))
            PageList.of(context).show("look")

    def row(address: str, name: str) -> PaletteRow:
        return PaletteRow(name, "Scene", partial(show, address), "image", tip=address)

    return tuple(row(layer.address, layer.name) for layer in store.session.layers)


def _found(letters: str, row: PaletteRow) -> Found | None:
    """Return how well a row answers: by its text, else by menu and text."""
    way = found(letters, row.text)
    if way is None:
        both = found(letters, f"{row.kind} {row.text}")
        is_named = both is not None and both.places[0] == 0
        way = Found(both.score - ELSEWHERE) if both is not None and is_named else None
    if way is not None and row.reason:
        return Found(way.score - NOT_NOW, way.places)
    return way
