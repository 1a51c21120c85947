"""QueueBar: earlier, later, at once, or not at all: what can be done with a run that waits."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from satstudio.gui.kit.widgets import Button, label


class QueueBar(QWidget):
    """Stands in the place of a run's buttons while it waits; hidden otherwise."""

    moved = Signal(int)
    """By how many places."""

    started = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.place = label("")
        self.earlier = Button(
            self.tr("Earlier"), "arrow-up", self.tr("Train it before the one above")
        )
        self.later = Button(self.tr("Later"), "arrow-down", self.tr("Train it after the one below"))
        self.start = Button(
            self.tr("Start now"), "play", self.tr("Do not wait: train beside what runs")
        )
        self.remove = Button(
            self.tr("Take off the queue"), "x", self.tr("Do not train it; Undo puts it back")
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.place, self.earlier, self.later, self.start, self.remove):
            row.addWidget(part)
        row.addStretch(1)
        self.earlier.clicked.connect(self._on_earlier)
        self.later.clicked.connect(self._on_later)
        self.start.clicked.connect(self.started)
        self.remove.clicked.connect(self.removed)
        self._count = 0
        self.hide()

    def show_count(self, count: int) -> None:
        """Say how many runs wait."""
        self._count = count

    def show_place(self, place: int) -> None:
        """Show the place of the run in the queue, 1 is the next; 0 hides the bar."""
        self.setVisible(place > 0)
        self.place.setText(
            self.tr("{place} of {count} in the queue").format(place=place, count=self._count)
        )
        self.earlier.setEnabled(place > 1)
        self.later.setEnabled(0 < place < self._count)

    @Slot()
    def _on_earlier(self) -> None:
        self.moved.emit(-1)

    @Slot()
    def _on_later(self) -> None:
        self.moved.emit(1)
