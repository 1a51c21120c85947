"""prompt_end: a command that does not follow Ctrl+C in time is ended all the same."""

import _thread
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator

from satstudio.core.errors import Cancelled

PATIENCE_S = 1.0
"""How long a command may take to follow a wish to stop by itself."""

OF_JOBS_S = 15.0
"""The same where a worker process has to follow, which is killed after ten seconds."""

AGAIN_S = 0.8
"""How long it may take to tidy up when the wish has become an order."""

STOPS = {signal.SIGINT, signal.SIGTERM}
_patience = [PATIENCE_S]


@contextlib.contextmanager
def prompt_end() -> Iterator[None]:
    """Watch for SIGINT and SIGTERM on a thread: none is heard in the middle of a call of C.

    After PATIENCE_S the main thread gets a KeyboardInterrupt; where it does not see that either
    within AGAIN_S, because a library never comes back, the process ends with status 130.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    here, there = socket.socketpair()
    here.setblocking(False)
    before = signal.set_wakeup_fd(here.fileno(), warn_on_full_buffer=False)
    watch = threading.Thread(target=_watch, args=(there,), name="stops", daemon=True)
    watch.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        here.close()
        watch.join()
        there.close()


@contextlib.contextmanager
def patient(seconds: float) -> Iterator[None]:
    """Give the work inside so long to follow a wish to stop."""
    _patience.append(seconds)
    try:
        yield
    finally:
        _patience.pop()


def _watch(signals: socket.socket) -> None:
    while numbers := signals.recv(64):
        if not STOPS & set(numbers):
            continue
        if _is_over(signals, _patience[-1]):
            return
        _thread.interrupt_main()
        if _is_over(signals, AGAIN_S):
            return
        sys.stderr.write(f"{Cancelled()}\n")
        sys.stderr.flush()
        os._exit(Cancelled.exit_code)


def _is_over(signals: socket.socket, seconds: float) -> bool:
    """Wait for the end of the command; False where it still runs after so many seconds."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        signals.settimeout(left)
        try:
            if not signals.recv(64):
                return True
        except TimeoutError:
            break
    signals.settimeout(None)
    return False
