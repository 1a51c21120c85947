"""SampleGrid: pictures in rows, each with its seed; one is chosen by mouse or keys."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem

from satstudio.gui.sample_pictures import Pictures

SIDE = 96


class SampleGrid(QListWidget):
    """The pictures fill the width; arrow keys move from one to the next."""

    chosen = Signal(int)
    """Index of the sample."""

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setSpacing(6)
        self.setUniformItemSizes(True)
        self.setWordWrap(False)
        self.setAccessibleName(self.tr("Generated samples"))
        self.currentRowChanged.connect(self._on_row)

    def show_pictures(self, pictures: Pictures) -> None:
        """Show pictures; the chosen place stays chosen."""
        row = max(self.currentRow(), 0)
        self.blockSignals(True)
        self.clear()
        for image, seed in zip(pictures.images, pictures.samples.seeds, strict=True):
            pixmap = self._pixmap(image)
            sign = QIcon(pixmap)
            sign.addPixmap(pixmap, QIcon.Mode.Selected)  # else the choice tints the picture
            item = QListWidgetItem(sign, str(seed))
            item.setToolTip(self.tr("Seed {seed}").format(seed=seed))
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.addItem(item)
        self.blockSignals(False)
        self.setCurrentRow(min(row, self.count() - 1))

    def _pixmap(self, image: QImage) -> QPixmap:
        ratio = self.devicePixelRatioF()
        side = round(SIDE * ratio)
        mode = Qt.TransformationMode.FastTransformation
        scaled = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode)
        pixmap = QPixmap.fromImage(scaled)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if row >= 0:
            self.chosen.emit(row)
