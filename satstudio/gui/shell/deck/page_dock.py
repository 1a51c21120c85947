"""PageDock: a page torn off, to stand beside another one; PageArea: scrolls one without room."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QScrollArea, QWidget

from satstudio.gui.kit.pages.descriptor import Page

LEAST = QSize(420, 260)


class PageArea(QScrollArea):
    """What a page lies in: where there is less room than it needs it scrolls.

    So a page never makes the window larger than the user wants it.
    """

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self._page = page
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return what the page needs, and no more than any screen has."""
        return self._page.minimumSizeHint().boundedTo(LEAST)


class PageDock(QDockWidget):
    """Dragged by its title to another edge or out of the window; closing puts the page back."""

    closed = Signal(str)
    """Name of the page that goes back into the middle."""

    welcomed = Signal(object)
    """A drag that came over the page."""

    dropped = Signal(object, object)
    """A drop and the page it fell on."""

    def __init__(self, page: Page, widget: QWidget, window: QWidget) -> None:
        super().__init__(page.title, window)
        self.page = page
        self.setObjectName(f"dock_page_{page.name}")
        self.setAcceptDrops(True)
        self.setWidget(widget)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Give the page back."""
        event.accept()
        self.closed.emit(self.page.name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Welcome files where no part of the page takes them."""
        self.welcomed.emit(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Take what was dropped for this page, whichever has the keyboard."""
        self.dropped.emit(event, self.page)
