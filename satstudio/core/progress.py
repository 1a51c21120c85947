"""Progress: report, split into parts, notice a stop request."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from satstudio.core.errors import Cancelled

T = TypeVar("T")
Tell = Callable[[float, str], None]
"""Called with the share done (0..1) and a short text; may be called very often."""

Announce = Callable[[str, Mapping[str, object]], None]
"""Called with an event's name and its JSON-ready fields (`saved`, `preview`, `logged`)."""


class Progress:
    """Handed down to long work: how far it is, whether it should stop.

    Parameters
    ----------
    tell : receives share and text; nobody listens where None
    is_stopped : asked between steps; True makes `check` raise Cancelled
    announce : receives named events that are more than progress
    is_asked : `is_asked("checkpoint")` is True once for each such request of the user
    """

    def __init__(
        self,
        tell: Tell | None = None,
        is_stopped: Callable[[], bool] | None = None,
        announce: Announce | None = None,
        is_asked: Callable[[str], bool] | None = None,
    ) -> None:
        self._tell = tell or (lambda share, text: None)
        self._is_stopped = is_stopped or (lambda: False)
        self._announce = announce or (lambda name, fields: None)
        self._is_asked = is_asked or (lambda name: False)

    def report(self, share: float, text: str = "") -> None:
        """Say how far the work is (0..1); raises Cancelled where a stop was asked for."""
        self._tell(min(max(share, 0.0), 1.0), text)
        self.check()

    def check(self) -> None:
        """Raise Cancelled where a stop was asked for."""
        if self._is_stopped():
            raise Cancelled

    @property
    def is_stopped(self) -> bool:
        """Tell whether a stop was asked for, for work that must tidy up first."""
        return self._is_stopped()

    def is_asked(self, name: str) -> bool:
        """Tell, once, whether the user asked for `name` (pause, resume, checkpoint, preview)."""
        return self._is_asked(name)

    def announce(self, name: str, **fields: object) -> None:
        """Send a named event with JSON-ready fields."""
        self._announce(name, fields)

    def part(self, start: float, end: float) -> "Progress":
        """Return a Progress whose 0..1 is start..end of this one."""

        def tell(share: float, text: str) -> None:
            self._tell(start + (end - start) * share, text)

        return Progress(tell, self._is_stopped, self._announce, self._is_asked)

    def also_stopped(self, is_stopped: Callable[[], bool]) -> "Progress":
        """Return a Progress that something else may stop too."""

        def is_either() -> bool:
            return self._is_stopped() or is_stopped()

        return Progress(self._tell, is_either, self._announce, self._is_asked)

    def named(self, name: str) -> "Progress":
        """Return a Progress whose texts say what they are of."""

        def tell(share: float, text: str) -> None:
            self._tell(share, f"{name}: {text}" if name else text)

        return Progress(tell, self._is_stopped, self._announce, self._is_asked)

    def over(self, items: Sequence[T], text: str) -> Iterator[T]:
        """Yield the items, reporting after each; a stop is noticed between them."""
        self.report(0.0, text)
        for done, item in enumerate(items, 1):
            yield item
            self.report(done / len(items), text)
