"""show_path: a file or folder in the desktop's own program for it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices

WAIT_MS = 1500
"""Until the desktop's opener has looked for a program; a program that it found may run on."""


def show_path(path: Path, on_failure: Callable[[], object]) -> None:
    """Show a path; `on_failure` is called where no program for it is found, perhaps later.

    Qt says that all is well as soon as `xdg-open` was started, which knows better a moment later.
    """
    if not sys.platform.startswith("linux"):
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            on_failure()
        return
    program = shutil.which("xdg-open")
    if program is None:
        on_failure()
        return
    child = subprocess.Popen(  # noqa: S603 - a path that we made, no shell
        [program, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it stays when the window closes
    )

    def look() -> None:
        if child.poll():
            on_failure()

    QTimer.singleShot(WAIT_MS, look)
