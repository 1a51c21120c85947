"""Train page: choose patches and method, watch losses and samples, export."""

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from satstudio.core.recipe import read_toml
from satstudio.gui.context import Context
from satstudio.gui.forms import FormArea
from satstudio.gui.run_job import WorkerTask
from satstudio.gui.run_view import STATES, RunView, state_of
from satstudio.gui.saving import ask_taken
from satstudio.gui.study import RunRow, SetRow, patch_sets, runs
from satstudio.gui.table import Table
from satstudio.gui.theme import sign_colour
from satstudio.gui.train_form import TrainForm
from satstudio.gui.widgets import duration, grouped, label
from satstudio.jobs.again import RunChoices, run_choices
from satstudio.jobs.catalogue import Catalogue, known_catalogue

MODEL_FILES = "Model files (*.onnx)"
HEADS = ("Run", "State", "Steps", "Time")
SIGNS = {
    "running": "info",
    "outside": "info",
    "done": "good",
    "failed": "bad",
    "interrupted": "bad",
}
LINES = 7


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return TrainPage(context)


class TrainPage(QWidget):
    """A new run at the left, all runs and the chosen one at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._catalogue_task: WorkerTask | None = None
        self._tasks: dict[Path, WorkerTask] = {}
        self._rows: tuple[RunRow, ...] = ()
        self._wanted: Path | None = None
        self._wanted_set: Path | None = None
        self._other_sets: list[Path] = []
        self._other_runs: list[Path] = []
        self._like: RunChoices | None = None
        self.form = TrainForm()
        self.table = Table(HEADS, right=(2, 3))
        self.table.setAccessibleName(self.tr("Training runs"))
        self.run = RunView(context)
        self._arrange()
        self.form.started.connect(self.start)
        self.form.estimate.asked.connect(self.estimate)
        self.table.chosen.connect(self._on_chosen)
        self.run.continued.connect(self.go_on)
        self.run.exported.connect(self.export)
        self.run.cloned.connect(self.clone)
        context.study_changed.connect(self.refresh)
        context.jobs.ended.connect(self._on_ended)
        context.scenes.errands.ask(known_catalogue, self._on_catalogue)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """List patch sets and runs anew."""
        study, errands = self._context.study, self._context.scenes.errands
        sets = partial(patch_sets, study / "patches", tuple(self._other_sets))
        errands.ask(sets, self._on_sets)
        errands.ask(partial(runs, study / "runs", tuple(self._other_runs)), self._on_runs)

    def take_file(self, kind: str, path: Path) -> bool:
        """Take a patch set or a run that was dropped; it may lie anywhere."""
        if kind == "set":
            self._other_sets = [path, *(each for each in self._other_sets if each != path)]
            self._wanted_set = path
        elif kind == "run":
            self._other_runs = [path, *(each for each in self._other_runs if each != path)]
            self._wanted = path
        else:
            return False
        self.refresh()
        return True

    @Slot()
    def start(self) -> None:
        """Start a new run."""
        patches, recipe = self.form.set_path, self.form.recipe()
        if patches is None:
            return
        run = self._context.study_path("runs") / self.form.run_name
        self.form.forget_name()
        self._train(patches, recipe, run, resume=False)

    @Slot()
    def estimate(self) -> None:
        """Measure what the chosen run would cost."""
        if self.form.set_path is not None:
            self.form.estimate.measure(self._context, self.form.set_path, self.form.recipe())

    @Slot(object)
    def go_on(self, row: RunRow) -> None:
        """Continue a run that was stopped, interrupted or done, with its own recipe."""
        info = row.info or {}
        patches = Path(str(info.get("patches", "")))
        call = partial(_recipe_of, row.path, patches)
        self._context.scenes.errands.ask(call, self._on_recipe, self._on_failed)

    @Slot(object)
    def clone(self, row: RunRow) -> None:
        """Fill the form with a run's choices and patches, for another run with changes."""
        call = partial(run_choices, row.path)
        self._context.scenes.errands.ask(call, self._on_choices, self._on_failed)

    @Slot(object, str)
    def export(self, row: RunRow, checkpoint: str = "best") -> None:
        """Write the generator of a run as ONNX into models/; another than the best says which."""
        name = row.name if checkpoint == "best" else f"{row.name}-{checkpoint}"
        out = self._context.study_path("models") / f"{name}.onnx"
        saving = ask_taken(self._context.files, self.tr("Export to ONNX"), out, MODEL_FILES)
        if saving is None:
            return
        title = self.tr("Export of {name}").format(name=name)
        arguments = {"run_dir": row.path, "checkpoint": checkpoint, **saving.arguments}
        self._context.jobs.start("export", arguments, title)
        self._context.notify(self.tr("Exporting to {path}").format(path=saving.path))

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(8, 8, 8, 0)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Runs"), "heading"))
        column.addLayout(head)
        column.addWidget(self.table)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(top)
        right.addWidget(self.run)
        right.setStretchFactor(1, 1)
        right.setChildrenCollapsible(False)
        right.setSizes([self.fontMetrics().lineSpacing() * LINES, 1000])
        splitter = QSplitter()
        self._left = FormArea(self.form)
        splitter.addWidget(self._left)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _train(self, patches: Path, recipe: dict[str, Any], run: Path, *, resume: bool) -> None:
        arguments = {"patches": patches, "recipe": recipe, "run_dir": run, "resume": resume}
        title = self.tr("Training {name}").format(name=run.name)
        task = self._context.jobs.start("train", arguments, title)
        task.told.connect(self._on_event)
        self._tasks[run] = task
        self._wanted = run
        self.refresh()

    @Slot(object)
    def _on_catalogue(self, catalogue: Catalogue | None) -> None:
        if catalogue is not None:
            self.form.show_catalogue(catalogue)
            return
        title = self.tr("List of training methods")
        self._catalogue_task = self._context.jobs.start("catalogue", {}, title, is_quiet=True)

    @Slot(object)
    def _on_sets(self, rows: tuple[SetRow, ...]) -> None:
        self.form.show_sets(rows, self._wanted_set)
        self._wanted_set = None
        if self._like is not None:
            self.form.show_like(self._like)
            self._left.verticalScrollBar().setValue(0)
            self._like = None

    @Slot(object)
    def _on_choices(self, choices: RunChoices) -> None:
        """Show them once their patch set is in the list, wherever it lies."""
        self._like = choices
        if choices.patches.is_dir() and choices.patches.parent != self._context.study / "patches":
            self.take_file("set", choices.patches)
        else:
            self.refresh()

    @Slot(object)
    def _on_runs(self, rows: tuple[RunRow, ...]) -> None:
        self._rows = rows
        self.form.show_runs([row.name for row in rows])
        self.run.others.show_rows(rows)
        self._show_table()
        known = [row.path for row in rows]
        if self._wanted in known:
            self.table.choose(self._wanted)
            self._wanted = None
        elif rows and self.table.key is None:
            self.table.choose(rows[0].path)
        self._on_chosen(self.table.key)

    def _show_table(self) -> None:
        cells = []
        for row in self._rows:
            state = state_of(row, self._tasks.get(row.path))
            text = STATES.get(state, state)
            shown = (text, sign_colour(SIGNS[state])) if state in SIGNS else text
            cells.append((row.name, shown, grouped(row.step), duration(row.seconds)))
        self.table.show_rows([row.path for row in self._rows], cells)

    @Slot(object)
    def _on_chosen(self, path: Path | None) -> None:
        row = next((row for row in self._rows if row.path == path), None)
        self.run.show_run(row, self._tasks.get(row.path) if row is not None else None)

    @Slot(object)
    def _on_event(self, event: Any) -> None:  # noqa: ANN401 - an Event
        """List the runs anew where a run has just made its folder, saved or ended."""
        if event.name in ("preview", "saved", "paused", "resumed"):
            self.refresh()

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        listing = self._catalogue_task
        if listing is not None and task is listing:
            self._on_catalogue_ended(listing)
        elif task.kind == "export":
            self._on_exported(task)
        elif task in self._tasks.values():
            if task.state == "failed":
                self._context.notify(task.text, "error", task.detail)
            self.refresh()

    def _on_catalogue_ended(self, task: WorkerTask) -> None:
        if task.state == "done":
            call = partial(_read_catalogue, Path(str(task.result)))
            self._context.scenes.errands.ask(call, self._on_catalogue)
        else:
            self.form.show_catalogue(Catalogue(missing=task.text))

    def _on_exported(self, task: WorkerTask) -> None:
        if task.state == "done":
            self._context.notify(self.tr("Exported to {path}").format(path=task.result))
            self._context.study_changed.emit()
        elif task.state == "failed":
            self._context.notify(task.text, "error", task.detail)

    @Slot(object)
    def _on_recipe(self, found: tuple[Path, Path, dict[str, Any]]) -> None:
        run, patches, recipe = found
        row = next((row for row in self._rows if row.path == run), None)
        if row is not None:
            recipe = _longer(recipe, row)
        self._train(patches, recipe, run, resume=True)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._context.notify(str(error), "error")


def _longer(recipe: dict[str, Any], row: RunRow) -> dict[str, Any]:
    """Return the recipe with as much again where the run has reached its end."""
    there = {"steps": row.step, "epochs": (row.info or {}).get("epoch", 0.0)}
    more = {
        name: there[name] + recipe[name]
        for name in there
        if recipe.get(name) and there[name] >= recipe[name]
    }
    return {**recipe, **more}


def _recipe_of(run: Path, patches: Path) -> tuple[Path, Path, dict[str, Any]]:
    return run, patches, read_toml(run / "recipe.toml")


def _read_catalogue(path: Path) -> Catalogue:
    return Catalogue.model_validate_json(path.read_text("utf-8"))
