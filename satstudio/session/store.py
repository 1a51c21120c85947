"""Store: holds the session; change it, subscribe to it, undo and redo."""

import inspect
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from satstudio.session.session import Session

Listener = Callable[[Session], None]
MERGE_S = 1.0
MOST_STEPS = 200
NOT_UNDONE = frozenset({"viewport", "page", "active"})
"""Fields that say where one looks; they change without a step of undo."""


@dataclass(frozen=True, slots=True)
class Drag:
    """Marks changes that follow each other, as those of a slider: together one step of undo.

    Attributes
    ----------
    what : what is dragged, as "gamma"
    press : number of the mouse's press, which holds them together however long it lasts;
        0 = keys or wheel, where a second without a change ends the step
    """

    what: str
    press: int = 0


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done to files, and how it is taken back and done again.

    Attributes
    ----------
    undo, redo : tell the user themselves where they fail
    page : that shows it
    """

    undo: Callable[[], object]
    redo: Callable[[], object]
    page: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """A session to go back to, and what the change after it was called."""

    session: Session
    text: str
    drag: Drag | None = None
    time_s: float = float("-inf")
    deed: Deed | None = None


class Store:
    """One session changes, all listeners are told.

    Parameters
    ----------
    session : where to start
    clock : seconds that only grow; for tests
    """

    def __init__(
        self, session: Session | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session if session is not None else Session()
        self._clock = clock
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._listeners: list[Callable[[], Listener | None]] = []

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self._session

    @property
    def undo_text(self) -> str:
        """What undo would take back; empty where nothing."""
        return self._done[-1].text if self._done else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again; empty where nothing."""
        return self._undone[-1].text if self._undone else ""

    def change(
        self,
        *,
        text: str = "",
        drag: Drag | None = None,
        **fields: Any,  # noqa: ANN401 - any field's value
    ) -> None:
        """Set fields of the session, as `change(crop=window, text="Crop")`.

        A change that changes nothing tells nobody. Changes of one drag are one step of undo; so
        are changes with the same text less than a second apart, as the arrows of a number field
        make them.
        """
        self.replace(replace(self._session, **fields), text=text, drag=drag)

    def replace(self, session: Session, *, text: str = "", drag: Drag | None = None) -> None:
        """Set a whole session, as `replace(store.session.opened(path), text="Open")`."""
        changed = _differing(self._session, session)
        if not changed:
            return
        if not changed <= NOT_UNDONE:
            what = text or ", ".join(sorted(changed - NOT_UNDONE))
            self._remember(what, drag)
        self._session = session
        self._tell()

    def amend(self, session: Session) -> None:
        """Set a session without a step of undo: something is noted, nothing was chosen."""
        if _differing(self._session, session):
            self._session = session
            self._tell()

    def did(self, deed: Deed, text: str) -> None:
        """Make something that was done to files a step of undo, called `text`."""
        self._done.append(_Step(self._session, text, deed=deed))
        del self._done[:-MOST_STEPS]
        self._undone.clear()
        self._tell()

    def reset(self, session: Session) -> None:
        """Start from a session without a past (a restored or new one)."""
        self._done.clear()
        self._undone.clear()
        self._session = session
        self._tell()

    def undo(self) -> None:
        """Go one step back; where one looks stays, as far as the layers allow.

        A step that changed nothing but what one page shows leads to that page.
        """
        self._travel(self._done, self._undone)

    def redo(self) -> None:
        """Go one step forward again."""
        self._travel(self._undone, self._done)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(session)` after each change; returns a function that ends this.

        A bound method is held weakly: a closed widget hears no more. Anything else is held.
        """
        held = _held(listener)
        self._listeners.append(held)

        def unsubscribe() -> None:
            if held in self._listeners:
                self._listeners.remove(held)

        return unsubscribe

    def _remember(self, text: str, drag: Drag | None) -> None:
        """Keep a step to go back; what follows in one drag joins it."""
        now = self._clock()
        last = self._done[-1] if self._done else None
        before = self._session
        step = _Step(before, text, drag, now)
        if last is not None and _is_one(last, step):
            step = replace(step, session=self._done.pop().session)
        self._done.append(step)
        del self._done[:-MOST_STEPS]
        self._undone.clear()

    def _travel(self, source: list[_Step], target: list[_Step]) -> None:
        if not source:
            return
        step = source.pop()
        target.append(_Step(self._session, step.text, deed=step.deed))
        if step.deed is not None:
            self._session = replace(self._session, page=step.deed.page or self._session.page)
            (step.deed.undo if source is self._done else step.deed.redo)()
            self._tell()
            return
        session = step.session
        if session.layers == self._session.layers or session.layer == self._session.layer:
            session = replace(session, viewport=self._session.viewport)
        self._session = replace(session, page=_page_of(self._session, session))
        self._tell()

    def _tell(self) -> None:
        for held in tuple(self._listeners):
            listener = held()
            if listener is None:
                if held in self._listeners:
                    self._listeners.remove(held)
            else:
                listener(self._session)  # the newest, also where a listener changed it


def _is_one(last: _Step, step: _Step) -> bool:
    """Tell whether two steps that follow each other are one; opening and closing never are."""
    if last.session.addresses != step.session.addresses or last.drag != step.drag:
        return False
    if last.deed is not None:
        return False
    if step.drag is not None and step.drag.press:
        return True
    is_same = step.drag is not None or last.text == step.text
    return is_same and step.time_s - last.time_s < MERGE_S


def _page_of(now: Session, then: Session) -> str:
    """Return the page that alone shows something else, or the one where one is."""
    if _differing(now, then) - NOT_UNDONE == {"pages"}:
        names = {*now.pages, *then.pages}
        changed = [name for name in names if now.pages.get(name) != then.pages.get(name)]
        if len(changed) == 1:
            return changed[0]
    return now.page


def _differing(first: Session, second: Session) -> frozenset[str]:
    names = Session.__dataclass_fields__
    return frozenset(name for name in names if getattr(first, name) != getattr(second, name))


def _held(listener: Listener) -> Callable[[], Listener | None]:
    if inspect.ismethod(listener):
        return weakref.WeakMethod(listener)
    return lambda: listener
