"""Restore page: choose scenes and a model or a filter, preview, run, open the result."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QSplitter, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.gui.context import Context
from satstudio.gui.forms import FormArea
from satstudio.gui.model_chooser import ModelChooser
from satstudio.gui.restore_check import RestoreCheck, Wish
from satstudio.gui.restore_choices import Choice
from satstudio.gui.restore_desk import RestoreDesk
from satstudio.gui.restore_options import RestoreOptions
from satstudio.gui.restore_preview import RestorePreview
from satstudio.gui.restore_result import ResultOpener, made_files, mask_path, result_path
from satstudio.gui.restore_run import RestoreFigures, RestoreRun
from satstudio.gui.run_job import WorkerTask
from satstudio.gui.scene_ticks import SceneTicks
from satstudio.gui.view_commands import listen
from satstudio.gui.widgets import duration, label
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
        self._mask: Path | None = None
        self._failure = ""
        self.setAcceptDrops(True)
        self.desk = RestoreDesk(self)
        self.scenes = SceneTicks(context)
        self.part = QComboBox()
        self.models = ModelChooser(context, self.desk)
        self.options = RestoreOptions()
        self.figures = RestoreFigures()
        self.run = RestoreRun()
        self.preview = RestorePreview(context, self.desk)
        self.opener = ResultOpener(context, self)
        self.check = RestoreCheck(self.desk, self)
        self._options_title = label(self.tr("Options"), "heading")
        self._arrange()
        self._connect()
        self._show_session(context.store.session)

    @property
    def wish(self) -> Wish | None:
        """What would be restored with what and how; None where something is missing."""
        choice, recipe = self.models.choice, self.options.recipe(self.window_)
        if choice is None or isinstance(recipe, str) or not self.scenes.ticked:
            return None
        return self.scenes.ticked, choice.key, recipe

    @property
    def window_(self) -> Window | None:
        """The part of the scenes that is restored; None for all of it."""
        if self.part.currentData() == SEEN:
            return self.preview.seen
        return self._context.store.session.crop if self.part.currentData() == CROP else None

    def out(self, wish: Wish) -> Path:
        """Return where the result goes."""
        choice = self.models.choice or Choice(wish[1], "", ())
        has_mask = self.options.parts.wants_mask
        return result_path(self._context.study, wish[0], choice, has_mask=has_mask)

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
        out = self.out(wish)
        common: dict[str, Any] = {
            "model": model,
            "recipe": recipe.model_dump(mode="json"),
            "out": out,
        }
        if self.options.parts.wants_mask:
            common["points_mask"] = mask_path(out)
        self._mask = common.get("points_mask")
        chosen = {"scenes": scenes} if len(scenes) > 1 else {"scene": scenes[0]}
        kind = "restore_many" if len(scenes) > 1 else "restore"
        title = self.tr("Restore {name}").format(name=out.stem)
        self._failure = ""
        self.run.show_result("")
        self._task = self._context.jobs.start(kind, {**common, **chosen}, title)
        self._task.changed.connect(self._on_progress)
        self._show_state()

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
        self.part.currentIndexChanged.connect(self._on_changed)
        self.run.started.connect(self.start)
        self.run.stopped.connect(self._on_stop)
        self.run.view_asked.connect(self._on_view)
        self.run.compare_asked.connect(self._on_compare)
        self.preview.dropped.connect(self.drop)
        self.check.changed.connect(self._show_state)
        context.scenes.opened.connect(self._on_changed)
        context.scenes.closed.connect(self.desk.release)
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
            self.opener.open(others, "restore")

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
        self._options_title.setVisible(bool(self.options.names))
        recipe = self.options.recipe()
        choice = self.models.choice
        is_usable = choice is not None and not choice.problem and not isinstance(recipe, str)
        if is_usable and choice is not None and isinstance(recipe, RestoreRecipe):
            self.preview.set_choice(choice.key, recipe)
        else:
            self.preview.set_choice("", None)
        if self.isVisible():  # what changed meanwhile is looked at when the page is shown
            wish = None if self._cannot() else self.wish
            if self.check.want(wish, self._context.study):
                self._failure = ""
        self._show_state()

    # ------------------------------------------------------------------ running

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
        if task.state == "done":
            self._made = made_files(task.result)
            name, many = Path(str(task.result)).name, len(self._made)
            text = self.tr("{name} is restored, in {time}.")
            if many > 1:
                text = self.tr("{many} scenes are restored into {name}, in {time}.")
            text = text.format(name=name, many=many, time=duration(task.elapsed_s))
            if self._mask is not None:
                more = self.tr("The mask of its points is {name}.")
                text = f"{text} {more.format(name=self._mask.name)}"
            self.run.show_result(text, str(task.result))
            self._context.study_changed.emit()
        elif task.state == "failed":
            self._failure = task.text
            self._context.notify(task.text, "error", task.detail)
        else:
            self._failure = self.tr("Stopped. Nothing half-written was left.")
            if task.kind == "restore_many":
                self._failure = self.tr("Stopped. What was finished lies in the study folder.")
        self._show_state()

    @Slot()
    def _on_view(self) -> None:
        self.opener.open(self._made, "view")

    @Slot()
    def _on_compare(self) -> None:
        self.opener.open(self._made, "compare")

    # ------------------------------------------------------------------ state

    def _cannot(self) -> str:
        """Return what the window itself knows to be wrong or missing; "" where nothing is."""
        choice, recipe = self.models.choice, self.options.recipe(self.window_)
        if not self._context.store.session.layers:
            return self.tr("Open a scene first (Ctrl+O).")
        if not self.scenes.ticked:
            return self.tr("Tick a scene to restore.")
        if choice is None:
            return self.tr("Choose what to restore with.")
        return choice.problem or (recipe if isinstance(recipe, str) else "")

    def _why_not(self) -> str:
        return self._cannot() or self.check.refusal

    @Slot()
    def _show_state(self) -> None:
        reason, wish = self._why_not(), self.wish
        self.run.show_problem(reason or self._failure)
        self.run.start.setEnabled(not reason and self.check.is_good and self._task is None)
        self.run.show_task(self._task)
        figures = [self.check.estimate.get(name) for name in ("seconds", "bytes", "tiles")]
        self.figures.show_estimate(*figures, is_busy=wish is not None and not reason)
        self.run.show_remark("" if reason else self.check.remark)
        if wish is None or reason:
            self.figures.show_file("", "")
        elif self._task is None:
            out = self.out(wish)
            self.figures.show_file(f"restored/{out.name}", str(out))
