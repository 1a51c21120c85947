"""ByteCache: the least recently used values, bounded by bytes; safe between threads."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from satstudio.core.raster import Raster
from satstudio.gui.kit.scenes.tile_grid import Tile

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
MIB = 2**20


class ByteCache(Generic[K, V]):
    """Values by key; the ones used longest ago go when the bytes run out.

    Parameters
    ----------
    limit_bytes : how much may be kept; the newest value stays even where it alone is more, and
        what somebody holds
    """

    def __init__(self, limit_bytes: int) -> None:
        self._lock = threading.Lock()
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._kept: set[K] = set()
        self._held: dict[Hashable, frozenset[K]] = {}
        self._limit = limit_bytes
        self._used = 0

    @property
    def used_bytes(self) -> int:
        """Bytes of what is kept now."""
        return self._used

    @property
    def limit_bytes(self) -> int:
        """Bytes that may be kept."""
        return self._limit

    def resize(self, limit_bytes: int) -> None:
        """Set another limit; what is too much goes at once."""
        with self._lock:
            self._limit = limit_bytes
            self._shrink()

    def get(self, key: K) -> V | None:
        """Return the value and mark it as used, None where there is none."""
        with self._lock:
            found = self._items.get(key)
            if found is None:
                return None
            self._items.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, size_bytes: int, *, keep: bool = False) -> None:
        """Store a value; one that is to `keep` never goes by age."""
        with self._lock:
            self._forget(key)
            self._items[key] = (value, size_bytes)
            self._used += size_bytes
            if keep:
                self._kept.add(key)
            self._shrink()

    def hold(self, owner: Hashable, keys: Iterable[K]) -> None:
        """Let these stay whatever their age, in place of what the owner held before."""
        held = frozenset(keys)
        with self._lock:
            if held == self._held.get(owner, frozenset()):
                return
            self._held[owner] = held
            if not held:
                del self._held[owner]
            self._shrink()

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)

    def drop(self, is_old: Callable[[K], bool]) -> None:
        """Forget every value whose key is old."""
        with self._lock:
            for key in [key for key in self._items if is_old(key)]:
                self._forget(key)

    def _forget(self, key: K) -> None:
        found = self._items.pop(key, None)
        self._kept.discard(key)
        if found is not None:
            self._used -= found[1]

    def _shrink(self) -> None:
        if self._used <= self._limit:
            return
        newest, too_much, old = next(reversed(self._items), None), self._used - self._limit, []
        for key, (_, size_bytes) in self._items.items():
            if too_much <= 0 or key == newest:
                break
            if not self._stays(key):
                old.append(key)
                too_much -= size_bytes
        for key in old:
            self._forget(key)

    def _stays(self, key: K) -> bool:
        return key in self._kept or any(key in held for held in self._held.values())


RawKey = tuple[str, int, tuple[int, ...], Tile]
"""Scene, epoch of its pixels, bands, tile."""

RawCache = ByteCache[RawKey, Raster]
