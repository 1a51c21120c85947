"""Four doors: no command = the window; `worker` = one job; `reader` = one file; else = commands.

`--self-test` looks whether the installation works.
"""

import contextlib
import importlib
import multiprocessing
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from satstudio.cli.command_table import COMMANDS
from satstudio.core.environment import prepare_environment

_FOREIGN = ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH")
"""Left behind by another GIS on the machine; they break the coordinate systems of ours."""


def main() -> int:
    """Choose the door; returns the exit code."""
    multiprocessing.freeze_support()
    for name in _FOREIGN:
        os.environ.pop(name, None)
    prepare_environment()
    words = sys.argv[1:]
    if words[:1] == ["worker"]:
        return int(_named("satstudio.jobs.worker:main")())
    if words[:1] == ["reader"]:
        return int(_named("satstudio.scenes.gdal.door:main")())
    if words[:1] == ["--self-test"]:
        return int(_named("satstudio.cli.self_test:main")(words[1:]))
    if words[:1] == ["demo"] and not {"--headless", "--help"} & set(words):
        return _window([], is_demo=True)
    if not words or _are_files(words):
        return _window(words)
    return int(_named("satstudio.cli.main:main")())


def _are_files(words: list[str]) -> bool:
    first = words[0]
    if first in COMMANDS or first.startswith("-"):
        return False
    return Path(first).exists() or Path(first.rpartition("#")[0] or first).exists()


def _window(addresses: list[str], is_demo: bool = False) -> int:
    if not _has_display():
        return _refuse(
            "There is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY leads to "
            "one). "
            "Without one: satstudio demo --headless --out satstudio-demo, or satstudio --help."
        )
    try:
        run = _named("satstudio.gui.shell.app:run")
    except ImportError as error:
        return _refuse(
            f"The window cannot start: {error}. "
            "Run 'satstudio doctor' to see what is missing; the command line works without it."
        )
    return int(run(addresses, demo=is_demo))


def _has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    if any(os.environ.get(name) for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return True
    return _answers(os.environ.get("DISPLAY", ""))


def _answers(display: str) -> bool:
    """Tell whether an X server is behind DISPLAY; without one Qt would abort the process.

    Only a display of this machine (`:0`) can be asked cheaply; others are taken at their word.
    """
    host, _, number = display.rpartition(":")
    if host not in {"", "unix"}:
        return bool(display)
    name = f"/tmp/.X11-unix/X{number.partition('.')[0]}"  # noqa: S108 - where X servers listen
    for address in (f"\0{name}", name):  # the abstract name first, as clients do
        with socket.socket(socket.AF_UNIX) as plug, contextlib.suppress(OSError):
            plug.connect(address)
            return True
    return False


def _named(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _refuse(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
