"""cpu_model: what the processor of this machine is called."""

import platform
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
