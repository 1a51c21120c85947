"""RecentFiles: names at once; whether they exist is looked up on another thread."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from satstudio.gui.kit.actions import Action
from satstudio.gui.kit.context import Context


class RecentFiles(QObject):
    """The recent scenes and which of them are missing.

    A lost network drive blocks the look-up for seconds; only a daemon thread waits for it.
    """

    changed = Signal()
    _found_out = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._missing: frozenset[str] = frozenset()
        self._found_out.connect(self._on_found_out)
        context.settings_changed.connect(self.changed)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses, the newest first."""
        return self._context.settings.recent

    def is_missing(self, address: str) -> bool:
        """Tell whether the last look-up found no such file."""
        return address in self._missing

    def remember(self, address: str) -> None:
        """Put an address first."""
        settings = self._context.settings.with_recent(address)
        self._context.change_settings(recent=settings.recent)

    def forget_all(self) -> None:
        """Empty the list."""
        self._context.change_settings(recent=())

    def forget_missing(self) -> None:
        """Take the files off the list that are not there."""
        self._context.change_settings(
            recent=tuple(item for item in self.addresses if item not in self._missing)
        )

    def rows(self) -> tuple[Action, ...]:
        """Return the actions at the end of the menu of recent files."""

        def nothing() -> str:
            return "" if self.addresses else "the list is empty"

        def none_missing() -> str:
            is_any = any(item in self._missing for item in self.addresses)
            return "" if is_any else "no file of the list is missing"

        return (
            Action(
                "file.forget_missing",
                "Forget &missing files",
                self.forget_missing,
                tip="Take the files off the list of recent ones that are not there any more",
                enabled_when=none_missing,
            ),
            Action(
                "file.forget_recent",
                "&Clear this list",
                self.forget_all,
                tip="Empty the list of recent files; the files stay",
                enabled_when=nothing,
            ),
        )

    def look_up(self) -> None:
        """Find out on another thread which files are there; `changed` tells."""
        wanted = self.addresses
        threading.Thread(target=self._look_up, args=(wanted,), daemon=True).start()

    def _look_up(self, addresses: tuple[str, ...]) -> None:
        missing = frozenset(item for item in addresses if not Path(file_of(item)).exists())
        try:
            self._found_out.emit(missing)
        except RuntimeError:  # the window closed meanwhile
            return

    @Slot(object)
    def _on_found_out(self, missing: frozenset[str]) -> None:
        if missing != self._missing:
            self._missing = missing
            self.changed.emit()


def file_of(address: str) -> str:
    """Return the path of an address without its image."""
    return address.partition("#")[0]


def short_name(address: str) -> str:
    """Return file name and folder, as a menu shows them."""
    path = Path(file_of(address))
    image = address.partition("#")[2]
    name = f"{path.name}#{image}" if image else path.name
    return f"{name}  –  {path.parent}"  # noqa: RUF001 - a dash for people
