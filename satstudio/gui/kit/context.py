"""Context: what every page is given; the store, the jobs, the actions, the open scenes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from satstudio.core.paths import home_folder
from satstudio.core.settings import Settings
from satstudio.gui.jobs.run_job import JobCenter
from satstudio.gui.kit.actions import ActionRegistry
from satstudio.gui.kit.desktop import show_path
from satstudio.gui.kit.file_dialogs import FileDialogs
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.session.settings_file import save_settings
from satstudio.session.store import Store

STUDY_FOLDERS = ("patches", "runs", "models", "restored", "bench")


class Context(QObject):
    """Handed to `make_page(context)` of every page and to every panel.

    Attributes
    ----------
    store : what is shown; change it with `store.change`, listen with `store.subscribe`
    jobs : every long job, in a worker process or in a thread of this one
    actions : the one place where actions are registered
    scenes : the open Scene objects by address
    files : asks the user for paths
    new_set : the patch set that was made last, which lists of sets then choose; None at first
    """

    told = Signal(str, str, str, str)
    """A message for the user: text, kind ("info" | "error"), detail, cause."""

    settled = Signal(str)
    """The cause of an error is no more; what was told of it goes."""

    open_asked = Signal(list)
    """Scene addresses to open, as the user would from the menu."""

    dropped = Signal(list)
    """Paths that were dropped onto a page, not all of them scenes."""

    page_asked = Signal(str)
    """Name of the page to show."""

    settings_changed = Signal()

    study_changed = Signal()
    """Something was made in the study folder, or another folder was chosen."""

    def __init__(
        self,
        store: Store,
        scenes: SceneKeeper,
        jobs: JobCenter,
        actions: ActionRegistry,
        settings: Settings,
    ) -> None:
        super().__init__()
        self.store = store
        self.scenes = scenes
        self.jobs = jobs
        self.actions = actions
        self.files = FileDialogs()
        self.new_set: Path | None = None
        self._settings = settings
        jobs.threads = settings.threads

    @property
    def settings(self) -> Settings:
        """The user's settings as they are now; frozen, so ask again after a change."""
        return self._settings

    def change_settings(self, **values: Any) -> None:  # noqa: ANN401 - any field's value
        """Change, save and announce the settings."""
        before = self._settings
        self._settings = before.changed(**values)
        self.jobs.threads = self._settings.threads
        try:
            save_settings(self._settings)
        except OSError as error:
            why = f"The settings hold until the window closes; they cannot be saved: {error}"
            self.notify(why, "error", cause="settings")
        else:
            self.settled.emit("settings")
        self.settings_changed.emit()
        if before.study != self._settings.study:
            self.study_changed.emit()

    def notify(self, text: str, kind: str = "info", detail: str = "", cause: str = "") -> None:
        """Tell the user something: a line in the status bar, or a bar for an error.

        Parameters
        ----------
        cause : what an error is about (an address, a kind of task); `settled` with it takes it back
        """
        self.told.emit(text, kind, detail, cause)

    def open(self, addresses: Sequence[str]) -> None:
        """Open scenes as if the user had chosen them."""
        self.open_asked.emit(list(addresses))

    def show_page(self, name: str) -> None:
        """Bring a page to the front, by its name; the first one for "" or a name nobody has."""
        self.page_asked.emit(name)

    def show_file(self, path: Path) -> None:
        """Show a file or folder with the desktop's own program for it."""
        show_path(path, lambda: self.notify(f"No program here shows it; it lies in {path}."))

    @property
    def study(self) -> Path:
        """The study folder; it may not exist yet."""
        return self._settings.study or default_study()

    def study_path(self, kind: str) -> Path:
        """Return `patches`, `runs`, `models`... of the study folder; made when missing."""
        path = self.study / kind
        path.mkdir(parents=True, exist_ok=True)
        return path


def default_study() -> Path:
    """Return the study folder of a user who chose none: in Documents, else in the home folder.

    In `SATSTUDIO_HOME` where that is set.
    """
    own = home_folder()
    if own is not None:
        return own / "study"
    documents = Path.home() / "Documents"
    return (documents if documents.is_dir() else Path.home()) / "satstudio-study"
