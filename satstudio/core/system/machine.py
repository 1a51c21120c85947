"""The processor of this machine: its name, and how many threads a process may use of it."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

CPU_FILE = Path("/proc/cpuinfo")
NAMES = ("model name", "Hardware", "Model")
"""Lines of Linux's file that name the processor; which one depends on its maker."""


@cache
def cpu_model() -> str:
    """Return the name of the processor, as its maker or the system gives it."""
    return _named_by_linux() or platform.processor() or platform.machine() or "unknown processor"


def _named_by_linux() -> str:
    try:
        lines = CPU_FILE.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    known = {
        key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)
    }
    return next((known[name] for name in NAMES if known.get(name)), "")


THREADS = "SATSTUDIO_THREADS"
"""Variable in which a process and its children are told how many threads a task may use."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # of Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def task_threads() -> int:
    """Return how many threads a long task may use beside the window.

    As many as this process was told, else all cores but one, which is left to the window.
    """
    return _told() or max(1, cores() - 1)


def command_threads() -> int:
    """Return how many threads a command may use: as many as it was told, else all cores."""
    return _told() or cores()


@contextmanager
def told_threads(threads: int | None) -> Iterator[None]:
    """Tell this process and its children how many threads a task may use; None: nothing new."""
    before = os.environ.get(THREADS)
    if threads is None:
        yield
        return
    os.environ[THREADS] = str(threads)
    try:
        yield
    finally:
        os.environ.pop(THREADS)
        if before is not None:
            os.environ[THREADS] = before


def _told() -> int | None:
    text = os.environ.get(THREADS, "")
    return int(text) if text.isdecimal() and int(text) > 0 else None
