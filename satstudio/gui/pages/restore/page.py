"""Restore page: choose scenes and a model or a filter, preview, run, open the result."""

from pathlib import Path

from PySide6.QtCore import QEvent, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.gui.canvas.scene_actions import listen
from satstudio.gui.forms.form import FormArea
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.choices import Choices
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.pages.restore.archive.failures_dialog import FailuresDialog
from satstudio.gui.pages.restore.desk import RestoreDesk, Wish
from satstudio.gui.pages.restore.fit_check import RestoreCheck
from satstudio.gui.pages.restore.form import CROP, SEEN, RestoreForm
from satstudio.gui.pages.restore.open_results import ResultOpener
from satstudio.gui.pages.restore.preview.preview_pane import RestorePreview
from satstudio.gui.pages.restore.restoration import Restoration
from satstudio.gui.pages.restore.run_panel import RestoreRun
from satstudio.gui.pages.restore.state import NAME, RestoreState
from satstudio.restore.recipe import RestoreRecipe
from satstudio.session.session import Session

LEAST_LETTERS = 52
"""Width of the form, so that names of results are read and it does not jump from model to model."""


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return RestorePage(context)


class RestorePage(QWidget):
    """Scenes, model and choices at the left, before and after at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setAcceptDrops(True)
        self.desk = RestoreDesk(self)
        self.desk.threads = context.settings.threads
        self.form = RestoreForm(context, self.desk)
        self.run = RestoreRun()
        self.preview = RestorePreview(context, self.desk)
        self.opener = ResultOpener(context, self)
        self.check = RestoreCheck(self.desk, self)
        self.work = Restoration(context, self)
        self.dialog: FailuresDialog | None = None
        self._arrange()
        self._connect()
        kept = PageState(context, NAME, RestoreState)
        self.choices = Choices(context, kept, self.form.state, self.form.show_state, self)
        self.choices.titles = self.form.titles()
        self.form.models.filling = self.choices.filling
        self.form.chosen.connect(self.choices.note)
        self._show_session(context.store.session)

    @property
    def wish(self) -> Wish | None:
        """What would be restored with what and how; None where something is missing."""
        choice, recipe = self.form.models.choice, self.form.recipe(self.window_)
        scenes = self.form.addresses
        if choice is None or isinstance(recipe, str) or not scenes:
            return None
        return scenes, choice.key, recipe

    @property
    def window_(self) -> Window | None:
        """The part of the scenes that is restored; None for all of it."""
        if self.form.part_chosen == SEEN:
            return self.preview.seen
        return self._context.store.session.crop if self.form.part_chosen == CROP else None

    def close_canvas(self) -> None:
        """End the threads of the canvas and the process behind the preview."""
        self.check.close()
        self.preview.close_canvas()
        self.desk.close()

    @Slot()
    def start(self) -> None:
        """Restore what is chosen in a worker."""
        wish, is_busy = self.wish, self.work.task is not None
        if wish is None or self._why_not() or not self.check.is_good or is_busy:
            return
        kind, arguments = self.form.job(wish)
        self.form.target.forget_name()
        self.work.start(kind, arguments)
        self._on_work()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        left = QWidget()
        left.setMinimumWidth(left.fontMetrics().averageCharWidth() * LEAST_LETTERS)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(FormArea(self.form), 1)
        column.addWidget(self.run)
        splitter = QSplitter()
        splitter.addWidget(left)
        splitter.addWidget(self.preview)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _connect(self) -> None:
        context = self._context
        self.form.changed.connect(self._on_changed)
        self.form.seams.asked.connect(self._on_seams)
        self.run.started.connect(self.start)
        self.run.stopped.connect(self.work.stop)
        self.run.view_asked.connect(self._on_view)
        self.run.compare_asked.connect(self._on_compare)
        self.run.folder_asked.connect(self._on_folder)
        self.run.reasons_asked.connect(self._on_reasons)
        self.work.progressed.connect(self._on_progress)
        self.work.ended.connect(self._on_work)
        self.preview.dropped.connect(self.drop)
        self.check.changed.connect(self._show_state)
        context.scenes.opened.connect(self._on_changed)
        context.scenes.closed.connect(self.desk.release)
        context.settings_changed.connect(self._on_settings)
        context.scenes.ending.connect(self.close_canvas)
        listen(context, self, self._show_session)

    @Slot(list)
    def drop(self, paths: list[str]) -> None:
        """Take dropped model files; anything else is opened as a scene."""
        models = [Path(path) for path in paths if path.lower().endswith(".onnx")]
        others = [path for path in paths if not path.lower().endswith(".onnx")]
        if models:
            self.form.models.add_files(models)
        if others:
            self.opener.open(others)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Check what changed meanwhile; the one-key actions of the picture work at once."""
        super().showEvent(event)
        self.preview.canvas.setFocus()
        self._on_changed()

    def event(self, event: QEvent) -> bool:
        """Check again what was refused when the user comes back, maybe with the disk plugged in."""
        if event.type() == QEvent.Type.WindowActivate and self.check.refusal:
            self.check.again()
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Welcome files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def take_file(self, kind: str, path: Path) -> bool:
        """Take a model that was dropped anywhere on the window."""
        if kind == "model":
            self.drop([str(path)])
        return kind == "model"

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Take files."""
        event.acceptProposedAction()
        urls = event.mimeData().urls()
        self.drop([url.toLocalFile() for url in urls if url.isLocalFile()])

    def _show_session(self, session: Session) -> None:
        self.form.show_session(session)
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        """Show the options of what is chosen; preview and check it."""
        form = self.form
        form.show_choice()
        choice, recipe = form.models.choice, form.recipe()
        if choice is not None and not choice.problem and isinstance(recipe, RestoreRecipe):
            beside = (*form.inputs.shown(choice.ports), *form.models.rivals)
            self.preview.set_choice(choice.key, recipe, beside)
        else:
            self.preview.set_choice("", None)
        if self.isVisible():  # what changed meanwhile is looked at when the page is shown
            wish = None if self._cannot() else self.wish
            found = form.folder.found
            times = len(found.scenes) if found is not None else 1
            if self.check.want(wish, form.target.path, times):
                self.work.forget_problem()
        self._show_state()

    # ------------------------------------------------------------------ running

    @Slot()
    def _on_settings(self) -> None:
        self.desk.threads = self._context.settings.threads

    @Slot()
    def _on_seams(self) -> None:
        self.form.seams.start(self.wish)

    @Slot()
    def _on_progress(self) -> None:
        self.run.show_task(self.work.task)

    @Slot()
    def _on_work(self) -> None:
        """Show what began, or what was made."""
        self.run.show_ending(self.work.ending, str(self.work.out))
        if self.work.has_failed:
            self.check.again()
        self._show_state()

    @Slot()
    def _on_view(self) -> None:
        self.opener.open(self.work.ending.made, "look")

    @Slot()
    def _on_folder(self) -> None:
        self._context.show_file(self.work.out)

    @Slot()
    def _on_reasons(self) -> None:
        self.dialog = FailuresDialog(self, self.work.ending.failed, self.work.out)
        self.dialog.open()

    @Slot()
    def _on_compare(self) -> None:
        self.opener.open(self.work.ending.made, "compare")

    # ------------------------------------------------------------------ state

    def _cannot(self) -> str:
        """Return what the window itself knows to be wrong or missing; "" where nothing is."""
        recipe = self.form.recipe(self.window_)
        return self.form.problem or (recipe if isinstance(recipe, str) else "")

    def _why_not(self) -> str:
        return self._cannot() or self.form.target.problem or self.check.refusal

    @Slot()
    def _show_state(self) -> None:
        wish, task, form = self.wish, self.work.task, self.form
        form.target.setEnabled(task is None)
        if task is None:
            form.show_target(wish)
        reason = self._why_not()
        self.run.show_problem(reason or self.work.ending.problem)
        self.run.start.setEnabled(not reason and self.check.is_good and task is None)
        self.run.show_task(task, goes_on=form.target.begun is not None)
        figures = [self.check.estimate.get(name) for name in ("seconds", "bytes", "tiles")]
        form.figures.show_estimate(*figures, is_busy=wish is not None and not reason)
        self.run.show_remark("" if reason else self.check.remark)
        form.findings.show_findings(self.check.findings)
