"""SessionKeeper: the session is written while one works and comes back at the next start."""

import logging

from PySide6.QtCore import QObject, QTimer, Slot

from satstudio.gui.context import Context
from satstudio.session.autosave import Restored, restore_session, save_session
from satstudio.session.session import Session

log = logging.getLogger(__name__)
SAVE_AFTER_MS = 5_000
"""A crash loses at most the last seconds of looking around; nothing else is kept here."""


class SessionKeeper(QObject):
    """Writes the session some seconds after a change and when the window closes."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)
        context.store.subscribe(self._on_session)

    def _on_session(self, session: Session) -> None:
        if not self._timer.isActive():
            self._timer.start(SAVE_AFTER_MS)

    @Slot()
    def save(self) -> None:
        """Write the session now; a full or read-only disk is no reason to stop working."""
        self._timer.stop()
        try:
            save_session(self._context.store.session)
        except OSError as error:
            log.warning("The session could not be saved: %s", error)

    def restore(self) -> None:
        """Open what was open at the last end; files are looked for on another thread."""
        self._context.scenes.errands.ask(restore_session, self._on_restored)

    def _on_restored(self, found: Restored) -> None:
        store = self._context.store
        if found.session.layers and not store.session.layers:
            store.reset(found.session)
        for note in found.notes:
            self._context.notify(note)
