"""A window in a process of its own: opens a scene, clicks on Restore, closes; tells when."""

import sys
import time

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from satstudio.gui.shell.app import make_application, make_window

OPEN_S = 60


def main(scene: str, wait_ms: int) -> int:
    """Open, click, wait, close; write the seconds since 1970 of the closing."""
    app = make_application()
    window = make_window(app)
    window.show()
    window.context.open([scene])
    end = time.monotonic() + OPEN_S
    while window.context.scenes.scene(scene) is None:
        if time.monotonic() > end:
            return 3
        QTest.qWait(20)
    action = window.context.actions.qaction("page.restore")
    buttons = [item for item in action.associatedObjects() if isinstance(item, QToolButton)]
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    page = window.page_widget("restore")
    while not page.desk.is_waiting("preview"):
        if time.monotonic() > end:
            return 4
        QTest.qWait(5)
    QTest.qWait(wait_ms)
    sys.stdout.write(f"{time.time()}\n")
    sys.stdout.flush()
    window.close()
    return 0 if window.isHidden() else 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
