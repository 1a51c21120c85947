"""Requests: what a worker is asked while it lives, the most urgent kind first."""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, validate_call

from satstudio.core.errors import Cancelled, InputError
from satstudio.core.progress import Progress

Answer = Callable[..., object]
"""Called with the fields of a request by keyword, checked as its signature says, and a Progress
that stops when the request is not wanted any more."""


@dataclass(frozen=True, slots=True)
class RequestKind:
    """A kind of request, known to whoever asks and to whoever answers.

    Attributes
    ----------
    is_newest_only : a newer request takes the place of older ones, also of one at work
    """

    name: str
    is_newest_only: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """One request; its number counts up and comes back with the answer."""

    number: int
    kind: str
    fields: Mapping[str, Any]


class Requests:
    """Requests that wait; each gets one reply: an answer, or an error.

    `put` and `wake` may be called from any thread, `wake` from a signal handler too; the answers
    are computed where `serve` or `answer_next` is called.

    Parameters
    ----------
    reply : sends an answer
    refuse : sends the error of a request; Cancelled where a newer one took its place
    """

    def __init__(
        self,
        reply: Callable[[Request, object], None],
        refuse: Callable[[Request, Exception], None],
    ) -> None:
        self._reply = reply
        self._refuse = refuse
        self._arrived: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: list[Request] = []
        self._refusal = ""
        self._kinds: dict[str, RequestKind] = {}
        self._answers: dict[str, Answer] = {}

    def put(self, request: Request) -> None:
        """Take a request."""
        self._arrived.put(request)
        if self._refusal:
            self._refuse_all()

    def close(self, why: str) -> None:
        """Refuse what waits and what comes; `why` is the sentence of the error."""
        self._refusal = why
        self._refuse_all()

    def wake(self) -> None:
        """Let `serve` look whether it should stop."""
        self._arrived.put(None)

    def offer(self, kind: RequestKind, answer: Answer) -> None:
        """Say how a kind is answered; kinds that are offered first are more urgent."""
        config = ConfigDict(arbitrary_types_allowed=True)
        self._answers[kind.name] = validate_call(config=config)(answer)
        self._kinds[kind.name] = kind

    def serve(self, progress: Progress) -> None:
        """Answer requests until a stop is asked for, which raises Cancelled."""
        while True:
            progress.check()
            if not self.answer_next(progress):
                self._take(self._arrived.get())

    def answer_next(self, progress: Progress) -> bool:
        """Answer the most urgent request; tells whether there was one.

        For work that answers between its steps; `serve` does nothing else.
        """
        request = self._next()
        if request is None:
            return False
        answer = self._answers[request.kind]
        try:
            value = answer(**request.fields, progress=self._patience(request, progress))
        except Cancelled:
            progress.check()
            with self._lock:  # a newer one refuses it, a more urgent one goes first
                self._waiting.insert(0, request)
        except Exception as error:  # noqa: BLE001 - told to who asked; the others are answered
            self._refuse(request, error)
        else:
            self._reply(request, value)
        return True

    def _next(self) -> Request | None:
        """Take the most urgent request out; the oldest of its kind."""
        self._collect()
        with self._lock:
            for kind in self._kinds:
                found = next((item for item in self._waiting if item.kind == kind), None)
                if found is not None:
                    self._waiting.remove(found)
                    return found
        return None

    def _patience(self, request: Request, progress: Progress) -> Progress:
        names = list(self._kinds)
        reasons = set(names[: names.index(request.kind)])
        if self._kinds[request.kind].is_newest_only:
            reasons.add(request.kind)

        def is_stopped() -> bool:
            self._collect()
            with self._lock:
                is_old = any(item.kind in reasons for item in self._waiting)
            return is_old or progress.is_stopped

        return Progress(is_stopped=is_stopped)

    def _collect(self) -> None:
        """Take what has arrived; refuse what is unknown, or older than another of its kind."""
        while not self._arrived.empty():
            try:
                self._take(self._arrived.get_nowait())
            except queue.Empty:  # another thread of the same work was quicker
                break
        with self._lock:
            old = [item for item in self._waiting if self._is_old(item)]
            self._waiting = [item for item in self._waiting if item not in old]
        for item in old:
            self._refuse(item, Cancelled("A newer question took its place."))

    def _take(self, request: Request | None) -> None:
        if request is None:
            return
        if request.kind not in self._kinds:
            known = ", ".join(self._kinds) or "none"
            why = f"This process answers no '{request.kind}'; it knows: {known}."
            self._refuse(request, InputError(why))
            return
        with self._lock:
            self._waiting.append(request)

    def _refuse_all(self) -> None:
        while True:
            try:
                request = self._arrived.get_nowait()
            except queue.Empty:
                return
            if request is not None:
                self._refuse(request, InputError(self._refusal))

    def _is_old(self, request: Request) -> bool:
        same = (item.number for item in self._waiting if item.kind == request.kind)
        return self._kinds[request.kind].is_newest_only and request.number < max(same)
