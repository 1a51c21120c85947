"""Sweeps page: choose a plan and patches, watch the table grow, open the report."""

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from satstudio.core.recipe import read_toml
from satstudio.gui.forms.form import FormArea, with_foot
from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.choices import Choices
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.pages.new_set import NewSet
from satstudio.gui.kit.study import SetRow, patch_sets
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import grouped, label
from satstudio.gui.pages.sweeps.form import SweepForm
from satstudio.gui.pages.sweeps.plan_check import PlanCheck
from satstudio.gui.pages.sweeps.state import NAME, SweepsState
from satstudio.gui.pages.sweeps.sweep_list import SweepRow, sweeps
from satstudio.gui.pages.sweeps.sweep_view import SweepView
from satstudio.jobs.plans import PlanInfo, list_plans, open_plan

HEADS = ("Sweep", "Plan", "State", "Runs")
LINES = 10
PLAN_FILES = "Plans (*.toml)"


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return SweepsPage(context)


class SweepsPage(QWidget):
    """A new sweep at the left, all sweeps and the chosen one at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._tasks: dict[Path, WorkerTask] = {}
        self._rows: tuple[SweepRow, ...] = ()
        self._wanted: Path | None = None
        self._wanted_set: Path | None = None
        self._other_sets: list[Path] = []
        self._plans: tuple[PlanInfo, ...] = ()
        self.form = SweepForm()
        self.check = PlanCheck(self)
        self.check.worker.threads = context.settings.threads
        self.table = Table(HEADS, right=(3,))
        self.table.stretch(1)
        self.table.setAccessibleName(self.tr("Sweeps"))
        self.sweep = SweepView(context)
        self._arrange()
        kept = PageState(context, NAME, SweepsState)
        self._new_set = NewSet(context, kept)
        self.choices = Choices(context, kept, self.form.chosen, self.form.show_chosen, self)
        self._connect()
        context.scenes.background_calls.ask(list_plans, self._on_plans, self._on_failed)
        self.refresh()

    def _connect(self) -> None:
        context = self._context
        self.choices.titles = self.form.titles()
        self.form.changed.connect(self.choices.note)
        self.form.changed.connect(self._check)
        self.check.changed.connect(self._on_checked)
        context.scenes.ending.connect(self.check.close)
        self.form.started.connect(self.start)
        self.form.own_asked.connect(self.open_own)
        self.table.chosen.connect(self._on_chosen)
        self.sweep.continued.connect(self.go_on)
        context.study_changed.connect(self.refresh)
        context.jobs.ended.connect(self._on_ended)
        context.jobs.removed.connect(self._on_cleared)

    @Slot()
    def refresh(self) -> None:
        """List patch sets and sweeps anew."""
        study, background_calls = self._context.study, self._context.scenes.background_calls
        sets = partial(patch_sets, study / "patches", tuple(self._other_sets))
        background_calls.ask(sets, self._on_sets)
        background_calls.ask(partial(sweeps, study / "bench"), self._on_sweeps)

    def take_file(self, kind: str, path: Path) -> bool:
        """Take a patch set that was dropped; it may lie anywhere."""
        if kind != "set":
            return False
        self._other_sets = [path, *(each for each in self._other_sets if each != path)]
        self._wanted_set = path
        self.refresh()
        return True

    @Slot()
    def start(self) -> None:
        """Start a new sweep."""
        out = self._context.study_path("bench") / self.form.sweep_name
        self.form.forget_name()
        self._carry_out(self.form.chosen_plan(), out, self.form.set_path)

    @Slot()
    def open_own(self) -> None:
        """Ask for a plan's file and choose it."""
        for name in self._context.files.open_files(self.tr("Open a plan"), PLAN_FILES)[:1]:
            background_calls = self._context.scenes.background_calls
            background_calls.ask(partial(open_plan, Path(name)), self._on_own, self._on_failed)

    @Slot(object)
    def go_on(self, row: SweepRow) -> None:
        """Continue a sweep with its own plan, on the patches that its runs were trained on."""
        patches = row.patches or self.form.patches.path
        takes_patches = row.plan is not None and row.plan.takes_patches
        call = partial(_plan_of, row.path, patches if takes_patches else None)
        self._context.scenes.background_calls.ask(call, self._on_plan_read, self._on_failed)

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(8, 8, 8, 0)
        column.addWidget(label(self.tr("Sweeps"), "heading"))
        column.addWidget(self.table)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(top)
        right.addWidget(self.sweep)
        right.setStretchFactor(1, 1)
        right.setChildrenCollapsible(False)
        right.setSizes([self.fontMetrics().lineSpacing() * LINES, 1000])
        splitter = QSplitter()
        splitter.addWidget(with_foot(FormArea(self.form), self.form.foot()))
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _carry_out(self, plan: dict[str, Any], out: Path, patches: Path | None) -> None:
        arguments = {"plan": plan, "out": out, "patches": patches}
        title = self.tr("Sweep {name}").format(name=out.name)
        task = self._context.jobs.start("sweep", arguments, title)
        task.told.connect(self._on_event)
        self._tasks[out] = task
        self._wanted = out
        self.refresh()

    @Slot(object)
    def _on_plans(self, plans: tuple[PlanInfo, ...]) -> None:
        self._plans = plans
        with self.choices.filling():
            self.form.show_plans(plans)
        self._check()

    @Slot(object)
    def _on_own(self, info: PlanInfo) -> None:
        self._plans = (info, *(each for each in self._plans if each.name != info.name))
        self.form.show_plans(self._plans, info.name)
        self._check()

    @Slot(object)
    def _on_sets(self, rows: tuple[SetRow, ...]) -> None:
        with self.choices.filling():
            new = self._new_set.among(rows)
            self.form.show_sets(rows, new)
            self._new_set.keep(new, self.form.patches.path)
        if self._wanted_set is not None:
            self.form.patches.choose(self._wanted_set)
        self._wanted_set = None
        self._check()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look at what is chosen; a page that is hidden asks nothing."""
        super().showEvent(event)
        self._check()

    @Slot()
    def _check(self) -> None:
        if self.isVisible():
            self.check.want(self.form.wish)

    @Slot()
    def _on_checked(self) -> None:
        self.form.show_checked(self.check.problem, is_busy=self.check.is_busy)

    @Slot(object)
    def _on_sweeps(self, rows: tuple[SweepRow, ...]) -> None:
        self._rows = rows
        self.form.show_taken([row.name for row in rows])
        cells = [_cells(row, self._state_of(row)) for row in rows]
        self.table.show_rows([row.path for row in rows], cells)
        known = [row.path for row in rows]
        if self._wanted in known:
            self.table.choose(self._wanted)
            self._wanted = None
        elif rows and self.table.key is None:
            self.table.choose(rows[0].path)
        self._on_chosen(self.table.key)

    def _state_of(self, row: SweepRow) -> str:
        task = self._tasks.get(row.path)
        if task is not None and (not task.has_ended or task.state == "failed"):
            return self.tr("Failed") if task.state == "failed" else self.tr("Running")
        if row.problem:
            return self.tr("Damaged")
        return self.tr("Stopped") if row.report is None else self.tr("Done")

    @Slot(object)
    def _on_chosen(self, path: Path | None) -> None:
        row = next((row for row in self._rows if row.path == path), None)
        self.sweep.show_sweep(row, self._tasks.get(row.path) if row is not None else None)

    @Slot(object)
    def _on_event(self, event: Any) -> None:  # noqa: ANN401 - an Event
        """List the sweeps anew where one has just made its folder or finished a run."""
        is_unlisted = self._wanted is not None and event.name in ("logged", "preview", "progress")
        if event.name == "row" or is_unlisted:
            self.refresh()

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        if task not in self._tasks.values():
            return
        if task.state == "failed":
            self._context.notify(task.text, "error", task.detail)
        self.refresh()

    @Slot(object)
    def _on_cleared(self, gone: object) -> None:
        """Let go of a task that left the list of tasks: Qt deletes it."""
        self._tasks = {out: task for out, task in self._tasks.items() if task is not gone}
        self._on_chosen(self.table.key)

    @Slot(object)
    def _on_plan_read(self, found: tuple[dict[str, Any], Path, Path | None]) -> None:
        self._carry_out(*found)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._context.notify(str(error), "error")


def _cells(row: SweepRow, state: str) -> tuple[str, ...]:
    title = row.plan.title if row.plan is not None else ""
    return row.name, title, state, grouped(len(row.rows))


def _plan_of(path: Path, patches: Path | None) -> tuple[dict[str, Any], Path, Path | None]:
    return read_toml(path / "plan.toml"), path, patches
