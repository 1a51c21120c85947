"""PageList: the pages of a window in the order of the road; which one has the keyboard."""

from collections.abc import Iterable

from PySide6.QtCore import QObject

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.descriptor import Kind, Page, Purpose


class PageList(QObject):
    """Knows the pages of one window; a context without a window has none.

    Attributes
    ----------
    pages : in the order of the road; the first is where a window starts
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.pages: tuple[Page, ...] = ()

    @classmethod
    def of(cls, context: Context) -> "PageList":
        """Return the one of this window."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)

    def fill(self, pages: Iterable[Page]) -> None:
        """Take the pages of the window."""
        self.pages = tuple(pages)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the road."""
        return tuple(page.name for page in self.pages)

    @property
    def front(self) -> Page | None:
        """The page that has the keyboard; None in a context without a window."""
        return self.find(self._context.store.session.page)

    def find(self, name: str) -> Page | None:
        """Return a page; the first one for a name that this version lacks."""
        first = next(iter(self.pages), None)
        return next((page for page in self.pages if page.name == name), first)

    def is_front(self, name: str) -> bool:
        """Tell whether a page has the keyboard; in a context without a window each one has."""
        return self.front is None or self.front.name == name

    def home(self, kind: Kind) -> Page | None:
        """Return the page for what the page in front does not take."""
        return next((page for page in self.pages if kind in page.home_of), None)

    def show(self, purpose: Purpose) -> None:
        """Bring the page to the front that serves a purpose, else the first one."""
        found = next((page for page in self.pages if purpose in page.serves), None)
        self._context.show_page(found.name if found is not None else "")
