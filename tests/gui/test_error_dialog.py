import gc
import getpass
import threading
from pathlib import Path

import pytest
from made import made_slc
from PySide6.QtCore import QThread, QTimer, Slot
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from window_made import ChosenFiles, made_window, open_sample

from satstudio.core.version import VERSION
from satstudio.gui.shell.dialogs.error import MOST_ERRORS, ErrorReporter
from satstudio.gui.shell.dialogs.error_report import report_text, without_names
from satstudio.gui.shell.unexpected import Guard
from satstudio.scenes.gdal.handles import gdal_version


@pytest.fixture
def guarded(qtbot, study):
    """A window with its error reporter, and the hooks taken as the program takes them."""
    with made_window(qtbot, study) as window:
        guard = Guard()
        reporter = ErrorReporter(window.context, window)
        guard.told.connect(window.bar.show_error)
        guard.failed.connect(reporter.tell)
        guard.install()
        try:
            yield window, reporter
        finally:
            guard.remove()
            if reporter.dialog is not None:
                reporter.dialog.reject()


class Broken(QPushButton):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.clicked.connect(self.fail)

    @Slot()
    def fail(self) -> None:
        raise ZeroDivisionError("the slot divides by nothing")


def test_an_error_in_a_slot_becomes_a_report_and_the_window_lives_on(guarded, qtbot, tmp_path):
    window, reporter = guarded
    button = Broken(window)
    button.click()
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    report = reporter.dialog.report
    wanted = (VERSION, "Python", "Qt ", "offscreen", gdal_version(), "ZeroDivisionError", "fail")
    assert [text for text in wanted if text not in report] == []
    assert "Last lines of the log" in report
    assert "Unexpected error" in report.partition("Last lines of the log")[2]
    reporter.dialog.reject()
    assert reporter.dialog is None
    open_sample(qtbot, window, made_slc(tmp_path))
    assert window.context.store.session.layer is not None


def test_the_report_is_copied_and_saved(guarded, qtbot, tmp_path):
    window, reporter = guarded
    Broken(window).click()
    dialog, report = reporter.dialog, reporter.dialog.report
    dialog.copy.click()
    assert QApplication.clipboard().text() == report
    out = tmp_path / "report.txt"
    window.context.files = ChosenFiles(str(out))
    dialog.save.click()
    assert out.read_text("utf-8") == report
    window.context.files = ChosenFiles(str(out / "under" / "a file.txt"))
    dialog.save.click()
    assert "could not be saved" in dialog.done_note.text()


def test_repeated_errors_do_not_stack_up(guarded, qtbot):
    window, reporter = guarded
    button = Broken(window)
    for _ in range(20):
        button.click()
    first = reporter.dialog
    errors = first.report.partition("Last lines of the log")[0]
    assert errors.count("divides by nothing") == 3  # sentence, line of the code, traceback's end
    for number in range(MOST_ERRORS + 5):
        reporter.tell(f"ValueError: {number}", "Traceback")
    assert reporter.dialog is first
    assert f"{MOST_ERRORS + 6} errors" in first.note.text()
    first.reject()
    button.click()
    assert reporter.dialog is None, "a place that was reported keeps quiet"


def test_errors_of_threads_and_finalizers_reach_the_dialog(guarded, qtbot):
    window, reporter = guarded

    def fail():
        raise RuntimeError("in a Python thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    class Worker(QThread):
        def run(self) -> None:
            raise RuntimeError("in a Qt thread")

    worker = Worker()
    worker.start()
    worker.wait()

    class Finalized:
        def __del__(self) -> None:
            raise RuntimeError("in a finalizer")

    Finalized()
    gc.collect()
    QTimer.singleShot(0, window, Broken(window).fail)
    places = ("a Python thread", "a Qt thread", "a finalizer", "the slot divides")
    qtbot.waitUntil(
        lambda: (
            reporter.dialog is not None and all(place in reporter.dialog.report for place in places)
        )
    )


def test_an_error_of_an_errand_that_nobody_waits_for_is_reported(guarded, qtbot):
    window, reporter = guarded

    def gone():
        raise FileNotFoundError("a folder that was removed meanwhile")

    window.context.scenes.background_calls.ask(gone, print)
    window.context.scenes.background_calls.ask(lambda: {}["no such key"], print)
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    assert "no such key" in reporter.dialog.report
    assert "removed meanwhile" not in reporter.dialog.sentence.text()


def test_an_error_while_another_dialog_stands_can_be_closed(guarded, qtbot):
    window, reporter = guarded
    window.show_settings()
    Broken(window).click()
    assert QApplication.activeModalWidget() is reporter.dialog
    reporter.dialog.reject()
    assert QApplication.activeModalWidget() is window.dialog
    window.dialog.reject()


def test_a_report_names_neither_home_nor_user(qtbot):
    inner = Path.home() / "study" / "scene.tif"
    user = getpass.getuser()
    trace = f'File "{inner}", line 3\nFile "/srv/{user}/x.py"'
    report = report_text([("OSError: gone", trace)], [f"cannot open {inner}"])
    assert str(inner) not in report
    assert report.count("~/study/scene.tif") == 2
    assert f"/{user}/" not in report
    assert without_names("nothing personal") == "nothing personal"
