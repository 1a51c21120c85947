"""run(addresses, demo): QApplication, logging, unhandled errors, theme, the window."""

import contextlib
import faulthandler
import logging
import logging.handlers
import sys
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from satstudio.core.paths import home_folder, logs_folder, settings_folder
from satstudio.core.version import VERSION
from satstudio.gui.jobs.run_job import JobCenter
from satstudio.gui.kit.actions import ActionRegistry
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.kit.theme import Theme
from satstudio.gui.shell.deck.road import road_pages
from satstudio.gui.shell.dialogs.error import ErrorReporter
from satstudio.gui.shell.focus_ring import FocusRings
from satstudio.gui.shell.log_panel import the_bridge
from satstudio.gui.shell.main_window import MainWindow
from satstudio.gui.shell.unexpected import Guard
from satstudio.session.settings_file import load_settings
from satstudio.session.store import Store

log = logging.getLogger(__name__)
LOG_BYTES = 2_000_000
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def run(addresses: Sequence[str], demo: bool = False) -> int:
    """Open the window, then the scenes; returns the exit code when it is closed.

    Parameters
    ----------
    addresses : PATH or PATH#IMAGE of scenes to open
    demo : open the sample scene, with a hint about the first steps
    """
    app = make_application()
    with _logged(), _guarded() as guard:
        window = make_window(app)
        reporter = ErrorReporter(window.context, window)
        guard.told.connect(window.bar.show_error)
        guard.failed.connect(reporter.tell)
        window.show()
        QTimer.singleShot(0, window, lambda: start(window, addresses, demo))
        code = app.exec()
    return int(code)


def _keep_settings_of_qt() -> None:
    """Let what Qt remembers by itself (its file dialogs' last folder) lie with our settings."""
    if home_folder() is not None:
        for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(form, QSettings.Scope.UserScope, str(settings_folder()))


def make_application() -> QApplication:
    """Return the application, named and styled."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    _keep_settings_of_qt()
    app.setApplicationName("satstudio")
    app.setApplicationDisplayName("satstudio")
    app.setApplicationVersion(VERSION)
    app.setDesktopFileName("satstudio")
    return app


def make_window(app: QApplication) -> MainWindow:
    """Build store, jobs, actions, scenes and the window around them."""
    settings = load_settings()
    theme = Theme(app, settings.theme)
    jobs = JobCenter()
    scenes = SceneKeeper(jobs, settings.cache_mb)
    scenes.set_room(settings.pyramid_cache_gb)
    actions = ActionRegistry(settings.shortcuts)
    context = Context(Store(), scenes, jobs, actions, settings)
    PageList.of(context).fill(road_pages())
    window = MainWindow(context)
    theme.setParent(window)
    theme.changed.connect(actions.recolour)
    context.settings_changed.connect(lambda: theme.choose(context.settings.theme))
    context.settings_changed.connect(lambda: scenes.set_cache(context.settings.cache_mb))
    context.settings_changed.connect(lambda: scenes.set_room(context.settings.pyramid_cache_gb))
    FocusRings(window)
    return window


def start(window: MainWindow, addresses: Sequence[str], demo: bool) -> None:
    """Open what the command line named, as the user would; nothing named: the last session."""
    if demo:
        window.open_sample()
        window.show_hint()
    elif addresses:
        window.context.open(list(addresses))
    else:
        window.keeper.restore()


@contextlib.contextmanager
def _logged() -> Iterator[None]:
    """Write a log file, and what a crash in C leaves, into the folder of logs."""
    folder = logs_folder()
    folder.mkdir(parents=True, exist_ok=True)
    root = logging.getLogger("satstudio")
    root.setLevel(logging.INFO)
    file = logging.handlers.RotatingFileHandler(
        folder / "satstudio.log", maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8"
    )
    file.setFormatter(logging.Formatter(FORMAT))
    root.addHandler(file)
    the_bridge()
    with (folder / "crash.log").open("a", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        log.info("satstudio %s starts", VERSION)
        try:
            yield
        finally:
            faulthandler.disable()
            root.removeHandler(file)
            file.close()


@contextlib.contextmanager
def _guarded() -> Iterator[Guard]:
    guard = Guard()
    guard.install()
    try:
        yield guard
    finally:
        guard.remove()
