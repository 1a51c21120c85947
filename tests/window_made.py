"""What tests of the window share: a whole window that leaves nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from satstudio.core.settings import Settings
from satstudio.gui.kit.context import Context
from satstudio.gui.pages.restore import restorers
from satstudio.gui.shell.app import make_window
from satstudio.gui.shell.main_window import MainWindow
from satstudio.session.settings_file import save_settings


class ChosenFiles:
    """Stands for the file dialogs: answers with what the test chose."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def open_files(self, title: str, filters: str = "") -> list[str]:
        return self.names

    def folder(self, title: str, start: str = "") -> str:
        return self.names[0] if self.names else ""

    def save_file(self, title: str, proposal: str, filters: str) -> str:
        return self.names[0] if self.names else ""


@contextmanager
def made_window(qtbot, study: Path, theme: str = "light") -> Iterator[MainWindow]:
    """A window on an empty study; jobs are stopped at the end."""
    save_settings(Settings(study=study, theme=theme))
    window = make_window(QApplication.instance())
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    try:
        yield window
    finally:
        window.context.jobs.close(15_000)
        qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=15_000)
        window.close()
        window.deleteLater()
        context = window.context
        for each in (context.actions, context.scenes, context.jobs, context):
            each.deleteLater()  # what lambdas hold that are connected to them goes too
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def jobs_end(qtbot, context: Context, seconds: float = 60) -> None:
    """Wait until no task runs; fail with the sentence of one that failed."""
    qtbot.waitUntil(lambda: not context.jobs.running, timeout=int(seconds * 1000))
    failed = [task for task in context.jobs.tasks if task.state == "failed"]
    assert not failed, f"{failed[0].title}: {failed[0].text} {failed[0].detail}"


def open_sample(qtbot, window: MainWindow, path: Path) -> str:
    """Open a scene as the menu does; returns its address."""
    window.context.open([str(path)])
    qtbot.waitUntil(lambda: str(path) in window.context.store.session.addresses, timeout=20_000)
    return str(path)


def put_fast_first(monkeypatch) -> None:
    """Let the Restore page begin with the fast despeckler; the other one takes half a minute."""
    fast = "models/despeckler_fast.onnx"
    titles = {fast: restorers.SHIPPED_TITLES[fast], **restorers.SHIPPED_TITLES}
    monkeypatch.setattr(restorers, "SHIPPED_TITLES", titles)
