"""Guard: unexpected errors of any thread and Qt's warnings are logged and shown once."""

import logging
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from satstudio.core.errors import SatstudioError

log = logging.getLogger("satstudio.gui")
QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
ErrorKind = type[BaseException]


class Guard(QObject):
    """Catches what nobody caught.

    `told` carries sentence and details; each place in the code speaks once, so that a
    `paintEvent` that raises does not flood the window.
    """

    told = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str, int], int] = {}
        self._old_hook = sys.excepthook
        self._old_thread_hook = threading.excepthook

    def install(self) -> None:
        """Take the hooks of this process."""
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error
        qInstallMessageHandler(_on_qt_message)

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook = self._old_hook
        threading.excepthook = self._old_thread_hook
        qInstallMessageHandler(None)

    def _on_error(self, kind: ErrorKind, error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._old_hook(kind, error, trace)
            return
        if self._is_known(kind, trace):
            return
        if isinstance(error, SatstudioError):
            log.warning("%s", error)
            self.told.emit(str(error), "")
            return
        detail = "".join(traceback.format_exception(kind, error, trace))
        log.error("Unexpected error\n%s", detail)
        self.told.emit(f"satstudio made an error: {kind.__name__}: {error}", detail)

    def _on_thread_error(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._on_error(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _is_known(self, kind: ErrorKind, trace: TracebackType | None) -> bool:
        if issubclass(kind, SatstudioError):
            return False
        last = traceback.extract_tb(trace)[-1] if trace is not None else None
        place = (kind.__name__, last.filename if last else "", last.lineno or 0 if last else 0)
        self._seen[place] = self._seen.get(place, 0) + 1
        return self._seen[place] > 1


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    del context
    logging.getLogger("satstudio.qt").log(QT_LEVELS.get(kind, logging.WARNING), "%s", text)
