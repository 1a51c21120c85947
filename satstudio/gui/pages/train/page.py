"""Train page: choose patches and method, watch losses and samples, export."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from satstudio.core.recipe import read_toml
from satstudio.core.runs.limits import LIMITS, has_end, prolonged, reached
from satstudio.core.runs.queue_file import Waiting
from satstudio.core.runs.run_rows import RunRow
from satstudio.gui.forms.form import FormArea
from satstudio.gui.jobs.worker_task import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.choices import Choices
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.pages.new_set import NewSet
from satstudio.gui.kit.saving import ask_taken
from satstudio.gui.kit.study import SetRow, patch_sets
from satstudio.gui.pages.train.form import TrainForm
from satstudio.gui.pages.train.limit_dialog import LimitDialog
from satstudio.gui.pages.train.runs.run_desk import RunDesk
from satstudio.gui.pages.train.state import NAME, TrainState
from satstudio.jobs.again import RunChoices, run_choices
from satstudio.jobs.catalogue import Catalogue, known_catalogue

MODEL_FILES = "Model files (*.onnx)"


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return TrainPage(context)


class TrainPage(QWidget):
    """A new run at the left, all runs and the chosen one at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._catalogue_task: WorkerTask | None = None
        self._wanted_set: Path | None = None
        self._other_sets: list[Path] = []
        self._like: RunChoices | None = None
        self.limit: LimitDialog | None = None
        self.form = TrainForm()
        self.desk = RunDesk(context)
        self.table, self.run = self.desk.table, self.desk.view
        self._arrange()
        kept = PageState(context, NAME, TrainState)
        self._new_set = NewSet(context, kept)
        self.choices = Choices(context, kept, self.form.chosen, self.form.show_chosen, self)
        self.form.changed.connect(self._on_form)
        self.form.started.connect(self.start)
        self.form.estimate.asked.connect(self.estimate)
        self.desk.names_changed.connect(self.form.show_runs)
        self.run.continued.connect(self.go_on)
        self.run.exported.connect(self.export)
        self.run.cloned.connect(self.clone)
        context.study_changed.connect(self.refresh)
        context.jobs.ended.connect(self._on_ended)
        context.scenes.background_calls.ask(known_catalogue, self._on_catalogue)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """List patch sets and runs anew."""
        sets = partial(patch_sets, self._context.study / "patches", tuple(self._other_sets))
        self._context.scenes.background_calls.ask(sets, self._on_sets)
        self.desk.refresh()

    def take_file(self, kind: str, path: Path) -> bool:
        """Take a patch set or a run that was dropped; it may lie anywhere."""
        if kind == "set":
            self._other_sets = [path, *(each for each in self._other_sets if each != path)]
            self._wanted_set = path
            self.refresh()
        elif kind == "run":
            self.desk.show_path(path, is_other=True)
        else:
            return False
        return True

    @Slot()
    def start(self) -> None:
        """Start a new run; one without an end is given one first, or none on purpose."""
        patches, recipe = self.form.set_path, self.form.recipe()
        if patches is None:
            return
        run = self._context.study_path("runs") / self.form.run_name
        if has_end(recipe):
            self._start(patches, run, recipe)
            return
        text = self.tr("No steps, epochs or time limit are set: the training would go on forever.")
        self._ask_limit(text, {}, lambda more: self._start(patches, run, {**recipe, **more}))

    @Slot()
    def estimate(self) -> None:
        """Measure what the chosen run would cost."""
        if self.form.set_path is not None:
            self.form.estimate.measure(self._context, self.form.set_path, self.form.recipe())

    @Slot(object)
    def go_on(self, row: RunRow) -> None:
        """Continue a run with its own recipe and what is left of its limits."""
        call = partial(_recipe_of, row)
        self._context.scenes.background_calls.ask(call, self._on_recipe, self._on_failed)

    @Slot(object)
    def clone(self, row: RunRow) -> None:
        """Fill the form with a run's choices and patches, for another run with changes."""
        call = partial(run_choices, row.path)
        self._context.scenes.background_calls.ask(call, self._on_choices, self._on_failed)

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
        splitter = QSplitter()
        self._left = FormArea(self.form)
        splitter.addWidget(self._left)
        splitter.addWidget(self.desk)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _start(self, patches: Path, run: Path, recipe: dict[str, Any]) -> None:
        self.form.forget_name()
        self.desk.train(Waiting(str(run), str(patches), recipe))

    def _ask_limit(
        self,
        text: str,
        proposals: Mapping[str, float],
        then: Callable[[dict[str, float]], object],
    ) -> None:
        """Ask how long, and go on with the answer; nothing where the user cancels."""
        dialog = LimitDialog(self, text, proposals)
        dialog.accepted.connect(lambda: then(dialog.more))
        dialog.destroyed.connect(self._on_limit_gone)
        self.limit = dialog
        dialog.open()

    @Slot()
    def _on_limit_gone(self) -> None:
        self.limit = None

    @Slot()
    def _on_form(self) -> None:
        self.choices.titles = self.desk.list.titles = self.form.titles()
        self.choices.note()

    @Slot(object)
    def _on_catalogue(self, catalogue: Catalogue | None) -> None:
        if catalogue is not None:
            with self.choices.filling():
                self.form.show_catalogue(catalogue)
            self.desk.list.titles = self.form.titles()
            return
        title = self.tr("List of training methods")
        self._catalogue_task = self._context.jobs.start("catalogue", {}, title, is_quiet=True)

    @Slot(object)
    def _on_sets(self, rows: tuple[SetRow, ...]) -> None:
        wanted = self._wanted_set
        with self.choices.filling():
            new = self._new_set.among(rows)
            self.form.show_sets(rows, new)
            self._new_set.keep(new, self.form.set_path)
        if wanted is not None:
            self.form.patches.choose(wanted)
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
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        listing = self._catalogue_task
        if listing is not None and task is listing:
            self._on_catalogue_ended(listing)
        elif task.kind == "export":
            self._on_exported(task)

    def _on_catalogue_ended(self, task: WorkerTask) -> None:
        if task.state == "done":
            call = partial(_read_catalogue, Path(str(task.result)))
            self._context.scenes.background_calls.ask(call, self._on_catalogue)
        else:
            self.form.show_catalogue(Catalogue(missing=task.text))

    def _on_exported(self, task: WorkerTask) -> None:
        if task.state == "done":
            self._context.notify(self.tr("Exported to {path}").format(path=task.result))
            self._context.study_changed.emit()
        elif task.state == "failed":
            self._context.notify(task.text, "error", task.detail)

    @Slot(object)
    def _on_recipe(self, found: tuple[RunRow, dict[str, Any]]) -> None:
        """Go on with what is left of the limits; where nothing is left, ask how much more."""
        row, recipe = found
        patches = str(row.info.get("patches", ""))

        def go_on(recipe: dict[str, Any]) -> None:
            self.desk.train(Waiting(str(row.path), patches, recipe, resume=True))

        gone = reached(recipe, row.figures)
        if not gone:
            go_on(recipe)
            return
        text = self.tr("{name} has reached its end. Train it on?").format(name=row.name)
        again = {name: float(recipe[name]) for name in gone}
        self._ask_limit(text, again, lambda more: go_on(prolonged(recipe, row.figures, more)))

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._context.notify(str(error), "error")


def _recipe_of(row: RunRow) -> tuple[RunRow, dict[str, Any]]:
    """Return a run's recipe; a limit that it does not name is none, whatever its preset says."""
    return row, {**dict.fromkeys(LIMITS), **read_toml(row.path / "recipe.toml")}


def _read_catalogue(path: Path) -> Catalogue:
    return Catalogue.model_validate_json(path.read_text("utf-8"))
