"""BackgroundCalls: short calls on other threads; the answer comes back on the GUI thread."""

import inspect
import itertools
import logging
import queue
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from satstudio.core.errors import SatstudioError

log = logging.getLogger(__name__)
JOIN_S = 2.0
Then = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class _Call:
    """Work to do; None as `call` ends a thread."""

    number: int
    call: Callable[[], Any] | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a call."""

    number: int
    value: Any
    error: Exception | None


class BackgroundCalls(QObject):
    """A few threads that fetch answers: open a file, list images, read one pixel.

    `then` and `failed` are methods of QObjects; they run on the GUI thread, and not at all where
    their object is gone by then.
    """

    _answered = Signal(object)

    def __init__(self, threads: int = 2) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._queue: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._asked: dict[int, tuple[_Held, _Held | None]] = {}
        self._is_closed = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._threads = [
            threading.Thread(target=self._run, name=f"background calls {number + 1}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, call: Callable[[], Any], then: Then, failed: Then | None = None) -> None:
        """Run `call` on another thread; give its value to `then`, its error to `failed`."""
        if self._is_closed:
            return
        number = next(self._numbers)
        self._asked[number] = (_Held(then), _Held(failed) if failed else None)
        self._queue.put(_Call(number, call))

    def close(self) -> None:
        """Forget what was asked and end the threads; one that hangs is left to itself."""
        self._is_closed = True
        self._asked.clear()
        for _ in self._threads:
            self._queue.put(_Call(0, None))
        for thread in self._threads:
            thread.join(JOIN_S)

    def _run(self) -> None:
        while (asked := self._queue.get()).call is not None:
            if self._is_closed:
                continue
            try:
                answer = _Answer(asked.number, asked.call(), None)
            except Exception as error:  # noqa: BLE001 - handed to who asked
                answer = _Answer(asked.number, None, error)
            if not self._is_closed:
                self._answered.emit(answer)

    @Slot(object)
    def _deliver(self, answer: _Answer) -> None:
        held = self._asked.pop(answer.number, None)
        if held is None:
            return
        then, failed = held
        if answer.error is None:
            then.call(answer.value)
        elif failed is not None:
            failed.call(answer.error)
        elif isinstance(answer.error, SatstudioError | OSError):
            log.warning("A background call failed: %s", answer.error)
        else:
            raise answer.error  # it goes where all unexpected errors go


class _Held:
    """A callback that keeps no widget alive."""

    def __init__(self, call: Then) -> None:
        is_method = inspect.ismethod(call)
        self._call: Callable[[], Then | None] = (
            weakref.WeakMethod(call) if is_method else lambda: call
        )

    def call(self, value: object) -> None:
        """Call it, where its object still lives."""
        call = self._call()
        if call is None:
            return
        try:
            call(value)
        except RuntimeError as error:
            if "already deleted" not in str(error):  # else a widget closed meanwhile
                raise
