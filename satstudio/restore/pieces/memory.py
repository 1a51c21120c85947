"""free_bytes, is_out_of_memory: what there is of memory, and whether an error says it ran out."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satstudio.core.errors import OutOfMemoryError

CONTROL = Path("/sys/fs/cgroup")
"""Where Linux tells how much memory a container may take."""

REFUSED = re.compile(r"Failed to allocate memory|bad allocation|std::bad_alloc|length_error")
"""What ONNX Runtime says where it was given no memory."""


def free_bytes() -> int:
    """Return how many bytes this process may still take.

    The least of what the machine has left, what its container may take, and what the process is
    limited to (`ulimit -v`).
    """
    import psutil  # lazy: nothing that starts needs it

    found: list[int] = [psutil.virtual_memory().available, *_of_container()]
    if sys.platform != "win32":
        import resource  # not on Windows

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            found.append(limit - psutil.Process().memory_info().vms)
    return max(min(found), 0)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error, or one that it was raised from, says that memory ran out."""
    while error is not None:
        if isinstance(error, MemoryError | OutOfMemoryError):
            return True
        error = error.__cause__
    return False


@contextmanager
def memory_errors(what: str) -> Iterator[None]:
    """Turn any error of memory into an OutOfMemoryError that says what it was too little for."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OutOfMemoryError) or not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(
            f"The memory does not suffice for {what}: close other programs, or choose a smaller "
            "part or smaller tiles."
        ) from error


def says_out_of_memory(error: Exception) -> bool:
    """Tell whether an error of ONNX Runtime means that memory ran out; it has no class for it."""
    return bool(REFUSED.search(str(error)))


def _of_container() -> list[int]:
    try:
        most = (CONTROL / "memory.max").read_text("ascii").strip()
        taken = int((CONTROL / "memory.current").read_text("ascii"))
        told = dict(
            line.split() for line in (CONTROL / "memory.stat").read_text("ascii").splitlines()
        )
    except (OSError, ValueError):
        return []
    cached = int(told.get("inactive_file", 0))  # given up as soon as somebody needs the room
    return [int(most) - taken + cached] if most.isdecimal() else []
