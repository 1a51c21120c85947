"""WindowLayout: place of the window, its docks and the dividers of its pages, between starts."""

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from satstudio.core.paths import state_folder
from satstudio.gui.shell.deck.page_deck import PageDeck
from satstudio.gui.shell.docks import Docks

LAYOUT_VERSION = 2
"""Raised when the default layout changes; older saved layouts are then left aside."""

FIRST_SIZE = (1360, 860)


class WindowLayout:
    """Saves and restores; what is damaged or of another version gives the first layout."""

    def __init__(self, window: QMainWindow, docks: Docks, deck: PageDeck) -> None:
        self._window = window
        self._docks = docks
        self._deck = deck
        self._pages: dict[str, QWidget] = {}
        deck.arrived.connect(self.add_page)

    def settings(self) -> QSettings:
        """Return the file of what the window remembers by itself."""
        return QSettings(str(state_folder() / "window.ini"), QSettings.Format.IniFormat)

    def add_page(self, name: str, page: QWidget) -> None:
        """Put the dividers of a page where they were."""
        self._pages[name] = page
        settings = self.settings()
        for key, splitter in _dividers(name, page).items():
            state = settings.value(key)
            if isinstance(state, QByteArray):
                splitter.restoreState(state)

    def save(self) -> None:
        """Write everything; for the end."""
        settings = self.settings()
        settings.setValue("geometry", self._window.saveGeometry())
        settings.setValue("layout", self._docks.save(LAYOUT_VERSION))
        settings.setValue("torn_pages", " ".join(self._deck.torn))
        for name, page in self._pages.items():
            for key, splitter in _dividers(name, page).items():
                settings.setValue(key, splitter.saveState())

    def restore(self) -> None:
        """Put window and docks where they were, or where they belong at first."""
        window, settings = self._window, self.settings()
        window.resize(*FIRST_SIZE)
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            window.resize(window.size().boundedTo(screen.availableGeometry().size() * 0.95))
        self._docks.arrange()
        for name in str(settings.value("torn_pages", "")).split():
            if name in self._deck.pages.names:
                self._deck.tear_off(name)  # its dock is there before the layout places it
        geometry, layout = settings.value("geometry"), settings.value("layout")
        if isinstance(geometry, QByteArray) and window.restoreGeometry(geometry):
            self.come_on_screen()
        is_known = isinstance(layout, QByteArray)
        if not is_known or not self._docks.restore(layout, LAYOUT_VERSION):
            self._docks.arrange()

    def come_on_screen(self) -> None:
        """Be no larger than the screen; move to the first one where the title bar lies on none."""
        screen = self._window.screen()
        if not self._window.isMaximized() and not self._window.isFullScreen():
            self._window.resize(self._window.size().boundedTo(screen.availableGeometry().size()))
        title = self._window.frameGeometry().adjusted(40, 0, -40, 0)
        title.setHeight(30)
        screens = QGuiApplication.screens()
        if screens and not any(item.availableGeometry().intersects(title) for item in screens):
            self._window.move(screens[0].availableGeometry().topLeft())


def _dividers(name: str, page: QWidget) -> dict[str, QSplitter]:
    """Return the splitters of a page by a name that holds as long as their number does."""
    found = page.findChildren(QSplitter)
    return {f"dividers/{name}/{len(found)}/{at}": each for at, each in enumerate(found)}
