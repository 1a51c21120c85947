"""SampleGrid: pictures in rows, each with its title; one is chosen by mouse or keys."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem

SIDE, LEAST_SIDE = 96, 24
GAP = 6
TEXT_LINES = 1.6


class SampleGrid(QListWidget):
    """The pictures fill the width; arrow keys move from one to the next."""

    chosen = Signal(int)
    """Index of the sample."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: int | None = None
        self._images: tuple[QImage, ...] = ()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else it flickers
        self.setIconSize(QSize(SIDE, SIDE))
        self.setSpacing(GAP)
        self.setUniformItemSizes(True)
        self.setWordWrap(False)
        self.setAccessibleName(self.tr("Generated samples"))
        self.currentRowChanged.connect(self._on_row)

    def show_images(
        self,
        images: Sequence[QImage],
        titles: Sequence[str],
        tips: Sequence[str],
        columns: int | None = None,
    ) -> None:
        """Show pictures; the chosen place stays chosen.

        Parameters
        ----------
        columns : as many in each row, however narrow; None: as many as there is room for
        """
        row = max(self.currentRow(), 0)
        self._images, self._columns = tuple(images), columns
        was_blocked = self.blockSignals(True)
        self.clear()
        for title, tip in zip(titles, tips, strict=True):
            item = QListWidgetItem(title)
            item.setToolTip(tip)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.addItem(item)
        self._lay_out()
        self.blockSignals(was_blocked)
        self.setCurrentRow(min(row, self.count() - 1))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the columns."""
        super().resizeEvent(event)
        if self._columns is not None:
            self._lay_out()

    def _lay_out(self) -> None:
        side = SIDE
        if self._columns is not None:
            bar = self.verticalScrollBar().sizeHint().width()
            room = self.width() - bar - 2 * self.frameWidth() - 2 * GAP
            side = min(max(room // self._columns - 3 * GAP, LEAST_SIDE), SIDE)
            cell = QSize(side + 2 * GAP, side + round(self.fontMetrics().height() * TEXT_LINES))
            self.setGridSize(cell)
            wide = self._columns * cell.width() + GAP
            self.setViewportMargins(0, 0, max(room + 2 * GAP - wide, 0), 0)
        else:
            self.setGridSize(QSize())
            self.setViewportMargins(0, 0, 0, 0)
        self.setIconSize(QSize(side, side))
        for row, image in enumerate(self._images):
            pixmap = self._pixmap(image, side)
            sign = QIcon(pixmap)
            sign.addPixmap(pixmap, QIcon.Mode.Selected)  # else the choice tints the picture
            self.item(row).setIcon(sign)

    def _pixmap(self, image: QImage, side: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        wide = round(side * ratio)
        mode = Qt.TransformationMode.FastTransformation
        scaled = image.scaled(wide, wide, Qt.AspectRatioMode.KeepAspectRatio, mode)
        pixmap = QPixmap.fromImage(scaled)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if row >= 0:
            self.chosen.emit(row)
