"""RunQueue: trainings that wait for others to end; kept in the study, so that none is lost."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from satstudio.core.errors import InputError, WriteError
from satstudio.core.runs.queue_file import FILE, Waiting, read_queue, write_queue


class RunQueue(QObject):
    """Trainings in the order in which they begin."""

    changed = Signal()

    failed = Signal(str)
    """Why the queue cannot be kept."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self._waiting: tuple[Waiting, ...] = ()

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """All that wait, the next one first."""
        return self._waiting

    @property
    def places(self) -> dict[Path, int]:
        """The place of each run, 1 is the next."""
        return {one.path: place for place, one in enumerate(self._waiting, 1)}

    def open(self, folder: Path) -> None:
        """Take what waited in a folder of runs at the last end; what is damaged is told."""
        file = folder / FILE
        if file == self._file:
            return
        self._file = file
        self._waiting = ()
        try:
            self._waiting = read_queue(file)
        except InputError as error:
            self.failed.emit(str(error))
        self.changed.emit()

    def set(self, waiting: Sequence[Waiting]) -> None:
        """Let these wait."""
        self._waiting = tuple(waiting)
        self._keep()
        self.changed.emit()

    def add(self, waiting: Waiting) -> None:
        """Let one more wait, at the end."""
        self.set([*(one for one in self._waiting if one.run != waiting.run), waiting])

    def take(self, path: Path) -> Waiting | None:
        """Take a run off the queue and return it."""
        found = next((one for one in self._waiting if one.path == path), None)
        if found is not None:
            self.set([one for one in self._waiting if one != found])
        return found

    def move(self, path: Path, by: int) -> None:
        """Let a run begin earlier (-1) or later (1)."""
        others = [one for one in self._waiting if one.path != path]
        found = [one for one in self._waiting if one.path == path]
        if found:
            place = self.places[path] - 1 + by
            self.set([*others[:place], *found, *others[place:]])

    def _keep(self) -> None:
        if self._file is None:
            return
        try:
            write_queue(self._file, self._waiting)
        except (WriteError, OSError) as error:
            self.failed.emit(str(error))
