"""MessageCorner: messages over the lower right corner of the pages, which stay where they are."""

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

MOST_CHARS = 84
SHARE = 0.8
"""Of the width below."""

MARGIN_PX = 10
FOLLOWED = (
    QEvent.Type.Resize,
    QEvent.Type.ShowToParent,
    QEvent.Type.HideToParent,
    QEvent.Type.LayoutRequest,
)


class MessageCorner(QWidget):
    """Lies over a widget as wide as a message wants to be, and no higher than what it holds.

    A bar in the layout would move the buttons under the mouse when it comes and goes.
    """

    def __init__(self, below: QWidget, *bars: QWidget) -> None:
        super().__init__(below)
        self._below = below
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for bar in bars:
            column.addWidget(bar)
            bar.installEventFilter(self)
        below.installEventFilter(self)
        self._bars = bars
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the widget below, and the messages."""
        if event.type() in FOLLOWED:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        is_used = any(not bar.isHidden() for bar in self._bars)
        self.setVisible(is_used)
        if not is_used:
            return
        area = self._below.size()
        most = self.fontMetrics().averageCharWidth() * MOST_CHARS
        wide = min(most, round(area.width() * SHARE), area.width() - 2 * MARGIN_PX)
        column = self.layout()
        high = wide
        if column is not None:
            column.activate()
            high = max(column.totalHeightForWidth(wide), column.minimumSize().height())
        size = QSize(wide, min(high, area.height() - 2 * MARGIN_PX))
        self.setGeometry(
            area.width() - size.width() - MARGIN_PX,
            area.height() - size.height() - MARGIN_PX,
            size.width(),
            size.height(),
        )
        self.raise_()
