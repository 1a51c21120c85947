"""SheetView: the contact sheet; zoomed by wheel and keys, a click rejects a patch."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.pages.patches.sheet_model import IMAGE, IS_REJECTED

SIDES = (32, 48, 64, 96, 128, 192, 256, 384, 512)
GAP = 4
USUAL = 2
DIMMED = 0.35
MOST_ASPECT = 8.0
NAMED_PX = 96
"""Patches of this side or more have their names written on them."""

GROUND, INK = QColor(0, 0, 0, 170), QColor(255, 255, 255)
LARGER, SMALLER = (Qt.Key.Key_Plus, Qt.Key.Key_Equal), (Qt.Key.Key_Minus,)
CHOSEN = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete)
Index = QModelIndex | QPersistentModelIndex


class SheetView(QListView):
    """Patches in rows that fill the width; the arrow keys move, Space rejects."""

    toggled = Signal(QModelIndex)
    zoomed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._level = USUAL
        self._aspect = 1.0
        self._hint = ""
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else it flickers
        self.setMinimumSize(120, 120)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName(self.tr("Contact sheet"))
        self.clicked.connect(self.toggled)
        self._show_level()

    @property
    def side(self) -> int:
        """Side of a patch on the screen."""
        return SIDES[self._level]

    @property
    def cell(self) -> QSize:
        """Room of a patch on the screen: wider where several images stand side by side."""
        return QSize(round(self.side * self._aspect), self.side)

    def set_aspect(self, aspect: float) -> None:
        """Set the width of a patch for its height."""
        self._aspect = min(max(aspect, 1.0), MOST_ASPECT)
        self._show_level()

    @property
    def is_largest(self) -> bool:
        """Whether it cannot be enlarged any more."""
        return self._level == len(SIDES) - 1

    @property
    def is_smallest(self) -> bool:
        """Whether more patches cannot be shown."""
        return self._level == 0

    def set_hint(self, text: str) -> None:
        """Set what stands there without patches."""
        self._hint = text
        self.viewport().update()

    @Slot()
    def zoom_in(self) -> None:
        """Enlarge the patches."""
        self._zoom(1)

    @Slot()
    def zoom_out(self) -> None:
        """Show more patches."""
        self._zoom(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom with Ctrl, else scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom, or reject the patch that the arrows have come to."""
        if event.key() in LARGER:
            self.zoom_in()
        elif event.key() in SMALLER:
            self.zoom_out()
        elif event.key() in CHOSEN and self.currentIndex().isValid():
            self.toggled.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Paint the patches, or the hint where there are none."""
        super().paintEvent(event)  # type: ignore[arg-type]
        model = self.model()
        if self._hint and (model is None or not model.rowCount()):
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(8, 8, -8, -8), int(flags), self._hint)
            painter.end()

    def _zoom(self, step: int) -> None:
        """Zoom, with what is in the middle staying there."""
        middle = self.indexAt(self.viewport().rect().center())
        self._level = min(max(self._level + step, 0), len(SIDES) - 1)
        self._show_level()
        if middle.isValid():
            self.scrollTo(middle, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.zoomed.emit()

    def _show_level(self) -> None:
        self.setIconSize(self.cell)
        self.setGridSize(self.cell + QSize(2 * GAP, 2 * GAP))


class _Delegate(QStyledItemDelegate):
    """Paints a patch; one that is rejected is dim and crossed out."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        place = option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        image = index.data(IMAGE)
        is_rejected = bool(index.data(IS_REJECTED))
        painter.save()
        if isinstance(image, QImage):
            place = _inside(place, image.size())
            painter.setOpacity(DIMMED if is_rejected else 1.0)
            painter.drawImage(place, image)
            painter.setOpacity(1.0)
        if is_rejected:
            painter.setPen(QPen(QColor(sign_colour("bad")), 2))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawLine(place.topLeft(), place.bottomRight())
            painter.drawLine(place.topRight(), place.bottomLeft())
        if place.width() >= NAMED_PX:
            _write_name(painter, place, str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(option.palette.highlight().color(), 2))
            painter.drawRect(place.adjusted(-2, -2, 1, 1))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of a cell."""
        del option, index
        view = self.parent()
        usual = QSize(SIDES[USUAL], SIDES[USUAL])
        return (view.cell if isinstance(view, SheetView) else usual) + QSize(2 * GAP, 2 * GAP)


def _write_name(painter: QPainter, place: QRect, name: str) -> None:
    """Write on a dark ground in a corner, as the legend of a picture is."""
    text = painter.fontMetrics().boundingRect(name)
    ground = QRect(place.left(), 0, text.width() + 8, text.height() + 2)
    ground.moveBottom(place.bottom())
    painter.fillRect(ground, GROUND)
    painter.setPen(INK)
    painter.drawText(ground, int(Qt.AlignmentFlag.AlignCenter), name)


def _inside(place: QRect, size: QSize) -> QRect:
    """Return the largest rectangle of a picture's shape in the middle of a place."""
    whole = QRect(place)
    whole.setSize(size.scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio))
    whole.moveCenter(place.center())
    return whole
