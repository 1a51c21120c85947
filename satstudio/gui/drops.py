"""Drops: files and folders dropped onto any page: scenes open, the rest goes to its page."""

from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from satstudio.gui.context import Context
from satstudio.gui.opener import Opener

Kind = Literal["scene", "model", "set", "run"]
HOMES: dict[Kind, str] = {"model": "sample", "set": "train", "run": "train"}
"""The page that takes a thing which the page in front does not."""


@runtime_checkable
class Taker(Protocol):
    """A page that takes more than scenes."""

    def take_file(self, kind: str, path: Path) -> bool:
        """Take a model, patch set or run; False where the page has no use for it."""
        ...


class Pages(Protocol):
    """What is asked of the window."""

    page: str

    def page_widget(self, name: str) -> QWidget:
        """Return a page."""
        ...


class Drops:
    """Knows what was dropped and who takes it."""

    def __init__(self, context: Context, opener: Opener, window: Pages) -> None:
        self._context = context
        self._opener = opener
        self._window = window

    def welcome(self, event: QDropEvent) -> None:
        """Show that files and folders may be dropped."""
        if paths_of(event.mimeData()):
            event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        paths = paths_of(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.take(paths)

    def take(self, paths: list[str]) -> None:
        """Open scenes; give models, patch sets and runs to the page they are for."""
        kinds = {path: kind_of(Path(path)) for path in paths}
        scenes = [path for path, kind in kinds.items() if kind == "scene"]
        for path, kind in kinds.items():
            if kind != "scene":
                self._give(kind, Path(path))
        if scenes:
            self._opener.offer(scenes)

    def _give(self, kind: Kind, path: Path) -> None:
        front = self._window.page_widget(self._window.page)
        if isinstance(front, Taker) and front.take_file(kind, path):
            return
        home = HOMES[kind]
        page = self._window.page_widget(home)
        if isinstance(page, Taker) and page.take_file(kind, path):
            self._context.show_page(home)


def paths_of(data: QMimeData) -> list[str]:
    """Return the local files and folders among what is dragged."""
    return [str(Path(url.toLocalFile())) for url in data.urls() if url.isLocalFile()]


def kind_of(path: Path) -> Kind:
    """Tell what a file or folder is, by its name and what lies in it."""
    if path.suffix.lower() == ".onnx":
        return "model"
    if (path / "manifest.json").is_file() and not (path / "manifest.safe").is_file():
        return "set"
    if (path / "recipe.toml").is_file() and (path / "run.json").is_file():
        return "run"
    return "scene"
