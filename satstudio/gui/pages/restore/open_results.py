"""Results of a restoration: where they go, and how they are opened on another page."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.descriptor import Purpose
from satstudio.gui.kit.pages.page_list import PageList
from satstudio.gui.kit.study import STEM_LETTERS
from satstudio.gui.pages.restore.restorers import Choice
from satstudio.session.session import Session, name_of

POINTS, INVENTED = "-points", "-invented"


MOST_OPENED = 12
"""So many results of a folder are opened at once."""


def stem_of_results(scenes: Sequence[str], choice: Choice, folder: Path | None = None) -> str:
    """Return what a result is called: its scene and what restored it; of several their number.

    Parameters
    ----------
    folder : all of whose scenes are restored
    """
    if folder is not None:
        return f"{folder.name[:STEM_LETTERS]}-{choice.short[:STEM_LETTERS]}"
    if len(scenes) > 1:
        return f"{len(scenes)}-scenes-{choice.short[:STEM_LETTERS]}"
    return f"{stem_of(scenes[0])[:STEM_LETTERS]}-{choice.short[:STEM_LETTERS]}"


def mask_path(out: Path, what: str = POINTS) -> Path:
    """Return the name of a mask beside a result: that of its points, or of what is invented."""
    return out.with_name(f"{out.stem}{what}{out.suffix}")


def stem_of(address: str) -> str:
    """Return a file name for the result of a scene: its file's name and its image."""
    path, _, image = name_of(address).partition("#")  # without what the user says of it
    file, _, more = path.partition(" + ")
    stem = Path(file).stem + (f"-and-{more}" if more else "")
    return f"{stem}_{image.replace('/', '_')}" if image else stem


def made_files(result: object) -> tuple[Path, ...]:
    """Return the files that a job made."""
    made = Path(str(result))
    return tuple(sorted(made.glob("[!.]*.tif"))) if made.is_dir() else (made,)


class ResultOpener(QObject):
    """Opens results as scenes; once all of them are open, shows a page that serves a purpose."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._purpose: Purpose | None = None
        self._wanted: frozenset[str] = frozenset()
        context.scenes.failed.connect(self._forget)
        context.store.subscribe(self._on_session)

    def open(self, files: Sequence[str | Path], purpose: Purpose | None = None) -> None:
        """Open the first files, then show the page for a purpose; without one this page stays."""
        self._purpose = purpose
        self._wanted = frozenset(str(path) for path in files[:MOST_OPENED])
        self._context.open(sorted(self._wanted))
        self._on_session(self._context.store.session)

    def _on_session(self, session: Session) -> None:
        if self._purpose is not None and self._wanted <= set(session.addresses):
            show = PageList.of(self._context).show
            QTimer.singleShot(0, self, partial(show, self._purpose))
            self._forget()

    @Slot()
    def _forget(self) -> None:
        self._purpose = None
