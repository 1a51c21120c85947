"""ViewHistory: where one looked before and after, as in a browser."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from satstudio.session.session import Session
from satstudio.session.viewport import Viewport

MERGE_S = 1.5
"""Moves that follow each other more quickly lead to one place."""
MOST_PLACES = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a scene; None as the viewport = the whole scene, fitted."""

    address: str
    viewport: Viewport | None = None


class ViewHistory:
    """Remembers places; back and forward walk along them.

    Views and styles are no part of it: they are undone with the session.

    Parameters
    ----------
    clock : seconds that only grow; for tests
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._places: list[Place] = []
        self._now = -1
        self._came_s = float("-inf")

    @property
    def can_go_back(self) -> bool:
        """Whether there is a place before."""
        return self._now > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether one went back before."""
        return self._now < len(self._places) - 1

    def note(self, place: Place) -> None:
        """Take the place where one looks now; small steps in quick succession are one."""
        came_s, self._came_s = self._came_s, self._clock()
        here = self._places[self._now] if self._now >= 0 else None
        if place == here:
            return
        is_same_move = (
            here is not None
            and here.address == place.address
            and self._came_s - came_s < MERGE_S
            and self._now > 0
            and not self.can_go_forward
        )
        del self._places[self._now + (0 if is_same_move else 1) :]
        self._places.append(place)
        del self._places[:-MOST_PLACES]
        self._now = len(self._places) - 1

    def keep(self, addresses: Collection[str]) -> None:
        """Forget the places of scenes that are closed."""
        here = self._places[self._now] if self._now >= 0 else None
        kept = [place for place in self._places if place.address in addresses]
        if len(kept) == len(self._places):
            return
        before = sum(place.address in addresses for place in self._places[: self._now + 1])
        self._places = [
            place for number, place in enumerate(kept) if number == 0 or place != kept[number - 1]
        ]
        self._now = min(before, len(self._places)) - 1
        if here in self._places:
            self._now = len(self._places) - 1 - self._places[::-1].index(here)

    def back(self) -> Place | None:
        """Go to the place before; None where there is none."""
        return self._go(-1) if self.can_go_back else None

    def forward(self) -> Place | None:
        """Go on to where one came back from; None where there is none."""
        return self._go(1) if self.can_go_forward else None

    def _go(self, step: int) -> Place:
        self._now += step
        self._came_s = float("-inf")  # the next move starts from here
        return self._places[self._now]


def place_of(session: Session) -> Place | None:
    """Return where a session looks; None where no scene is open."""
    return Place(session.layer.address, session.viewport) if session.layer else None
