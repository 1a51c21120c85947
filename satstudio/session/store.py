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
NOT_UNDONE = frozenset({"viewport", "page", "active", "compare_mode"})
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
class _Step:
    """A session to go back to, and what the change after it was called."""

    session: Session
    text: str
    drag: Drag | None = None
    time_s: float = float("-inf")


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

    def reset(self, session: Session) -> None:
        """Start from a session without a past (a restored or new one)."""
        self._done.clear()
        self._undone.clear()
        self._session = session
        self._tell()

    def undo(self) -> None:
        """Go one step back; where one looks stays, as far as the layers allow."""
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
        target.append(_Step(self._session, step.text))
        session = step.session
        if session.layers == self._session.layers or session.layer == self._session.layer:
            session = replace(session, viewport=self._session.viewport)
        self._session = replace(session, page=self._session.page)
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
    if step.drag is not None and step.drag.press:
        return True
    is_same = step.drag is not None or last.text == step.text
    return is_same and step.time_s - last.time_s < MERGE_S


def _differing(first: Session, second: Session) -> frozenset[str]:
    names = Session.__dataclass_fields__
    return frozenset(name for name in names if getattr(first, name) != getattr(second, name))


def _held(listener: Listener) -> Callable[[], Listener | None]:
    if inspect.ismethod(listener):
        return weakref.WeakMethod(listener)
    return lambda: listener
