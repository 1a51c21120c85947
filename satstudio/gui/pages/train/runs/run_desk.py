"""RunDesk: all runs and the chosen one; trainings begin, wait for each other, and go on here."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from satstudio.core.errors import SatstudioError
from satstudio.core.runs.queue_file import Waiting
from satstudio.core.runs.run_files import deleted_runs
from satstudio.core.runs.run_rows import OUTSIDE, RunRow, run_rows
from satstudio.core.runs.stop_request import ask_to_stop
from satstudio.gui.jobs.worker_task import TrainTask
from satstudio.gui.kit.context import Context
from satstudio.gui.pages.train.runs.run_list import RunList
from satstudio.gui.pages.train.runs.run_queue import RunQueue
from satstudio.gui.pages.train.runs.run_states import BUSY
from satstudio.gui.pages.train.runs.run_view import RunView
from satstudio.gui.pages.train.runs.shown_run import ShownRun, shown_run
from satstudio.gui.pages.train.state import NAME
from satstudio.jobs.job import Event
from satstudio.session.store import Deed

LINES = 13
TICK_MS = 1000
READ_TICKS = 2
"""The folders of trainings without this window are read anew each so many ticks."""

Listed = tuple[Sequence[RunRow], Sequence[Path]]


class RunDesk(QWidget):
    """The list of runs above the chosen run; owns the trainings of this window and the queue."""

    names_changed = Signal(list)
    """Names that a new run cannot have."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.tasks: dict[Path, TrainTask] = {}
        self._rows: tuple[RunRow, ...] = ()
        self._shown: tuple[ShownRun, ...] = ()
        self._wanted: Path | None = None
        self._others: list[Path] = []
        self._asked: set[Path] = set()
        """Runs that were asked to stop through their folders."""
        self._is_reading, self._is_stale, self._ticks = False, False, 0
        self._place = 0
        """Of the chosen run in the list; where it goes, the one that takes its place is chosen."""
        self.queue = RunQueue(self)
        self.list = RunList(context)
        self.view = RunView(context)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._arrange()
        self._connect()

    @property
    def table(self) -> Any:  # noqa: ANN401 - the table of the list
        """The table of runs."""
        return self.list.table

    @property
    def busy(self) -> tuple[str, ...]:
        """Names of the runs that are being trained on this machine."""
        live = [path.name for path, task in self.tasks.items() if not task.has_ended]
        outside = [row.name for row in self._rows if row.status == OUTSIDE]
        return tuple(dict.fromkeys([*live, *outside]))

    @Slot()
    def refresh(self) -> None:
        """Read the folders of the runs anew, on another thread; one reading at a time."""
        self._is_stale = self._is_reading
        if self._is_reading:
            return
        self._is_reading = True
        folder = self._context.study / "runs"
        self.queue.open(folder)
        call = partial(_listed, folder, tuple(self._others))
        self._context.scenes.background_calls.ask(call, self._on_listed)

    def show_path(self, path: Path, *, is_other: bool = False) -> None:
        """Choose a run once it is in the list; `is_other`: wherever it lies."""
        if is_other:
            self._others = [path, *(each for each in self._others if each != path)]
        self._wanted = path
        self.refresh()

    def train(self, waiting: Waiting) -> None:
        """Train, where nothing else trains; else wait in the queue."""
        if not self.busy:
            self._begin(waiting)
            return
        self._wanted = waiting.path
        self.queue.add(waiting)
        text = self.tr("{name} waits for {other}.")
        self._context.notify(text.format(name=waiting.path.name, other=self.busy[0]))

    def event(self, event: QEvent) -> bool:
        """See what others made or deleted when the user comes back to the window."""
        if event.type() == QEvent.Type.WindowActivate:
            self.refresh()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """See what others made or deleted meanwhile."""
        super().showEvent(event)
        self.refresh()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.list)
        split.addWidget(self.view)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        split.setSizes([self.fontMetrics().lineSpacing() * LINES, 1000])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_tick)
        self.table.chosen.connect(self._on_chosen)
        self.list.deeds.changed.connect(self._on_deed)
        self.list.note_asked.connect(self.view.note.setFocus)
        self.view.noted.connect(self._on_noted)
        self.view.stop_asked.connect(self._on_stop_asked)
        bar = self.view.queue
        bar.moved.connect(self._on_moved)
        bar.started.connect(self._on_start_now)
        bar.removed.connect(self._on_removed)
        self.queue.changed.connect(self._show)
        self.queue.failed.connect(self._on_queue_failed)
        self._context.jobs.ended.connect(self._on_ended)
        self._context.jobs.removed.connect(self._on_cleared)

    def _begin(self, waiting: Waiting) -> None:
        arguments = {
            "patches": waiting.patches,
            "recipe": waiting.recipe,
            "run_dir": waiting.path,
            "resume": waiting.resume,
        }
        title = self.tr("Training {name}").format(name=waiting.path.name)
        self._context.study_path("runs")
        task = self._context.jobs.start("train", arguments, title)
        if isinstance(task, TrainTask):
            known = [row.figures for row in self._rows if row.path == waiting.path]
            task.settle(known[0].held(0.0) if known and waiting.resume else task.figures)
            task.told.connect(self._on_event)
            task.changed.connect(self._show_now)
            self.tasks[waiting.path] = task
        self._wanted = waiting.path
        self._show()
        self.refresh()

    @Slot(object)
    def _on_listed(self, found: Listed) -> None:
        self._is_reading = False
        rows, deleted = found
        had_outside = any(row.status == OUTSIDE for row in self._rows)
        self._rows = tuple(rows)
        for row in rows:
            task = self.tasks.get(row.path)
            if task is not None and task.has_ended and row.status != OUTSIDE:
                task.settle(row.figures)  # all lists show what the folder says
        self._asked &= {row.path for row in rows if row.status == OUTSIDE}
        self.list.show_deleted(deleted)
        self._show()
        if had_outside and not any(row.status == OUTSIDE for row in rows):
            self._begin_next()
        if self._is_stale:
            self.refresh()

    def _all_rows(self) -> list[RunRow]:
        """Return the runs of the disk, and those that have no folder yet."""
        known = {row.path for row in self._rows}
        live = [path for path, task in self.tasks.items() if not task.has_ended]
        new = [*self.queue.places, *live]
        made = [RunRow(path.name, path, "running") for path in new if path not in known]
        return [*made, *self._rows]

    @Slot()
    def _show(self) -> None:
        """Show the runs as they were read last."""
        rows = self._all_rows()
        self.names_changed.emit([row.name for row in rows])
        self.view.others.show_rows([row for row in rows if row.info])
        self.view.queue.show_count(len(self.queue.waiting))
        self._show_now()
        known = [run.path for run in self._shown]
        if self._wanted in known:
            self.table.choose(self._wanted)
            self._wanted = None
        elif known and self.table.key is None:
            self.table.choose_at(self._place)
        self._place = max(self.table.currentRow(), 0)
        self._on_chosen(self.table.key)
        is_followed = any(run.state in BUSY for run in self._shown)
        if is_followed != self._timer.isActive():
            (self._timer.start if is_followed else self._timer.stop)()

    @Slot()
    def _show_now(self) -> None:
        """Show the figures of this moment in list and panel."""
        now_s, places = time.monotonic(), self.queue.places
        shown = [shown_run(row, self.tasks, places, now_s) for row in self._all_rows()]
        self._shown = tuple(run.stopping() if run.path in self._asked else run for run in shown)
        self.list.show_runs(self._shown)
        run = self._find(self.table.key)
        if run is not None:
            self.view.show_now(run)

    def _find(self, path: Path | None) -> ShownRun | None:
        return next((run for run in self._shown if run.path == path), None)

    @Slot()
    def _on_tick(self) -> None:
        self._ticks += 1
        is_outside = any(row.status == OUTSIDE for row in self._rows)
        if is_outside and self._ticks % READ_TICKS == 0:
            self.refresh()
        self._show_now()

    @Slot(object)
    def _on_chosen(self, path: Path | None) -> None:
        run = self._find(path)
        self.view.show_run(run, self.tasks.get(run.path) if run is not None else None)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        """Read the runs anew where one has just made its folder, saved or found its best."""
        if event.name in ("preview", "saved", "best", "paused", "resumed"):
            self.refresh()

    @Slot(object)
    def _on_ended(self, task: object) -> None:
        if not isinstance(task, TrainTask) or task not in self.tasks.values():
            return
        if task.state == "failed":
            self._context.notify(task.text, "error", task.detail)
        self.refresh()
        self._begin_next()

    @Slot(object)
    def _on_cleared(self, gone: object) -> None:
        """Let go of a task that left the list of tasks: Qt deletes it."""
        self.tasks = {run: task for run, task in self.tasks.items() if task is not gone}
        self._on_chosen(self.table.key)

    def _begin_next(self) -> None:
        """Begin what waits first, where nothing trains any more."""
        if self.queue.waiting and not self.busy and not self._context.jobs.is_held:
            waiting = self.queue.take(self.queue.waiting[0].path)
            if waiting is not None:
                self._begin(waiting)

    # ------------------------------------------------------------------ what the user wants

    @Slot(object)
    def _on_deed(self, path: Path | None) -> None:
        self.tasks = {run: task for run, task in self.tasks.items() if not task.has_ended}
        self._wanted = path or self._wanted
        self.refresh()

    @Slot(object, str)
    def _on_noted(self, row: RunRow, text: str) -> None:
        self.list.deeds.note(row.path, text)

    @Slot(object)
    def _on_stop_asked(self, row: RunRow) -> None:
        """Ask a training without this window to stop, through its folder."""
        try:
            ask_to_stop(row.path)
        except SatstudioError as error:
            self._context.notify(str(error), "error")
            return
        self._asked.add(row.path)
        self._show()

    @Slot(int)
    def _on_moved(self, by: int) -> None:
        before = self.queue.waiting
        self.queue.move(self.table.key, by)
        self._did_queue(before)

    @Slot()
    def _on_removed(self) -> None:
        before = self.queue.waiting
        self.queue.take(self.table.key)
        self._did_queue(before)

    def _did_queue(self, before: Sequence[Waiting]) -> None:
        """Make a change of the queue a step of undo."""
        after = self.queue.waiting
        deed = Deed(partial(self._set_queue, before), partial(self._set_queue, after), NAME)
        self._context.store.did(deed, self.tr("Queue of trainings"))

    def _set_queue(self, waiting: Sequence[Waiting]) -> None:
        """Let these wait but what has begun meanwhile."""
        live = [path for path, task in self.tasks.items() if not task.has_ended]
        self.queue.set([one for one in waiting if one.path not in live])

    @Slot()
    def _on_start_now(self) -> None:
        waiting = self.queue.take(self.table.key)
        if waiting is not None:
            self._begin(waiting)

    @Slot(str)
    def _on_queue_failed(self, text: str) -> None:
        self._context.notify(text, "error")


def _listed(folder: Path, others: Sequence[Path]) -> Listed:
    return run_rows(folder, others), deleted_runs(folder)
