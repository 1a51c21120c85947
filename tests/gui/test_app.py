import json
import subprocess
import sys

import pytest
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from satstudio.core.errors import InputError
from satstudio.core.paths import logs_folder
from satstudio.gui.shell import app as gui_app
from satstudio.gui.shell.error_bar import MessageBar
from satstudio.gui.shell.unexpected import Guard

FORBIDDEN = ("torch", "onnxruntime", "scipy.signal", "scipy.stats", "matplotlib", "pyqtgraph")
START = f"""
import json, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from satstudio.gui.shell import app
made = app.make_application()
QTimer.singleShot(300, made.closeAllWindows)
code = app.run([])
loaded = [name for name in {FORBIDDEN!r} if name in sys.modules]
print(json.dumps([code, loaded]))
"""


def test_the_window_starts_without_the_heavy_libraries():
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_drawing_loses_no_reference_of_none(qtbot):
    image = QImage(64, 64, QImage.Format.Format_ARGB32_Premultiplied)
    target = QImage(64, 64, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(target)
    area = QRectF(0, 0, 64, 64)
    before = sys.getrefcount(None)
    for _ in range(1000):
        painter.drawImage(area, image)
    after = sys.getrefcount(None)
    painter.end()
    assert abs(after - before) < 10


def test_run_shows_the_window_before_it_opens_files(qtbot, tmp_path, monkeypatch):
    seen = []

    def noted(window, addresses, demo):
        seen.append((window.isVisible(), list(addresses), demo))
        QTimer.singleShot(0, window, window.close)
        QTimer.singleShot(0, window, window.deleteLater)

    monkeypatch.setattr(gui_app, "start", noted)
    assert gui_app.run(["a.tif"], demo=True) == 0
    assert seen == [(True, ["a.tif"], True)]
    assert (logs_folder() / "satstudio.log").read_text("utf-8").count("starts") == 1
    assert (logs_folder() / "crash.log").is_file()


@pytest.fixture
def guard(qtbot):
    made = Guard()
    made.install()
    yield made
    made.remove()


def raised(error):
    """Raise an error and hand it to the hook, as Qt does with errors of slots."""
    try:
        raise error
    except type(error) as found:
        sys.excepthook(type(found), found, found.__traceback__)


def test_an_unexpected_error_is_told_once_with_its_details(guard, qtbot):
    failed = []
    guard.failed.connect(lambda text, detail: failed.append((text, detail)))
    for _ in range(3):
        raised(ZeroDivisionError("one over nothing"))
    assert [text for text, _ in failed] == ["ZeroDivisionError: one over nothing"]
    assert "Traceback" in failed[0][1]


def test_an_expected_error_shows_its_sentence_only(guard, qtbot):
    told = []
    guard.told.connect(told.append)
    for _ in range(2):
        raised(InputError("Choose a smaller side."))
    assert told == ["Choose a smaller side."] * 2


def test_details_unfold_and_are_copied(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("It went wrong.", "error", "line 1\nline 2")
    bar.show()
    assert not bar._details.isVisible()
    bar._more.click()
    assert bar._details.isVisible()
    bar._copy.click()
    assert QApplication.clipboard().text() == "It went wrong.\n\nline 1\nline 2"
