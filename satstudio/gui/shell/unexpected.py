"""Guard: errors that nobody caught, of any thread, and Qt's warnings are logged and told once."""

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
    """Catches what nobody caught: in slots, threads, and where Python itself can only warn.

    Each place in the code speaks once, so that a `paintEvent` that raises does not flood the
    window.
    """

    told = Signal(str)
    """The sentence of an error that the user can do something about."""

    failed = Signal(str, str)
    """An error of the program: sentence and traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str, int], int] = {}
        self._old_hook = sys.excepthook
        self._old_thread_hook = threading.excepthook
        self._old_unraisable_hook = sys.unraisablehook

    def install(self) -> None:
        """Take the hooks of this process."""
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(_on_qt_message)

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook = self._old_hook
        threading.excepthook = self._old_thread_hook
        sys.unraisablehook = self._old_unraisable_hook
        qInstallMessageHandler(None)

    def _on_error(self, kind: ErrorKind, error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._old_hook(kind, error, trace)
            return
        if isinstance(error, SatstudioError):
            log.warning("%s", error)
            self.told.emit(str(error))
            return
        if self._is_known(kind, trace):
            return
        detail = "".join(traceback.format_exception(kind, error, trace))
        log.error("Unexpected error\n%s", detail)
        self.failed.emit(f"{kind.__name__}: {error}", detail)

    def _on_thread_error(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._on_error(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _on_unraisable(self, arguments: "sys.UnraisableHookArgs") -> None:
        """Take errors of finalizers and callbacks, which Python cannot raise."""
        if arguments.exc_value is not None:
            self._on_error(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _is_known(self, kind: ErrorKind, trace: TracebackType | None) -> bool:
        last = traceback.extract_tb(trace)[-1] if trace is not None else None
        place = (kind.__name__, last.filename if last else "", last.lineno or 0 if last else 0)
        count = self._seen[place] = self._seen.get(place, 0) + 1
        if count > 1 and count & (count - 1) == 0:  # 2, 4, 8 ... times
            log.error("%s in %s, line %d, %d times by now", *place, count)
        return count > 1


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    del context
    logging.getLogger("satstudio.qt").log(QT_LEVELS.get(kind, logging.WARNING), "%s", text)
