"""FileDialogs: the system's own dialogs for files and folders; tests put another in its place."""

import sys
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from satstudio.scenes.scene import READERS

ALL = "All files (*)"


class FileDialogs:
    """Asks for paths; an empty answer means that the user closed the dialog.

    Attributes
    ----------
    confirmed : what the system's dialog has asked about itself: it may be replaced
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self._parent = parent
        self._last = str(Path.home())
        self.confirmed = ""

    def open_files(self, title: str, filters: str = ALL) -> list[str]:
        """Ask for files to open."""
        names, _ = QFileDialog.getOpenFileNames(self._parent, title, self._last, filters)
        self._remember(names[0] if names else "")
        return list(names)

    def folder(self, title: str, start: str = "") -> str:
        """Ask for a folder."""
        name = QFileDialog.getExistingDirectory(self._parent, title, start or self._last)
        self._remember(name)
        return name

    def save_file(self, title: str, proposal: str, filters: str) -> str:
        """Ask where to save; the first suffix of the chosen filter is added where none is given.

        Whether something may be replaced is not asked here, but on macOS, whose dialog always
        asks: see `saving`.
        """
        options = QFileDialog.Option.DontConfirmOverwrite
        name, chosen = QFileDialog.getSaveFileName(
            self._parent, title, proposal, filters, options=options
        )
        if not name:
            return ""
        self._remember(name)
        self.confirmed = name if sys.platform == "darwin" else ""
        suffix = chosen.partition("*")[2].partition(" ")[0].partition(")")[0]
        return name if Path(name).suffix or not suffix.startswith(".") else name + suffix

    def _remember(self, name: str) -> None:
        if name:
            self._last = str(Path(name).parent)


def scene_filters() -> str:
    """Return the filters of the dialog that opens scenes: all that readers name, then all files."""
    patterns = sorted({item for _, reader in READERS.items() for item in reader.patterns})
    return f"Scenes ({' '.join(patterns)});;{ALL}" if patterns else ALL
