"""Opens the window and lets a random user at it: `random_events.py FOLDER SECONDS SEED`.

Real events go to the windows that are open, whatever they are; a small training runs beside. At
the end one line of JSON says what grew, and which errors were shown.
"""

import faulthandler
import gc
import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
from made import made_complex, made_rgb
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from window_made import ChosenFiles

from satstudio.core.progress import Progress
from satstudio.core.settings import Settings
from satstudio.gui.kit import context as context_module
from satstudio.gui.shell.app import make_application, make_window
from satstudio.gui.shell.unexpected import Guard
from satstudio.patches.cut import cut_patches
from satstudio.patches.positions import PatchRecipe
from satstudio.session.settings_file import save_settings

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CTRL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key
KEYS = (
    *(Key.Key_Tab, Key.Key_Backtab, Key.Key_Escape, Key.Key_Return, Key.Key_Space),
    *(Key.Key_Up, Key.Key_Down, Key.Key_Left, Key.Key_Right, Key.Key_Delete),
    *(Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_7, Key.Key_0, Key.Key_F, Key.Key_C, Key.Key_L),
    *(Key.Key_A, Key.Key_S, Key.Key_D, Key.Key_Plus),
)
CTRL_KEYS = (
    *(Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_4, Key.Key_5, Key.Key_6, Key.Key_7),
    *(Key.Key_Z, Key.Key_O, Key.Key_K, Key.Key_W),
)
MOST_IN_A_DIALOG = 25
"""Events; then it is closed."""


class Files(ChosenFiles):
    """Chooses among some scenes, and saves under a new name each time."""

    def __init__(self, rng, folder: Path, *names: str) -> None:
        super().__init__(*names)
        self._rng, self._folder = rng, folder
        folder.mkdir()

    def open_files(self, title, filters=""):
        count = self._rng.integers(0, len(self.names) + 1)
        return [str(name) for name in self._rng.permutation(self.names)[:count]]

    def save_file(self, title, proposal, filters):
        return str(self._folder / f"{self._rng.integers(10**9)}{Path(proposal).suffix}")


def is_there(handle) -> bool:
    """Whether a window has not been closed; shiboken does not know it of those that Qt made."""
    return handle in QApplication.allWindows()


class User(QObject):
    """Clicks, drags, turns the wheel and types, anywhere."""

    def __init__(self, window, rng) -> None:
        super().__init__()
        self._count, self._in_dialog, self._end = 0, 0, 0.0
        self._window, self._rng = window, rng
        self._doing: list[QWidget] = []
        deeds = (
            (0.25, self._press_a_button),
            (0.2, lambda: self._click(LEFT, self._place)),
            (0.05, lambda: self._click(RIGHT, self._place)),
            (0.15, self._drag),
            (0.1, self._turn),
            (0.15, lambda: self._type(self._one_of(KEYS))),
            (0.1, lambda: self._type(self._one_of(CTRL_KEYS), CTRL)),
        )
        self._shares, self._deeds = zip(*deeds, strict=True)

    def live(self, seconds: float) -> int:
        """Do things for some time; returns how many."""
        self._count, self._end = 0, time.monotonic() + seconds
        self._step()
        while time.monotonic() < self._end:
            QTest.qWait(50)
        return self._count

    @Slot()
    def _step(self) -> None:
        """Do one thing; the next one comes even where this one waits, as a menu does."""
        if time.monotonic() > self._end:
            return
        QTimer.singleShot(int(self._one_of((1, 5, 20))), self._step)
        where = self._target
        if self._doing and where is self._doing[-1]:
            return  # a slow machine is still at the last one: deeds inside deeds have no end
        self._in_dialog = self._in_dialog + 1 if where is not self._window else 0
        if self._in_dialog > MOST_IN_A_DIALOG:
            where.close()
        elif where.windowHandle() is not None:
            self._count += 1
            self._doing.append(where)
            try:
                self._one_of(self._deeds, self._shares)()
            finally:
                self._doing.pop()

    @property
    def _target(self) -> QWidget:
        return QApplication.activePopupWidget() or QApplication.activeModalWidget() or self._window

    @property
    def _handle(self):
        return self._target.windowHandle()

    @property
    def _place(self) -> QPoint:
        size = self._target.size()
        return QPoint(*map(int, self._rng.integers(0, (size.width() + 1, size.height() + 1))))

    def _one_of(self, things, shares=None):
        return things[self._rng.choice(len(things), p=shares)]

    def _click(self, button, place: QPoint) -> None:
        handle = self._handle
        QTest.mousePress(handle, button, pos=place)
        if is_there(handle):  # a press may have closed it
            QTest.mouseRelease(handle, button, pos=place)

    def _type(self, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        handle = self._handle
        if QApplication.activePopupWidget() is not None:
            modifier = Qt.KeyboardModifier.NoModifier  # Ctrl alone may close it, before the key
        QTest.keyPress(handle, key, modifier)
        if is_there(handle):
            QTest.keyRelease(handle, key)  # which may close it: QTest would go on with Ctrl
        if is_there(handle) and modifier == CTRL:
            QTest.keyRelease(handle, Qt.Key.Key_Control)

    def _press_a_button(self) -> None:
        target = self._target
        found = [one for one in target.findChildren(QAbstractButton) if one.isVisible()]
        if found:
            chosen = self._one_of(found)
            place = chosen.mapTo(target, chosen.rect().center())
            self._click(LEFT, place)

    def _drag(self) -> None:
        handle, place = self._handle, self._place
        QTest.mousePress(handle, LEFT, pos=place)
        for _ in range(3):
            place += QPoint(*map(int, self._rng.integers(-40, 41, 2)))
            if is_there(handle):
                QTest.mouseMove(handle, place)
        if is_there(handle):
            QTest.mouseRelease(handle, LEFT, pos=place)

    def _turn(self) -> None:
        turn = QPoint(0, int(self._one_of((-120, 120))))
        QTest.wheelEvent(self._handle, self._place.toPointF(), turn)


def measured(window) -> dict[str, object]:
    """Count what must not grow, with every other window closed and nothing running."""
    for _ in range(4):
        for widget in QApplication.topLevelWidgets():
            if widget is not window and widget.isVisible():
                widget.close()
        QTest.qWait(200)
    window.show_page("view")
    end = time.monotonic() + 60
    while window.context.jobs.running and time.monotonic() < end:
        window.context.jobs.stop_all()
        QTest.qWait(500)
    window.context.jobs.clear_ended()
    QTest.qWait(3000)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    me = psutil.Process()
    return {
        "rss_mb": me.memory_info().rss // 2**20,
        "threads": me.num_threads(),
        "handles": me.num_fds(),
        "none": sys.getrefcount(None),
        "widgets": len(QApplication.allWidgets()),
        "names": dict(Counter(thread.name for thread in threading.enumerate())),
        "files": sorted(Path(file.path).name for file in me.open_files()),
        "children": len(me.children(recursive=True)),
    }


def main(folder: Path, seconds: float, seed: int) -> None:
    faulthandler.enable()
    rng, study = np.random.default_rng(seed), folder / "study"
    (folder / "scenes").mkdir(parents=True)
    scenes = made_complex(folder / "scenes", 300, 340), made_rgb(folder / "scenes", 260, 300)
    patches = study / "patches" / "made"
    cut_patches([scenes[0]], PatchRecipe(size_px=16, count=60), patches, Progress())
    save_settings(Settings(study=study, cache_mb=256, threads=1))
    context_module.show_path = lambda path, on_failure: None
    window = make_window(make_application())
    window.context.files = Files(rng, folder / "saved", *map(str, scenes))
    window.closing.may_close = lambda: False  # a random user would close it at once
    errors: list[str] = []
    guard = Guard()
    guard.install()
    guard.failed.connect(lambda sentence, trace: errors.append(f"{sentence}\n{trace}"))
    window.show()
    window.activateWindow()
    window.context.open(list(map(str, scenes)))
    recipe = {"preset": "tiny", "budget_s": seconds, "threads": 1, "sample_every_s": 5}
    training = {"patches": patches, "recipe": recipe, "run_dir": study / "runs" / "beside"}
    window.context.jobs.start("train", training, "Training beside")
    for name in window.page_names:  # each page is made at its first use
        window.show_page(name)
        QTest.qWait(300)
    user = User(window, rng)
    count = user.live(seconds / 3)
    first = measured(window)
    count += user.live(seconds * 2 / 3)
    last = measured(window)
    guard.remove()
    window.context.jobs.close(15_000)
    found = {"events": count, "first": first, "last": last, "errors": errors}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # what stands in the way of the window's own end is tested elsewhere


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
