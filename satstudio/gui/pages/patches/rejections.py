"""Rejections: which patches of which sets are left out; each change is a step of undo."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from satstudio.core.errors import SatstudioError
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.pages.patches.sheet_source import Cell
from satstudio.gui.pages.patches.state import PatchesState
from satstudio.patches.rejected import Rejected
from satstudio.session.session import Session

WAIT_MS = 300
"""After the last of several clicks lists are read anew."""

Numbers = dict[str, list[int]]


class Rejections(QObject):
    """Writes `rejected.json` of a set as the user clicks, undoes and redoes.

    The file is what counts. The session holds what was clicked in it, so that undo leads back.
    """

    changed = Signal(object)
    """The folder of a set, of which other patches are rejected now."""

    def __init__(self, context: Context, kept: PageState[PatchesState], parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._kept = kept
        self._known: dict[Path, Rejected] = {}
        self._told: dict[str, Numbers] = dict(kept.now.rejected)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(context.study_changed)
        parent.destroyed.connect(context.store.subscribe(self._on_session))

    def of(self, path: Path) -> Rejected:
        """Return what is rejected of a set, as far as it was looked at."""
        return self._known.get(path, Rejected())

    def know(self, path: Path, rejected: Rejected) -> None:
        """Take what a set's folder says."""
        self._known[path] = rejected

    def toggle(self, path: Path, cell: Cell) -> None:
        """Reject a patch, or take it back."""
        before = self.of(path)
        is_rejected = cell.number in before.of(cell.split)
        text = self.tr("Take {patch} back") if is_rejected else self.tr("Reject {patch}")
        self._change(path, before.toggled(cell.split, cell.number), text.format(patch=cell.name))

    def take_all_back(self, path: Path) -> None:
        """Reject nothing of a set."""
        self._change(path, Rejected(), self.tr("Take all patches back"))

    def _change(self, path: Path, after: Rejected, text: str) -> None:
        before, new, key = _plain(self.of(path)), _plain(after), str(path)
        if not self._write(path, after):
            return
        if self._kept.now.rejected.get(key) != before:
            self._told[key] = before
            self._kept.note(self._with(key, before))
        self._told[key] = new
        self._kept.change(self._with(key, new), text)

    def _with(self, key: str, numbers: Numbers) -> PatchesState:
        now = self._kept.now
        return replace(now, rejected={**now.rejected, key: numbers})

    def _write(self, path: Path, rejected: Rejected) -> bool:
        try:
            rejected.write(path)
        except SatstudioError as error:
            self._context.notify(str(error), "error")
            return False
        self._known[path] = rejected
        self._timer.start()
        self.changed.emit(path)
        return True

    def _on_session(self, session: Session) -> None:
        """Follow undo and redo."""
        for key, numbers in self._kept.of(session).rejected.items():
            if self._told.get(key) != numbers:
                self._told[key] = numbers
                self._write(Path(key), Rejected.build({**numbers}, key))


def _plain(rejected: Rejected) -> Numbers:
    return {split: list(numbers) for split, numbers in rejected.numbers.items()}
