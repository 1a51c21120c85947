"""own_mark, is_dead: which process makes something, and whether it has ended."""

import hashlib
import os
import platform
import sys
from functools import lru_cache
from pathlib import Path

PROC = Path("/proc")
GONE = {"Z", "X"}
"""States of a process that has ended and is not yet forgotten by its parent."""


def own_mark() -> str:
    """Return a name of this process: `PID-MACHINE-BIRTH`, letters and digits.

    MACHINE tells hosts, and containers on them, apart; BIRTH tells apart processes that were
    given the same number one after the other.
    """
    return mark_of(os.getpid())


def mark_of(pid: int) -> str:
    """Return the mark of a process that runs on this machine; `PID-MACHINE-` of one that ended."""
    return f"{pid}-{_machine()}-{_birth(pid)}"


def is_dead(mark: str) -> bool:
    """Tell whether the process of a mark has ended for certain.

    False for one that runs, for one of another machine, and for a text that is no mark: of these
    nothing is known.
    """
    pid, machine, birth = _parts(mark)
    return bool(birth) and machine == _machine() and _birth(pid) != birth


def is_running(mark: str) -> bool:
    """Tell whether the process of a mark runs on this machine for certain."""
    pid, machine, birth = _parts(mark)
    return bool(birth) and machine == _machine() and _birth(pid) == birth


def _parts(mark: str) -> tuple[int, str, str]:
    """Return number, machine and birth; empty texts where it is no mark."""
    pid, _, rest = mark.partition("-")
    machine, _, birth = rest.partition("-")
    return (int(pid), machine, birth) if pid.isdigit() else (0, "", "")


@lru_cache(maxsize=1)
def _machine() -> str:
    """Return a hash of the host's name and, on Linux, of the table that numbers are taken from."""
    table = PROC / "self/ns/pid"
    numbers = str(table.readlink()) if table.is_symlink() else ""
    return _short(f"{platform.node()} {numbers}")


def _birth(pid: int) -> str:
    """Return a hash of when a process began; empty where there is none of this number."""
    when = _ticks(pid) if sys.platform == "linux" else _seconds(pid)
    return _short(when) if when else ""


def _ticks(pid: int) -> str:
    """Return the machine's start and the clock ticks from it to that of a process."""
    try:
        text = (PROC / str(pid) / "stat").read_text("ascii", "replace")
        boot = (PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    return "" if fields[0] in GONE else f"{boot} {fields[19]}"


def _seconds(pid: int) -> str:
    import psutil  # lazy: Linux does without

    try:
        process = psutil.Process(pid)
        is_gone = process.status() == psutil.STATUS_ZOMBIE
        return "" if is_gone else str(process.create_time())
    except psutil.AccessDenied:
        return "another user's"
    except psutil.Error:
        return ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
