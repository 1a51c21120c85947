"""Results of a restoration: where they go, and how they are opened on another page."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from satstudio.gui.context import Context
from satstudio.gui.page_table import PAGES
from satstudio.gui.restore_choices import Choice
from satstudio.session.session import Session, name_of

FOLDER = "restored"
MASK = "-points"


def result_path(
    study: Path, scenes: Sequence[str], choice: Choice, *, has_mask: bool = False
) -> Path:
    """Return a name that is not taken: a GeoTIFF for one scene, a folder for several.

    With `has_mask` the name of the mask beside it (`mask_path`) is not taken either.
    """
    folder = study / FOLDER
    if len(scenes) > 1:
        return _free(folder, f"{len(scenes)}-scenes-{choice.short}", "")
    return _free(folder, f"{stem_of(scenes[0])}-{choice.short}", ".tif", has_mask=has_mask)


def mask_path(out: Path) -> Path:
    """Return the name of the mask of the points beside a result."""
    return out.with_name(f"{out.stem}{MASK}{out.suffix}")


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
    """Opens results as scenes; shows a page once all of them are open."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._page = ""
        self._wanted: frozenset[str] = frozenset()
        context.scenes.failed.connect(self._forget)
        context.store.subscribe(self._on_session)

    def open(self, files: Sequence[str | Path], page: str) -> None:
        """Open files and show a page; View where there is no such page."""
        self._page = page if page in PAGES else "view"
        self._wanted = frozenset(str(path) for path in files)
        self._context.open(sorted(self._wanted))
        self._on_session(self._context.store.session)

    def _on_session(self, session: Session) -> None:
        if self._page and self._wanted <= set(session.addresses):
            QTimer.singleShot(0, self, partial(self._context.show_page, self._page))
            self._forget()

    @Slot()
    def _forget(self) -> None:
        self._page = ""


def _free(folder: Path, stem: str, suffix: str, *, has_mask: bool = False) -> Path:
    """Return STEM, STEM-2, STEM-3, ..."""
    out, number = folder / f"{stem}{suffix}", 1
    while out.exists() or (has_mask and mask_path(out).exists()):
        number += 1
        out = folder / f"{stem}-{number}{suffix}"
    return out
