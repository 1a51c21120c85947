"""locked: one process at a time; the system lets go when a process ends, however it ends."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satstudio.core.errors import InputError


@contextmanager
def locked(path: Path, busy: str) -> Iterator[None]:
    """Hold a file, made where there is none, as long as the block lasts.

    Raises
    ------
    InputError
        With the sentence `busy` if another process holds it.
    """
    with path.open("ab") as stream:
        try:
            _lock(stream.fileno())
        except OSError as error:
            raise InputError(busy) from error
        yield


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # Windows only

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # not on Windows

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
