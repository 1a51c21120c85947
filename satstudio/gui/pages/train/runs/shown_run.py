"""ShownRun: a run as the list and the panel show it, with the figures of this moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from satstudio.core.runs.run_rows import RunRow
from satstudio.core.runs.training_figures import RunFigures
from satstudio.gui.jobs.worker_task import TrainTask
from satstudio.gui.pages.train.runs.run_states import QUEUED, figures_of_run, state_of


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One run of the list.

    Attributes
    ----------
    place : in the queue, 1 is the next; 0: not in it
    """

    row: RunRow
    state: str
    figures: RunFigures
    place: int = 0

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.row.path

    @property
    def has_begun(self) -> bool:
        """Tell whether it has figures: one that waits for its first part has none."""
        return self.state != QUEUED or self.figures.step > 0

    def stopping(self) -> "ShownRun":
        """Return the run after it was asked to stop."""
        return replace(self, state="stopping")


def shown_run(
    row: RunRow, tasks: Mapping[Path, TrainTask], queue: Mapping[Path, int], now_s: float
) -> ShownRun:
    """Return a run as it is now.

    Parameters
    ----------
    tasks : trainings of this window, by the run's folder
    queue : places in the queue, by the run's folder
    """
    place, task = queue.get(row.path, 0), tasks.get(row.path)
    state = QUEUED if place else state_of(row, task)
    return ShownRun(row, state, figures_of_run(row, task, now_s), place)
