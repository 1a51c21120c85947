"""Choices: what a page's widgets show is kept in the session, and shown as the session says."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Slot

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.session.session import Session

T = TypeVar("T")


class Choices(QObject, Generic[T]):
    """Ties the widgets of one page to its state.

    A choice of the user is one step of undo, also where it changes many widgets at once. What
    lists bring that arrive late (`filling`) is no choice; afterwards the state is shown again as
    far as it can be.

    Parameters
    ----------
    state : of the page
    read : gives what the widgets show
    show : lets the widgets show a state as far as they can
    parent : the page

    Attributes
    ----------
    titles : what undo calls a choice, by its name in the state
    """

    def __init__(
        self,
        context: Context,
        state: PageState[T],
        read: Callable[[], T],
        show: Callable[[T], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._state, self._read, self._show = state, read, show
        self._depth = 0
        self.titles: dict[str, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.keep)
        self._last = read()
        self._told: T | None = None
        parent.destroyed.connect(context.store.subscribe(self._on_session))
        self._on_session(context.store.session)

    @Slot()
    def note(self) -> None:
        """Keep what the user changed, once all widgets that follow have changed too."""
        if not self._depth:
            self._timer.start()

    @Slot()
    def keep(self) -> None:
        """Keep it now."""
        self._timer.stop()
        before, now = self._last, self._read()
        if now == before:
            return
        if not self._state.is_kept:
            self._state.note(before)  # undo then shows what was there before the first choice
        self._last = now
        self._state.change(now, self._text(before, now))

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Let widgets change without a choice of the user."""
        if self._timer.isActive():
            self.keep()
        self._depth += 1
        try:
            yield
            if self._state.is_kept and self._depth == 1 and self._read() != self._state.now:
                self._show(self._state.now)
        finally:
            self._depth -= 1
        if not self._depth:
            self._last = self._read()

    def _on_session(self, session: Session) -> None:
        """Show what undo, another window's file or a restart say."""
        if not self._state.is_kept:
            return
        state = self._state.of(session)
        if state not in (self._told, self._last):
            self._told = state
            with self.filling():
                pass
        self._told = state

    def _text(self, before: T, now: T) -> str:
        """Return what undo calls the step: the one thing that changed, else all of them."""
        names = _changed(asdict(before), asdict(now))  # type: ignore[call-overload]
        return self.titles.get(names[0], names[0]) if len(names) == 1 else self.tr("Choices")


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the names whose values differ, of the innermost tables that have both."""
    found: list[str] = []
    for name in dict.fromkeys((*before, *now)):
        old, new = before.get(name), now.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += _changed(old, new)
        elif old != new:
            found.append(name)
    return found
