"""PageState: what one page shows, in the session; changing it is a step of undo."""

from typing import Generic, TypeVar

from satstudio.gui.kit.context import Context
from satstudio.session.page_state import page_state, with_page_state
from satstudio.session.session import Session
from satstudio.session.store import Drag

T = TypeVar("T")


class PageState(Generic[T]):
    """Reads and changes the state of one page.

    Parameters
    ----------
    name : of the page
    kind : frozen dataclass of its `state` module
    """

    def __init__(self, context: Context, name: str, kind: type[T]) -> None:
        self._store = context.store
        self._name = name
        self._kind = kind

    @property
    def now(self) -> T:
        """What the page shows."""
        return self.of(self._store.session)

    @property
    def is_kept(self) -> bool:
        """Whether the session says anything of this page."""
        return self._name in self._store.session.pages

    def of(self, session: Session) -> T:
        """Return what the page shows in a session."""
        return page_state(session, self._name, self._kind)

    def change(self, state: T, text: str, drag: Drag | None = None) -> None:
        """Show something else; `text` is what undo calls the step."""
        made = with_page_state(self._store.session, self._name, state)
        self._store.replace(made, text=text, drag=drag)

    def note(self, state: T) -> None:
        """Keep what the page shows, which nobody chose: no step of undo."""
        self._store.amend(with_page_state(self._store.session, self._name, state))
