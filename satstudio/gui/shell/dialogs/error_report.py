"""Error report: what a person needs to find an error, as one text, without personal paths."""

import getpass
import importlib.metadata
import logging
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from satstudio.core.version import VERSION
from satstudio.scenes.gdal.handles import gdal_version

log = logging.getLogger(__name__)
LOG_LINES = 40
LIBRARIES = ("PySide6-Essentials", "rasterio", "numpy", "onnxruntime")


def report_text(errors: Sequence[tuple[str, str]], lines: Sequence[str]) -> str:
    """Return the report.

    Parameters
    ----------
    errors : sentence and traceback of each error, the first one first
    lines : of the log; the last ones are taken
    """
    head = [
        f"satstudio {VERSION}, error report of {datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}",
        f"System              {platform.platform()}",
        f"Python              {platform.python_version()}{' (bundled)' if _is_bundled() else ''}",
        f"Qt                  {qVersion()}, platform {QGuiApplication.platformName() or '-'}",
        f"GDAL                {gdal_version()}",
        *(f"{name:<19} {_version(name)}" for name in LIBRARIES),
    ]
    parts = ["\n".join(head)]
    for number, (sentence, trace) in enumerate(errors, 1):
        count = f" {number} of {len(errors)}" if len(errors) > 1 else ""
        parts.append(f"Error{count}: {sentence}\n\n{trace.strip()}")
    traces = [trace.strip() for _, trace in errors]
    last = [_short(line, traces) for line in list(lines)[-LOG_LINES:]]
    parts.append("Last lines of the log\n\n" + ("\n".join(last) if last else "(none)"))
    return without_names("\n\n".join(parts) + "\n")


def without_names(text: str) -> str:
    """Return a text without the user's name and home: `~` and `<user>` stand for them."""
    home, user = _found(lambda: str(Path.home())), _found(getpass.getuser)
    if len(home) > 1:
        text = text.replace(home, "~")
    for mark in ("/", "\\"):
        if user:
            text = text.replace(f"{mark}{user}{mark}", f"{mark}<user>{mark}")
    return text


def _short(line: str, traces: Sequence[str]) -> str:
    """Return a line of the log without a traceback that stands above already."""
    is_above = any(trace and trace in line for trace in traces)
    return f"{line.splitlines()[0]} (see above)" if is_above else line


def _found(call: Callable[[], str]) -> str:
    try:
        return call()
    except (OSError, KeyError, RuntimeError) as error:  # a user without name or home
        log.debug("No name for the report: %s", error)
        return ""


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _is_bundled() -> bool:
    return hasattr(sys, "_MEIPASS")
