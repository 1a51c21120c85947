"""ViewSteps: back and forward through the parts of scenes one looked at, in menus and by keys."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from satstudio.gui.canvas.scene_actions import unseen
from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.context import Context
from satstudio.session.session import Session
from satstudio.session.view_history import Place, ViewHistory, place_of

BUTTONS = {
    Qt.MouseButton.BackButton: "view.back",
    Qt.MouseButton.ForwardButton: "view.forward",
}


class ViewSteps(QObject):
    """Keeps the history of one window and gives its two actions."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self.history = ViewHistory()
        self._could = (False, False)
        context.store.subscribe(self._on_session)
        context.actions.add(*self._rows())
        window.installEventFilter(self)

    def back(self) -> None:
        """Look where one looked before."""
        self._show(self.history.back())

    def forward(self) -> None:
        """Look again where one came back from."""
        self._show(self.history.forward())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take the mouse's side buttons, which no part of the window wanted."""
        is_press = event.type() == QEvent.Type.MouseButtonPress
        if is_press and isinstance(event, QMouseEvent) and event.button() in BUTTONS:
            self._context.actions.trigger(BUTTONS[event.button()])
            return True
        return super().eventFilter(watched, event)

    def _show(self, place: Place | None) -> None:
        store = self._context.store
        if place is None or place.address not in store.session.addresses:
            return
        session = store.session.activated(store.session.addresses.index(place.address))
        store.replace(replace(session, viewport=place.viewport))
        self._refresh()

    def _on_session(self, session: Session) -> None:
        self.history.keep(session.addresses)
        place = place_of(session)
        if place is not None:
            self.history.note(place)
        self._refresh()

    def _refresh(self) -> None:
        can = (self.history.can_go_back, self.history.can_go_forward)
        if can != self._could:
            self._could = can
            self._context.actions.refresh(("view.back", "view.forward"))

    def _reason(self, *, can: bool, nothing: str) -> str:
        return unseen(self._context) or ("" if can else nothing)

    def _rows(self) -> tuple[Action, ...]:
        history = self.history
        return (
            Action(
                "view.back",
                "&Back",
                self.back,
                "arrow-left",
                "Alt+Left",
                "Look where you looked before, as in a browser",
                "View",
                "history",
                lambda: self._reason(can=history.can_go_back, nothing="no place before this one"),
                tool_bar=True,
            ),
            Action(
                "view.forward",
                "F&orward",
                self.forward,
                "arrow-right",
                "Alt+Right",
                "Look again where you came back from",
                "View",
                "history",
                lambda: self._reason(can=history.can_go_forward, nothing="you did not go back"),
                tool_bar=True,
            ),
        )
