"""Drops: files and folders dropped onto any page: scenes open, the rest goes to its page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from PySide6.QtCore import QMimeData, QObject, Slot
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from satstudio.gui.context import Context
from satstudio.gui.opener import Opener
from satstudio.gui.run_job import WorkerTask

Kind = Literal["scene", "model", "set", "run"]
HOMES: dict[Kind, str] = {"set": "train", "run": "train"}
"""The page that takes a thing which the page in front does not."""
MODEL_HOMES = {"noise": "sample", "image": "restore"}
"""The page for a model, by what it takes; that of noise where its card cannot be read."""


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


class Drops(QObject):
    """Knows what was dropped and who takes it."""

    def __init__(self, context: Context, opener: Opener, window: Pages) -> None:
        super().__init__(context)
        self._cards: dict[WorkerTask, Path] = {}
        context.jobs.ended.connect(self._on_ended)
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
        if kind == "model":  # its card says which page it is for; a worker reads it
            title = self.tr("Card of {name}").format(name=path.name)
            task = self._context.jobs.start("card", {"path": path}, title, is_quiet=True)
            self._cards[task] = path
            return
        front = self._window.page_widget(self._window.page)
        if isinstance(front, Taker) and front.take_file(kind, path):
            return
        self._take_home(HOMES[kind], kind, path)

    def _take_home(self, home: str, kind: Kind, path: Path) -> None:
        page = self._window.page_widget(home)
        if isinstance(page, Taker) and page.take_file(kind, path):
            self._context.show_page(home)

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        path = self._cards.pop(task, None)
        if path is None or task.state == "stopped":
            return
        card = task.result if isinstance(task.result, Mapping) else {}
        self._take_home(MODEL_HOMES.get(str(card.get("takes")), "sample"), "model", path)


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
