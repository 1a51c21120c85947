"""SessionKeeper: the session is written while one works and comes back at the next start."""

import logging

from PySide6.QtCore import QLockFile, QTimer, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from satstudio.core.paths import state_folder
from satstudio.gui.kit.context import Context
from satstudio.session.autosave import Restored, restore_session, save_session
from satstudio.session.session import Session

log = logging.getLogger(__name__)
SAVE_AFTER_MS = 5_000
"""A crash loses at most the last seconds of looking around; nothing else is kept here."""

LOCK = "session.lock"


class SessionKeeper(QWidget):
    """Writes the session some seconds after a change and when the window closes.

    Of several windows on one machine the first keeps the session; the others start empty.

    Attributes
    ----------
    has_crashed : the program did not end properly the last time
    question : asks then whether the last session shall be opened again
    """

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self.hide()
        self._context = context
        self.question: QMessageBox | None = None
        folder = state_folder()
        folder.mkdir(parents=True, exist_ok=True)
        was_locked = (folder / LOCK).exists()
        self._lock = QLockFile(str(folder / LOCK))
        self._lock.setStaleLockTime(0)  # stale where its process is gone, however old
        self._is_ours = self._lock.tryLock(0)
        self.has_crashed = was_locked and self._is_ours
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)
        context.store.subscribe(self._on_session)

    def _on_session(self, session: Session) -> None:
        if self._is_ours and not self._timer.isActive():
            self._timer.start(SAVE_AFTER_MS)

    @Slot()
    def save(self) -> None:
        """Write the session now; a full or read-only disk is no reason to stop working."""
        self._timer.stop()
        if not self._is_ours:
            return
        try:
            save_session(self._context.store.session)
        except OSError as error:
            log.warning("The session could not be saved: %s", error)

    def end(self) -> None:
        """Write the session for the last time; the next start is no start after a crash."""
        self.save()
        self._is_ours = False
        self._lock.unlock()

    @Slot()
    def restore(self) -> None:
        """Open what was open at the last end; after a crash only if the user wants it."""
        if not self._is_ours:
            return
        if self.has_crashed:
            self.has_crashed = False
            self._ask()
            return
        # files are looked for on another thread: a lost network drive may block for seconds
        self._context.scenes.background_calls.ask(restore_session, self._on_restored)

    def _ask(self) -> None:
        standard = QMessageBox.StandardButton
        box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Restore the last session?"),
            self.tr("satstudio did not end properly the last time. Open its scenes again?"),
            standard.Yes | standard.No,
            self.window(),
        )
        self.question = box
        box.accepted.connect(self.restore)
        box.open()

    def _on_restored(self, found: Restored) -> None:
        store = self._context.store
        if not store.session.layers:
            page = found.session.page
            if found.session.layers or found.session.pages:
                store.reset(found.session)
            self._context.show_page(page)
        if found.notes:
            self._context.notify(" ".join(found.notes))
