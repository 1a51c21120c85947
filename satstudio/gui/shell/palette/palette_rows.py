"""PaletteRow and how it is painted: icon, text with the found letters, menu or reason, keys."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from satstudio.gui.kit.icons import icon

ROW = Qt.ItemDataRole.UserRole
GAP = 8
HIGHER = 10
AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PaletteRow:
    """One thing that the palette can do.

    Attributes
    ----------
    text : what it is called; letters are found in it
    kind : name of the menu, "Page" or "Scene"
    reason : why it cannot be done now; "" where it can
    """

    text: str
    kind: str
    run: Callable[[], object]
    icon: str = ""
    keys: str = ""
    reason: str = ""
    tip: str = ""

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        why = f"not now: {self.reason}" if self.reason else ""
        return ", ".join(part for part in (self.text, self.kind, self.keys, why) if part)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row and the places in its text where the letters were found."""

    row: PaletteRow
    places: tuple[int, ...] = ()


def row_height(widget: QWidget) -> int:
    """Return the height of a row."""
    return widget.fontMetrics().lineSpacing() + HIGHER


class PaletteDelegate(QStyledItemDelegate):
    """Paints the rows in the palette's own colours."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: N802
        """All rows are equally high."""
        return QSize(0, option.fontMetrics.lineSpacing() + HIGHER)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint one row."""
        shown: ShownRow = index.data(ROW)
        row = shown.row
        state, palette, box = option.state, option.palette, option.rect
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        group = QPalette.ColorGroup.Disabled if row.reason else QPalette.ColorGroup.Active
        painter.save()
        if is_chosen:
            painter.fillRect(box, palette.color(group, QPalette.ColorRole.Highlight))
        role = QPalette.ColorRole.HighlightedText if is_chosen else QPalette.ColorRole.Text
        ink = palette.color(QPalette.ColorGroup.Active if is_chosen else group, role)
        faint = ink if is_chosen else palette.color(QPalette.ColorRole.PlaceholderText)
        inside = box.adjusted(GAP, 0, -GAP, 0)
        if row.icon:
            icon(row.icon, ink).paint(painter, QRect(inside.left(), inside.top(), 16, box.height()))
        inside.setLeft(inside.left() + 16 + GAP)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(faint)
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | middle, row.keys)
        keys = painter.fontMetrics().horizontalAdvance(row.keys)
        inside.setRight(inside.right() - keys - (2 * GAP if keys else 0))
        painter.setPen(ink)
        used = _draw_letters(painter, inside, shown)
        rest = inside.adjusted(round(used) + 2 * GAP, 0, 0, 0)
        painter.setPen(faint)
        second = f"{row.kind}: {row.reason}" if row.reason else row.kind
        elided = painter.fontMetrics().elidedText(
            second, Qt.TextElideMode.ElideRight, max(rest.width(), 0)
        )
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | middle, elided)
        painter.restore()


def _draw_letters(painter: QPainter, box: QRect, shown: ShownRow) -> float:
    """Draw the text with the found letters bold; returns its width."""
    text = painter.fontMetrics().elidedText(
        shown.row.text, Qt.TextElideMode.ElideMiddle, max(box.width(), 0)
    )
    layout = QTextLayout(text, painter.font())
    if text == shown.row.text:
        layout.setFormats([_bold(place) for place in shown.places])
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(10_000)
    layout.endLayout()
    top = box.top() + (box.height() - line.height()) / 2
    layout.draw(painter, QPointF(box.left(), top))
    return line.naturalTextWidth()


def _bold(place: int) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length = place, 1
    look = QTextCharFormat()
    look.setFontWeight(QFont.Weight.Bold)
    look.setFontUnderline(True)
    made.format = look
    return made
