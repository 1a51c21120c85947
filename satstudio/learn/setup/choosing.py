"""choosing_count, first_of, is_better: how the best checkpoint is chosen, and on which patches."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from satstudio.learn.method import Values
from satstudio.learn.setup.batches import Masked, Patches
from satstudio.learn.setup.roles import RoleItems


@dataclass(frozen=True, slots=True, eq=False)
class First:
    """The first `count` of some patches."""

    patches: Patches
    count: int

    def __len__(self) -> int:
        """How many there are."""
        return self.count

    def __getitem__(self, key: int) -> Values:
        """Return one."""
        return self.patches[key]


def choosing_count(held_out: int, measured: int) -> int:
    """Return how many held-out patches, from the first on, the best checkpoint is chosen on.

    Half of them where those are enough to measure, so that the others can judge it; else all.
    """
    half = held_out // 2
    return half if half >= measured else held_out


def first_of(patches: Patches, count: int) -> Patches:
    """Return the first of some patches, with their holes."""
    if count >= len(patches):
        return patches
    if isinstance(patches, RoleItems):
        return RoleItems(patches.reader, count)
    if isinstance(patches, Masked):
        return Masked(First(patches.patches, count), First(patches.valid, count))
    return First(patches, count)


def is_better(figure: str, new: Mapping[str, Any], best: Mapping[str, Any]) -> bool:
    """Tell whether figures are better than the best so far: smaller in the one named.

    One that is missing or not finite never wins, and never stands in the way of one that is.
    """
    value, before = new.get(figure), best.get(figure)
    if not _is_number(value):
        return False
    return not _is_number(before) or value < before


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and math.isfinite(value)
