"""RunDeeds: runs are renamed, noted, deleted and put back; each a step of undo."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from satstudio.core.errors import SatstudioError
from satstudio.core.runs.run_files import delete_run, rename_run, restore_run
from satstudio.core.runs.run_note import read_note, write_note
from satstudio.gui.kit.context import Context
from satstudio.gui.pages.train.state import NAME
from satstudio.session.store import Deed


class RunDeeds(QObject):
    """Changes folders of runs; what fails is told, and nothing else happens."""

    changed = Signal(object)
    """The run to show now, or None."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    def rename(self, run: Path, name: str) -> None:
        """Give a run another name."""

        def do(path: Path, new: str) -> None:
            made = self._tried(lambda: rename_run(path, new))
            self.changed.emit(made if made is not None else path)

        if self._tried(lambda: rename_run(run, name)) is None:
            self.changed.emit(run)
            return
        new = run.with_name(name)
        deed = Deed(lambda: do(new, run.name), lambda: do(run, name), NAME)
        self._did(deed, self.tr("Rename {name}").format(name=run.name))
        self.changed.emit(new)

    def note(self, run: Path, text: str) -> None:
        """Write a note about a run."""
        before = read_note(run)
        if text.strip() == before:
            return

        def do(said: str) -> None:
            self._tried(lambda: write_note(run, said))
            self.changed.emit(run)

        do(text)
        deed = Deed(lambda: do(before), lambda: do(text), NAME)
        self._did(deed, self.tr("Note on {name}").format(name=run.name))

    def delete(self, runs: Sequence[Path]) -> None:
        """Move runs out of the list, until they are put back or removed for good."""
        moved: dict[Path, Path] = {}

        def do() -> None:
            for run in runs:
                made = self._tried(lambda run=run: delete_run(run))  # type: ignore[misc]
                if made is not None:
                    moved[run] = made
            self.changed.emit(None)

        def undo() -> None:
            back = [
                self._tried(lambda run=run, at=at: restore_run(at, run.name))  # type: ignore[misc]
                for run, at in moved.items()
            ]
            moved.clear()
            self.changed.emit(next((run for run in back if run is not None), None))

        do()
        if moved:
            names = ", ".join(run.name for run in moved)
            self._did(Deed(undo, do, NAME), self.tr("Delete {names}").format(names=names))
            self._context.notify(
                self.tr("Deleted {names}; Undo brings it back.").format(names=names)
            )

    def restore(self, deleted: Path) -> None:
        """Put a run back that was deleted, also at an earlier start."""
        self.changed.emit(self._tried(lambda: restore_run(deleted)))

    def _did(self, deed: Deed, text: str) -> None:
        self._context.store.did(deed, text)

    def _tried(self, call: Callable[[], Path | None]) -> Path | None:
        try:
            return call()
        except (SatstudioError, OSError) as error:
            self._context.notify(str(error), "error")
            return None
