"""Drops: files and folders dropped onto any page: scenes open, the rest goes to its page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from PySide6.QtCore import QMimeData, QObject, Slot
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from satstudio.core.errors import NoCardError
from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.opener import Opener
from satstudio.gui.kit.pages.descriptor import Kind, Page
from satstudio.gui.kit.pages.page_list import PageList

Found = Literal["scene", "model", "set", "run"]
"""What a path is by itself; what a model takes is known once a worker has read its card."""

MODELS: dict[str, Kind] = {
    "noise": "noise model",
    "image": "image model",
    "images": "image model",
}


@runtime_checkable
class Taker(Protocol):
    """A page that takes more than scenes."""

    def take_file(self, kind: str, path: Path) -> bool:
        """Take a model, patch set or run; False where the page has no use for it."""
        ...


class Window(Protocol):
    """What is asked of the window."""

    def page_widget(self, name: str) -> QWidget:
        """Return a page."""
        ...


class Drops(QObject):
    """Knows what was dropped and who takes it."""

    def __init__(self, context: Context, opener: Opener, window: Window) -> None:
        super().__init__(context)
        self._cards: dict[WorkerTask, Path] = {}
        context.jobs.ended.connect(self._on_ended)
        self._context = context
        self._opener = opener
        self._pages = PageList.of(context)
        self._window = window

    def welcome(self, event: QDropEvent) -> None:
        """Show that files and folders may be dropped."""
        if paths_of(event.mimeData()):
            event.acceptProposedAction()

    def drop(self, event: QDropEvent, page: Page | None = None) -> None:
        """Take what was dropped on a page; on that with the keyboard unless one is named."""
        paths = paths_of(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.take(paths, page)

    @Slot(list)
    def take(self, paths: list[str], page: Page | None = None) -> None:
        """Open scenes; give models, patch sets and runs to the page they are for."""
        kinds = {path: kind_of(Path(path)) for path in paths}
        scenes = [path for path, kind in kinds.items() if kind == "scene"]
        for path, kind in kinds.items():
            if kind != "scene":
                self._give(kind, Path(path), page or self._pages.front)
        if scenes:
            self._opener.offer(scenes)

    def _give(self, kind: Literal["model", "set", "run"], path: Path, page: Page | None) -> None:
        if kind == "model":  # its card says which page it is for; a worker reads it
            title = self.tr("Card of {name}").format(name=path.name)
            task = self._context.jobs.start("card", {"path": path}, title, is_quiet=True)
            self._cards[task] = path
            return
        is_taken = page is not None and kind in page.takes and self._hand(page, kind, path)
        home = self._pages.home(kind)
        if not is_taken and home is not None and self._hand(home, kind, path):
            self._context.show_page(home.name)

    def _hand(self, page: Page, kind: Kind, path: Path) -> bool:
        """Give a page what it said it takes; False where it has no use for it."""
        widget = self._window.page_widget(page.name)
        name = "model" if kind in MODELS.values() else kind
        return isinstance(widget, Taker) and widget.take_file(name, path)

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        path = self._cards.pop(task, None)
        if path is None or task.state == "stopped":
            return
        card = task.result if isinstance(task.result, Mapping) else {}
        # a file that others made is described where models of images are chosen; one that is
        # damaged is explained where those of noise are
        usual: Kind = "image model" if task.error_class == NoCardError.__name__ else "noise model"
        kind = MODELS.get(str(card.get("takes")), usual)
        home = self._pages.home(kind)
        if home is not None and self._hand(home, kind, path):
            self._context.show_page(home.name)


def paths_of(data: QMimeData) -> list[str]:
    """Return the local files and folders among what is dragged."""
    return [str(Path(url.toLocalFile())) for url in data.urls() if url.isLocalFile()]


def kind_of(path: Path) -> Found:
    """Tell what a file or folder is, by its name and what lies in it."""
    if path.suffix.lower() == ".onnx":
        return "model"
    if (path / "manifest.json").is_file() and not (path / "manifest.safe").is_file():
        return "set"
    if (path / "recipe.toml").is_file() and (path / "run.json").is_file():
        return "run"
    return "scene"
