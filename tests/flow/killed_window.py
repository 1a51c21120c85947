"""A window in a process of its own that is to be killed: `killed_window.py answer|wait SCENE...`.

With `answer` it lets the last session come back by a click, where that is offered, opens the scenes
and looks around; with `wait` it leaves the question alone. It says each second what is open.
"""

import sys
import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from satstudio.gui.shell.app import make_application, make_window, start


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(answer: str, *scenes: str) -> None:
    app = make_application()
    window = make_window(app)
    window.show()
    start(window, [], demo=False)
    QTest.qWait(300)
    question = window.keeper.question
    say("asked" if question is not None else "not asked")
    if question is not None and answer == "answer":
        yes = question.button(QMessageBox.StandardButton.Yes)
        QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    if question is None or answer == "answer":
        end = time.monotonic() + 60
        while not window.context.store.session.layers and time.monotonic() < end:
            QTest.qWait(50)
        say("restored", *window.context.store.session.addresses)
        window.context.open(scenes)
    while True:
        for name in ("view", "patches", "compare"):
            window.show_page(name)
            for _ in range(4):
                QTest.qWait(250)
                middle = window.rect().center().toPointF()
                QTest.wheelEvent(window.windowHandle(), middle, QPoint(0, 120))
            say("open", *window.context.store.session.addresses)


if __name__ == "__main__":
    main(*sys.argv[1:])
