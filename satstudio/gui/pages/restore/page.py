"""Restore page: choose scenes and a model or a filter, preview, run, open the result."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QSplitter, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.gui.canvas.scene_actions import listen
from satstudio.gui.forms.form import FormArea
from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.choices import Choices
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.gui.pages.restore.ending import ending_of
from satstudio.gui.pages.restore.fit_check import RestoreCheck, Wish
from satstudio.gui.pages.restore.images.input_findings import InputFindings
from satstudio.gui.pages.restore.images.input_table import InputTable
from satstudio.gui.pages.restore.model_chooser import ModelChooser
from satstudio.gui.pages.restore.open_results import INVENTED, ResultOpener, mask_path
from satstudio.gui.pages.restore.options import RestoreOptions
from satstudio.gui.pages.restore.preview.preview_pane import RestorePreview
from satstudio.gui.pages.restore.run_panel import RestoreFigures, RestoreRun
from satstudio.gui.pages.restore.scene_ticks import SceneTicks
from satstudio.gui.pages.restore.seam_check import SeamCheck
from satstudio.gui.pages.restore.state import NAME, RestoreState
from satstudio.gui.pages.restore.target import ResultTarget
from satstudio.restore.recipe import RestoreRecipe
from satstudio.session.session import Session

SECTION_PX = 6
WHOLE, SEEN, CROP = "whole", "seen", "crop"


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return RestorePage(context)


class RestorePage(QWidget):
    """Scenes, model and choices at the left, before and after at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._task: WorkerTask | None = None
        self._made: tuple[Path, ...] = ()
        self._out = Path()
        self._masks: tuple[Path, ...] = ()
        self._failure = ""
        self.setAcceptDrops(True)
        self.desk = RestoreDesk(self)
        self.desk.threads = context.settings.threads
        self.scenes = SceneTicks(context)
        self.part = QComboBox()
        self.models = ModelChooser(context, self.desk)
        self.inputs = InputTable(context)
        self.findings = InputFindings()
        self.options = RestoreOptions()
        self.seams = SeamCheck(context, lambda: self.wish)
        self.target = ResultTarget(context)
        self.figures = RestoreFigures()
        self.run = RestoreRun()
        self.preview = RestorePreview(context, self.desk)
        self.opener = ResultOpener(context, self)
        self.check = RestoreCheck(self.desk, self)
        self._options_title = label(self.tr("Options"), "heading")
        self._arrange()
        self._connect()
        kept = PageState(context, NAME, RestoreState)
        self.choices = Choices(context, kept, self._chosen, self._show_chosen, self)
        self._connect_choices()
        self._show_session(context.store.session)

    @property
    def wish(self) -> Wish | None:
        """What would be restored with what and how; None where something is missing."""
        choice, recipe = self.models.choice, self._recipe(self.window_)
        if choice is None or isinstance(recipe, str) or not self.scenes.ticked:
            return None
        return self.scenes.ticked, choice.key, recipe

    @property
    def window_(self) -> Window | None:
        """The part of the scenes that is restored; None for all of it."""
        if self.part.currentData() == SEEN:
            return self.preview.seen
        return self._context.store.session.crop if self.part.currentData() == CROP else None

    def close_canvas(self) -> None:
        """End the threads of the canvas and the process behind the preview."""
        self.check.close()
        self.preview.close_canvas()
        self.desk.close()

    @Slot()
    def start(self) -> None:
        """Restore the ticked scenes in a worker."""
        wish = self.wish
        if wish is None or self._why_not() or not self.check.is_good or self._task is not None:
            return
        scenes, model, recipe = wish
        out = self._out = self.target.out
        common: dict[str, Any] = {
            "model": model,
            "recipe": recipe.model_dump(mode="json"),
            "out": out,
        }
        if self.options.parts.wants_mask:
            common["points_mask"] = mask_path(out)
        if self.target.wants_invented:
            common["invented_mask"] = mask_path(out, INVENTED)
        self._masks = tuple(path for name, path in common.items() if name.endswith("_mask"))
        self.target.forget_name()
        chosen = {"scenes": scenes} if len(scenes) > 1 else {"scene": scenes[0]}
        kind = "restore_many" if len(scenes) > 1 else "restore"
        title = self.tr("Restore {name}").format(name=out.stem)
        self._failure = ""
        self.run.show_result("")
        self._task = self._context.jobs.start(kind, {**common, **chosen}, title)
        self._task.changed.connect(self._on_progress)
        self._show_state()

    # ------------------------------------------------------------------ state

    def _chosen(self) -> RestoreState:
        return RestoreState(
            self.models.key,
            str(self.part.currentData()),
            self.options.form.values() | self.options.advanced.values(),
            self.options.parts.form.values(),
            self.options.parts.save_mask.isChecked(),
            self.target.folder_name,
            self.inputs.given,
            self.inputs.align.isChecked(),
            self.target.save_invented.isChecked(),
        )

    def _show_chosen(self, state: RestoreState) -> None:
        self.models.choose(state.model)
        self.part.setCurrentIndex(max(self.part.findData(state.part), 0))
        for form in (self.options.form, self.options.advanced):
            form.set_values({k: v for k, v in state.options.items() if k in form.titles()})
        self.options.parts.form.set_values(state.parts)
        self.options.parts.save_mask.setChecked(state.has_mask)
        self.target.show_chosen(state.folder, has_invented=state.has_invented)
        self.inputs.show_given(state.inputs, is_aligned=state.align)

    def _connect_choices(self) -> None:
        """Keep what the user chooses; lists of models that arrive late are no choice."""
        self.models.filling = self.choices.filling
        options = self.options
        forms = (options.form, options.advanced, options.parts.form)
        self.choices.titles = {
            "model": self.tr("Restore with"),
            "part": self.tr("Part of the scene"),
            "has_mask": self.tr("Mask of the points"),
            "folder": self.tr("Folder for results"),
            "inputs": self.tr("Other images"),
            "align": self.tr("Align images"),
            "has_invented": self.tr("Mask of what is invented"),
        } | {name: title for form in forms for name, title in form.titles().items()}
        self.models.box.activated.connect(self.choices.note)
        self.models.added.connect(self.choices.note)
        self.part.activated.connect(self.choices.note)
        self.options.changed.connect(self.choices.note)
        self.target.folder_chosen.connect(self.choices.note)
        self.target.save_invented.clicked.connect(self.choices.note)
        self.inputs.changed.connect(self.choices.note)

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        self.part.setAccessibleName(self.tr("Part of the scene"))
        self.part.setToolTip(self.tr("All of each scene, or a rectangle of it"))
        for text, key in (
            (self.tr("Whole scene"), WHOLE),
            (self.tr("Part in view"), SEEN),
            (self.tr("Crop rectangle"), CROP),
        ):
            self.part.addItem(text, key)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(FormArea(self._choices()), 1)
        column.addWidget(self.run)
        splitter = QSplitter()
        splitter.addWidget(left)
        splitter.addWidget(self.preview)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _choices(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self._caption(self.tr("&Scenes"), self.scenes))
        column.addWidget(self.scenes)
        column.addWidget(self.inputs)
        column.addWidget(self.findings)
        column.addSpacing(SECTION_PX)
        column.addWidget(self._caption(self.tr("&Part of the scene"), self.part))
        column.addWidget(self.part)
        column.addSpacing(SECTION_PX)
        column.addWidget(self.models)
        column.addSpacing(SECTION_PX)
        column.addWidget(self.options.parts)
        column.addSpacing(SECTION_PX)
        column.addWidget(self._options_title)
        column.addWidget(self.options)
        column.addWidget(self.seams)
        column.addSpacing(SECTION_PX)
        column.addWidget(label(self.tr("Result"), "heading"))
        column.addWidget(self.target)
        column.addSpacing(SECTION_PX)
        column.addWidget(label(self.tr("Estimate"), "heading"))
        column.addWidget(self.figures)
        column.addStretch(1)
        return inside

    def _caption(self, text: str, buddy: QWidget) -> QLabel:
        caption = label(text, "heading")
        caption.setBuddy(buddy)
        return caption

    def _connect(self) -> None:
        context = self._context
        self.scenes.ticked_changed.connect(self._on_changed)
        self.models.chosen.connect(self._on_changed)
        self.options.changed.connect(self._on_changed)
        self.inputs.changed.connect(self._on_changed)
        self.part.currentIndexChanged.connect(self._on_changed)
        self.run.started.connect(self.start)
        self.run.stopped.connect(self._on_stop)
        self.run.view_asked.connect(self._on_view)
        self.run.compare_asked.connect(self._on_compare)
        self.preview.dropped.connect(self.drop)
        self.check.changed.connect(self._show_state)
        self.target.changed.connect(self._on_changed)
        context.scenes.opened.connect(self._on_changed)
        context.scenes.closed.connect(self.desk.release)
        context.settings_changed.connect(self._on_settings)
        context.scenes.ending.connect(self.close_canvas)
        context.jobs.ended.connect(self._on_ended)
        listen(context, self, self._show_session)

    @Slot(list)
    def drop(self, paths: list[str]) -> None:
        """Take dropped model files; anything else is opened as a scene."""
        models = [Path(path) for path in paths if path.lower().endswith(".onnx")]
        others = [path for path in paths if not path.lower().endswith(".onnx")]
        if models:
            self.models.add_files(models)
        if others:
            self.opener.open(others)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Check what changed meanwhile; the one-key actions of the picture work at once."""
        super().showEvent(event)
        self.preview.canvas.setFocus()
        self._on_changed()

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
        row, has_crop = self.part.findData(CROP), session.crop is not None
        items = self.part.model()
        if isinstance(items, QStandardItemModel):
            items.item(row).setEnabled(has_crop)
        tip = "" if has_crop else self.tr("Draw one on the View page first (C)")
        self.part.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        if not has_crop and self.part.currentData() == CROP:
            self.part.setCurrentIndex(0)
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        """Show the options of what is chosen; preview and check it."""
        scenes = [self._context.scenes.scene(address) for address in self.scenes.ticked]
        known = [scene for scene in scenes if scene is not None]
        is_complex = bool(known) and all(scene.is_complex for scene in known)
        bands = max((len(scene.bands) for scene in known), default=1)
        self.options.show_choice(
            self.models.choice, is_complex=is_complex, bands=bands, scenes=len(known)
        )
        self._options_title.setVisible(self.options.has_any)
        choice = self.models.choice
        self.inputs.show_ports(choice.ports if choice is not None else (), self.scenes.ticked)
        recipe = self._recipe()
        is_usable = choice is not None and not choice.problem and not isinstance(recipe, str)
        if is_usable and choice is not None and isinstance(recipe, RestoreRecipe):
            beside = (*self.inputs.shown(choice.ports), *self.models.rivals)
            self.preview.set_choice(choice.key, recipe, beside)
        else:
            self.preview.set_choice("", None)
        if self.isVisible():  # what changed meanwhile is looked at when the page is shown
            wish = None if self._cannot() else self.wish
            if self.check.want(wish, self.target.path):
                self._failure = ""
        self._show_state()

    # ------------------------------------------------------------------ running

    @Slot()
    def _on_settings(self) -> None:
        self.desk.threads = self._context.settings.threads

    @Slot()
    def _on_stop(self) -> None:
        if self._task is not None:
            self._task.stop()

    @Slot()
    def _on_progress(self) -> None:
        self.run.show_task(self._task)

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        if self._task is None or task is not self._task:
            return
        self._task = None
        ending = ending_of(task, self._out, self._masks)
        self._made, self._failure = ending.made, ending.problem
        self.run.show_result(ending.text, str(self._out))
        if task.state == "failed":
            self._context.notify(task.text, "error", task.detail)
        self._context.study_changed.emit()
        self._show_state()

    @Slot()
    def _on_view(self) -> None:
        self.opener.open(self._made, "look")

    @Slot()
    def _on_compare(self) -> None:
        self.opener.open(self._made, "compare")

    # ------------------------------------------------------------------ state

    def _recipe(self, window: Window | None = None) -> RestoreRecipe | str:
        """Return the recipe, or a sentence on what is wrong with it or missing."""
        recipe = self.options.recipe(window)
        if isinstance(recipe, str):
            return recipe
        return self.inputs.problem() or recipe.changed(**self.inputs.values())

    def _cannot(self) -> str:
        """Return what the window itself knows to be wrong or missing; "" where nothing is."""
        choice, recipe = self.models.choice, self._recipe(self.window_)
        if not self._context.store.session.layers:
            return self.tr("Open a scene first (Ctrl+O).")
        if not self.scenes.ticked:
            return self.tr("Tick a scene to restore.")
        if choice is None:
            return self.tr("Choose what to restore with.")
        return choice.problem or (recipe if isinstance(recipe, str) else "")

    def _why_not(self) -> str:
        return self._cannot() or self.target.problem or self.check.refusal

    @Slot()
    def _show_state(self) -> None:
        wish = self.wish
        self.target.setEnabled(self._task is None)
        if self._task is None:
            recipe = wish[2] if wish is not None else None
            has_mask = self.options.parts.wants_mask
            self.target.show_wish(self.scenes.ticked, self.models.choice, recipe, has_mask=has_mask)
        reason = self._why_not()
        self.run.show_problem(reason or self._failure)
        self.run.start.setEnabled(not reason and self.check.is_good and self._task is None)
        self.run.show_task(self._task, goes_on=self.target.batch is not None)
        figures = [self.check.estimate.get(name) for name in ("seconds", "bytes", "tiles")]
        self.figures.show_estimate(*figures, is_busy=wish is not None and not reason)
        self.run.show_remark("" if reason else self.check.remark)
        self.findings.show_findings(self.check.findings)
