"""BackgroundRuns: says at the start which trainings go on without a window."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Slot

from satstudio.core.runs.run_rows import OUTSIDE, RunRow, run_rows
from satstudio.gui.kit.context import Context


class BackgroundRuns(QObject):
    """Looks into the study once the window is there."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    @Slot()
    def look(self) -> None:
        """Read the runs on another thread and tell what trains."""
        call = partial(run_rows, self._context.study / "runs")
        self._context.scenes.background_calls.ask(call, self._on_rows)

    @Slot(object)
    def _on_rows(self, rows: Sequence[RunRow]) -> None:
        names = ", ".join(row.name for row in rows if row.status == OUTSIDE)
        if names:
            text = self.tr("Training in the background: {names}; the Train page can stop it.")
            self._context.notify(text.format(names=names))
