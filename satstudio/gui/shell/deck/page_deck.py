"""PageDeck: where each page stands: one in the middle, any others torn off beside it."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.descriptor import Page
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.widgets import PageStack
from satstudio.gui.shell.deck.page_dock import PageArea, PageDock
from satstudio.gui.shell.docks import Docks
from satstudio.session.session import Session

LAST = "it is the only page in the middle of the window"


class PageDeck(QObject):
    """Makes pages at first use, shows them, tears them off and puts them back.

    The page that has the keyboard is the session's `page`: shortcuts go to it, and it follows the
    focus from one visible page to another.

    Attributes
    ----------
    stack : the middle of the window
    made : the pages that were shown so far, by name
    """

    arrived = Signal(str, QWidget)
    """A page was made."""

    welcomed = Signal(object)
    dropped = Signal(object, object)
    """A drag over a page that is torn off; a drop, and the page it fell on."""

    def __init__(self, window: QMainWindow, context: Context, empty: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._context = context
        self._empty = empty
        self._docks: Docks | None = None
        self._firsts: dict[str, QWidget | None] = {}
        self._middle = ""
        self.pages = PageList.of(context)
        self.stack = PageStack()
        self.stack.addWidget(empty)
        self.made: dict[str, QWidget] = {}
        self._areas: dict[str, PageArea] = {}
        self.torn: dict[str, PageDock] = {}

    def attach(self, docks: Docks) -> None:
        """Take the panels that stand beside some pages; follow session and keyboard from now on."""
        self._docks = docks
        self._middle = self.pages.names[0]
        self._context.store.subscribe(self._on_session)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    @property
    def front(self) -> Page:
        """The page that has the keyboard."""
        return self.pages.front or self.pages.pages[0]

    def widget(self, name: str) -> QWidget:
        """Return a page; imported and made at first use."""
        if name not in self.made:
            page = self.pages.find(name)
            if page is None or page.name != name:
                raise KeyError(name)
            made = page.make(self._context)
            self._firsts[name] = made.focusProxy()
            made.setFocusProxy(None)  # type: ignore[arg-type] # Qt takes it; see show
            self.made[name] = made
            self._areas[name] = PageArea(made)
            self.stack.addWidget(self._areas[name])
            self.arrived.emit(name, made)
        return self.made[name]

    def is_shown(self, name: str) -> bool:
        """Tell whether a page stands in the middle or beside it."""
        return name in self.torn or name == self._middle

    def show(self, name: str) -> None:
        """Give a page the keyboard; the first one for a name of another version's session."""
        page = self.pages.find(name) or self.front
        if page.name in self.torn:
            self.torn[page.name].show()
            self.torn[page.name].raise_()
        else:
            self._middle = page.name
        self.show_middle()
        self._give_focus(page.name)
        self._context.store.change(page=page.name)
        self._context.actions.refresh()

    def _give_focus(self, name: str) -> None:
        """Let one-key actions of a page work without a click; it is no proxy for good.

        With one, Tab would pass by what stands before it.
        """
        widget, first = self.made.get(name), self._firsts.get(name)
        if widget is None or widget.isHidden():
            return
        if first is not None:
            first.setFocus()
        if self._page_of(QApplication.focusWidget()) not in (None, name):
            widget.setFocus()  # else the keyboard would stay in another page that is seen

    def show_middle(self) -> None:
        """Show the page in the middle, or how to open a scene where it needs one."""
        page = self.pages.find(self._middle) or self.front
        has_scene = self._context.store.session.layer is not None
        is_empty = page.needs_scene and not has_scene
        if not is_empty:
            self.widget(page.name)
        widget = self._empty if is_empty else self._areas[page.name]
        shown = [page, *(dock.page for dock in self.torn.values())]
        wants = any(one.has_scene_panels and (has_scene or not one.needs_scene) for one in shown)
        if self._docks is not None:
            self._docks.show_for(has_scene=wants)  # first: two wide ones widen the window
        self.stack.setCurrentWidget(widget)

    # ------------------------------------------------------------------ side by side

    def why_not(self, name: str) -> str:
        """Return why a page cannot be torn off, "" where it can, or is."""
        is_last = len(self.pages.pages) - len(self.torn) < 2
        return LAST if name not in self.torn and is_last else ""

    def toggle(self, name: str) -> None:
        """Tear a page off, or put it back."""
        if name in self.torn:
            self.put_back(name)
        elif not self.why_not(name):
            self.tear_off(name)
            self.show(name)

    def tear_off(self, name: str) -> None:
        """Let a page stand beside the others, at the left edge until it is dragged elsewhere."""
        page = self.pages.find(name)
        if page is None or name in self.torn or self.why_not(name):
            return
        self.widget(name)
        if name == self._middle:
            self._middle = next(n for n in self._by_nearness(name) if n not in self.torn)
        area = self._areas[name]
        dock = PageDock(page, area, self._window)
        dock.closed.connect(self.put_back)
        dock.welcomed.connect(self.welcomed)
        dock.dropped.connect(self.dropped)
        self.torn[name] = dock
        edge = Qt.DockWidgetArea.LeftDockWidgetArea
        self._window.addDockWidget(edge, dock, Qt.Orientation.Horizontal)
        area.show()
        self.show_middle()
        half = self.stack.width() // 2
        self._window.resizeDocks([dock], [half], Qt.Orientation.Horizontal)

    @Slot(str)
    def put_back(self, name: str) -> None:
        """Let a page stand in the middle again."""
        dock = self.torn.pop(name, None)
        if dock is None:
            return
        self.stack.addWidget(self._areas[name])
        self._window.removeDockWidget(dock)
        dock.deleteLater()
        self.show(name)

    def put_all_back(self) -> None:
        """Let no page stand beside the one in the middle."""
        for name in tuple(self.torn):
            self.put_back(name)

    def _by_nearness(self, name: str) -> list[str]:
        """Return the other pages, the next on the road first."""
        names = self.pages.names
        place = names.index(name)
        return [*names[place + 1 :], *names[:place]]

    # ------------------------------------------------------------------ what happens

    @Slot()
    def _on_focus(self) -> None:
        """Let the page be in front in which the keyboard is; the signal's widgets may be gone."""
        name = self._page_of(QApplication.focusWidget())
        if name is not None and self.is_shown(name) and name != self.front.name:
            self._context.store.change(page=name)
            self._context.actions.refresh()

    def _page_of(self, widget: QWidget | None) -> str | None:
        """Return the page that a widget stands in."""
        pages = {page: name for name, page in self.made.items()}
        while widget is not None and widget not in pages:
            widget = widget.parentWidget()
        return pages.get(widget) if widget is not None else None

    def _on_session(self, session: Session) -> None:
        """Follow undo to the page whose choice it took back."""
        page = self.pages.find(session.page)
        if page is not None and not self.is_shown(page.name):
            self.show(page.name)
