"""Draw: candidates batch by batch; what is kept is as if they were looked at one by one."""

import math
from collections import deque
from collections.abc import Iterator, Mapping

from satstudio.core.grid import Window
from satstudio.patches.manifest import Split

MOST_SPARE = 65_536
"""So many candidates of a split that may be full are kept for later."""

Candidate = tuple[Window, Split]


class Draw:
    """Candidates of one scene, and how many of each split are still wanted.

    Parameters
    ----------
    found : in the order in which they are to be taken
    left : how many patches each split takes; None: as many as there are
    """

    def __init__(self, found: Iterator[Candidate], left: Mapping[Split, int | None]) -> None:
        self._found = found
        self._left = left
        self._looked = dict.fromkeys(left, 0)
        self._taken = dict.fromkeys(left, 0)
        self._spare: dict[Split, deque[Window]] = {split: deque() for split in left}

    @property
    def taken(self) -> int:
        """How many were taken so far."""
        return sum(self._taken.values())

    def batch(self, most: int) -> list[Candidate]:
        """Return the next candidates to look at, in each split in their order; none at the end.

        Of each split there are as many as are likely to be enough.
        """
        room = {split: self._room(split, most) for split in self._left}
        chosen: list[Candidate] = []
        for split, spare in self._spare.items():
            if self._is_full(split):
                spare.clear()  # what nobody takes must not stop the drawing
            while spare and room[split] and len(chosen) < most:
                chosen.append((spare.popleft(), split))
                room[split] -= 1
        while any(room.values()) and len(chosen) < most and not self._is_crowded():
            found = next(self._found, None)
            if found is None:
                break
            window, split = found
            if room[split]:
                chosen.append(found)
                room[split] -= 1
            elif not self._is_full(split):
                self._spare[split].append(window)
        return chosen

    def take(self, split: Split, *, is_good: bool) -> bool:
        """Note what one looks like; tells whether it is to be kept."""
        self._looked[split] += 1
        is_kept = is_good and not self._is_full(split)
        self._taken[split] += is_kept
        return is_kept

    def _is_full(self, split: Split) -> bool:
        left = self._left[split]
        return left is not None and self._taken[split] >= left

    def _room(self, split: Split, most: int) -> int:
        left = self._left[split]
        if left is None:
            return most
        share_kept = (self._taken[split] + 1) / (self._looked[split] + 1)
        return min(math.ceil((left - self._taken[split]) / share_kept), most)

    def _is_crowded(self) -> bool:
        return any(len(spare) >= MOST_SPARE for spare in self._spare.values())
