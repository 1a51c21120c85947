"""Sample page: choose a model that takes noise, browse seeds, save."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.paths import cache_folder
from satstudio.gui.canvas.picture_view import PictureView
from satstudio.gui.forms.form import FormArea
from satstudio.gui.forms.model_panel import ModelPanel
from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.choices import Choices
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.saving import ask_saving
from satstudio.gui.kit.widgets import Button, label, primary_button
from satstudio.gui.pages.sample.drawn import (
    LARGE_VIEWS,
    Pictures,
    Samples,
    SampleView,
    draw,
    enlarged,
    large_views,
    read_samples,
    view_title,
    views_of,
)
from satstudio.gui.pages.sample.picture_grid import SampleGrid
from satstudio.gui.pages.sample.request import SampleWish
from satstudio.gui.pages.sample.state import NAME, SampleState
from satstudio.restore.generate.sample_files import files_made

FILTERS = "Complex GeoTIFF (*.tif);;NumPy array, seeds beside it (*.npy);;Picture (*.png)"


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return SamplePage(context)


class SamplePage(QWidget):
    """Model and seeds at the left, pictures at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._model: Path | None = None
        self._task: WorkerTask | None = None
        self._samples: Samples | None = None
        self.models = ModelPanel(context)
        self.wish = SampleWish(context)
        self.form = self.wish.form
        self.draw = primary_button(
            self.tr("Draw"), "dices", self.tr("Make one image for each seed; no torch is needed")
        )
        self.next = Button(
            self.tr("Next seeds"),
            "shuffle",
            self.tr("Draw as many images from the seeds after these"),
        )
        self.save = Button(
            self.tr("Save as…"), "save", self.tr("Complex GeoTIFF, .npy or PNG, with the seeds")
        )
        self.problem = label("", "problem")
        self.view = QComboBox()
        self.view.setAccessibleName(self.tr("View"))
        self.view.setToolTip(self.tr("How the samples are shown; all share one stretch"))
        self.view.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.grid = SampleGrid()
        self.real = SampleGrid()
        self.real.setAccessibleName(self.tr("Real patches"))
        self.heads = (label(self.tr("Generated"), "note"), label(self.tr("Real"), "note"))
        self._beside = QWidget()
        self.large = [PictureView() for _ in LARGE_VIEWS]
        self.large_titles = [label("", "note") for _ in LARGE_VIEWS]
        self.caption = label(self.tr("Choose a sample to see it large"), "heading")
        self._arrange()
        self._connect()
        self._keep_choices()
        self._show_state()

    def _keep_choices(self) -> None:
        kept = PageState(self._context, NAME, SampleState)
        self.choices = Choices(self._context, kept, self._chosen, self._show_chosen, self)
        self.choices.titles = {"model": self.tr("Model"), "view": self.tr("Show as")}
        self.choices.titles |= {"beside": self.tr("Real patches beside")} | self.form.titles()
        self.models.filling = self.choices.filling
        self.wish.changed.connect(self.choices.note)
        for signal in (self.models.box.activated, self.models.added, self.view.activated):
            signal.connect(self.choices.note)

    def _chosen(self) -> SampleState:
        beside, view = self.wish.beside.currentData(), str(self.view.currentData() or "")
        return SampleState(str(self.models.path or ""), self.form.values(), str(beside or ""), view)

    def _show_chosen(self, state: SampleState) -> None:
        self.models.choose(Path(state.model))
        self.form.set_values(state.values)
        self.wish.choose_beside(Path(state.beside) if state.beside else None)
        self.view.setCurrentIndex(max(self.view.findData(state.view), 0))

    @property
    def samples(self) -> Samples | None:
        """The samples shown."""
        return self._samples

    @Slot()
    def start(self) -> None:
        """Draw the chosen seeds in a worker."""
        if self._why_not() or self._model is None:
            return
        recipe = self.wish.values()
        out = cache_folder() / "samples" / "shown.npy"
        arguments = {"model": self._model, "recipe": recipe, "out": out, "overwrite": True}
        title = self.tr("Draw {n} samples").format(n=self.wish.images)
        self._task = self._context.jobs.start("sample", arguments, title, is_quiet=True)
        self._show_state()

    @Slot()
    def go_on(self) -> None:
        """Draw the seeds after these."""
        self.wish.go_on()
        self.start()

    @Slot()
    def save_as(self) -> None:
        """Save the samples of the chosen seeds."""
        if self._model is None or self._why_not():
            return
        recipe = self.wish.values()
        kind = "walk" if self.wish.is_walk else "seed"
        stem = f"{self._model.stem}-{kind}-{recipe['seed']}.tif"
        proposal = str(self._context.study / stem)
        makes = partial(files_made, is_beside=recipe.get("beside") is not None)
        saving = ask_saving(self._context.files, self.tr("Save samples"), proposal, FILTERS, makes)
        if saving is not None:
            arguments = {"model": self._model, "recipe": recipe, **saving.arguments}
            title = self.tr("Save {name}").format(name=saving.path.name)
            self._context.jobs.start("sample", arguments, title)

    def take_file(self, kind: str, path: Path) -> bool:
        """Take a model, or a patch set to stand beside, that was dropped."""
        if kind == "model":
            self.models.add(path)
        elif kind == "set":
            self.wish.add_set(path)
        return kind in ("model", "set")

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self.models)
        column.addWidget(label(self.tr("Seeds"), "heading"))
        column.addWidget(self.wish)
        line = QHBoxLayout()
        line.addWidget(self.draw, 1)
        line.addWidget(self.next)
        column.addLayout(line)
        column.addWidget(self.save)
        column.addWidget(self.problem)
        column.addStretch(1)
        splitter = QSplitter()
        splitter.addWidget(FormArea(left))
        splitter.addWidget(self._pictures())
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _pictures(self) -> QWidget:
        head = QHBoxLayout()
        caption = label(self.tr("&Show as"))
        caption.setBuddy(self.view)
        head.addWidget(caption)
        head.addWidget(self.view)
        head.addStretch(1)
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(8, 8, 8, 0)
        column.addLayout(head)
        column.addWidget(self._grids(), 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(top)
        splitter.addWidget(self._large_card())
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        return splitter

    def _grids(self) -> QWidget:
        """Return the generated images and, at their right, the real ones."""
        splitter = QSplitter()
        for widget, grid, head in zip(
            (QWidget(), self._beside), (self.grid, self.real), self.heads, strict=True
        ):
            column = QVBoxLayout(widget)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(head)
            column.addWidget(grid, 1)
            splitter.addWidget(widget)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([1, 1])
        self._show_beside(is_there=False)
        return splitter

    def _show_beside(self, *, is_there: bool) -> None:
        self._beside.setVisible(is_there)
        for head in self.heads:
            head.setVisible(is_there)

    def _large_card(self) -> QWidget:
        card = QFrame()
        card.setObjectName("card")
        inner = QVBoxLayout(card)
        inner.addWidget(self.caption)
        line = QHBoxLayout()
        for widget, title in zip(self.large, self.large_titles, strict=True):
            column_ = QVBoxLayout()
            column_.addWidget(widget, 1)
            title.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column_.addWidget(title)
            line.addLayout(column_, 1)
        inner.addLayout(line, 1)
        self._name_large(LARGE_VIEWS)
        return card

    def _name_large(self, views: Sequence[SampleView]) -> None:
        for view, widget, title in zip(views, self.large, self.large_titles, strict=False):
            widget.setAccessibleName(view_title(view))
            widget.setToolTip(view_title(view))
            title.setText(view_title(view))

    def _connect(self) -> None:
        self.models.chosen.connect(self._on_model)
        self.wish.changed.connect(self._show_state)
        self.draw.clicked.connect(self.start)
        self.next.clicked.connect(self.go_on)
        self.save.clicked.connect(self.save_as)
        self.view.currentIndexChanged.connect(self._on_view)
        self.grid.chosen.connect(self._on_sample)
        self.real.chosen.connect(self._on_real)
        self._context.jobs.ended.connect(self._on_ended)

    @Slot(object)
    def _on_model(self, path: Path | None) -> None:
        is_new = path is not None and path != self._model
        self._model = path if path is not None else self._model
        if path is None and self.models.path != self._model:
            self._model = None
        self._show_state()
        if is_new and self._task is None:
            self.start()

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        mine = self._task
        if mine is not None and task is mine:
            self._task = None
            self._show_state(task.text if task.state == "failed" else "")
            if task.state == "done":
                call = partial(read_samples, Path(str(task.result)))
                self._context.scenes.background_calls.ask(call, self._on_read, self._on_failed)
        elif task.kind == "sample" and task.state == "done":
            self._context.notify(self.tr("Saved {path}").format(path=task.result))

    @Slot(object)
    def _on_read(self, samples: Samples) -> None:
        self._samples = samples
        views = views_of(samples)
        shown = [self.view.itemData(row) for row in range(self.view.count())]
        if shown != list(views):
            with self.choices.filling():
                self.view.blockSignals(True)
                self.view.clear()
                for view in views:
                    self.view.addItem(view_title(view), view)
                self.view.blockSignals(False)
        self._on_view()

    @Slot()
    def _on_view(self) -> None:
        view = self.view.currentData()
        if self._samples is not None and view is not None:
            self._context.scenes.background_calls.ask(
                partial(draw, self._samples, view), self._on_pictures, self._on_failed
            )

    @Slot(object)
    def _on_pictures(self, pictures: Pictures) -> None:
        samples = self._samples
        if samples is None or pictures.samples is not samples:
            return
        if pictures.view == self.view.currentData():
            titles, columns = samples.titles, samples.columns
            self._show_beside(is_there=samples.real is not None)
            self.heads[1].setText(self.tr("Real ({source})").format(source=samples.source))
            self.real.blockSignals(True)  # a sample is chosen, not a real patch
            self.real.show_images(pictures.real, samples.real_titles, samples.real_names, columns)
            self.real.blockSignals(False)
            self.grid.show_images(pictures.images, titles, samples.names, columns)

    @Slot(int)
    def _on_sample(self, index: int) -> None:
        if self._samples is not None and index < len(self._samples.names):
            self._enlarge(index, self._samples.names[index], is_real=False)

    @Slot(int)
    def _on_real(self, index: int) -> None:
        if self._samples is not None and index < len(self._samples.real_names):
            self._enlarge(index, self._samples.real_names[index], is_real=True)

    def _enlarge(self, index: int, caption: str, *, is_real: bool) -> None:
        samples = self._samples
        if samples is None:
            return
        self.caption.setText(caption)
        views = large_views(samples)
        self._name_large(views)
        call = partial(_large, caption, samples, index, views, is_real=is_real)
        self._context.scenes.background_calls.ask(call, self._on_large, self._on_failed)

    @Slot(object)
    def _on_large(self, found: tuple[str, tuple[QImage, ...]]) -> None:
        caption, images = found
        if caption != self.caption.text():
            return  # another one was chosen meanwhile
        for number, widget in enumerate(self.large):
            widget.set_image(images[number] if number < len(images) else None)
            widget.setVisible(number < len(images))
            self.large_titles[number].setVisible(number < len(images))

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._show_state(str(error))

    def _why_not(self) -> str:
        return self.wish.problem()

    @Slot()
    def _show_state(self, sentence: str = "") -> None:
        reason = self._why_not() or sentence
        self.problem.setText(reason)
        self.problem.setVisible(bool(reason))
        is_ready = self._model is not None and not self._why_not()
        self.draw.setEnabled(is_ready and self._task is None)
        self.next.setEnabled(is_ready and self._task is None)
        self.save.setEnabled(is_ready)
        self.draw.setText(self.tr("Drawing…") if self._task else self.tr("Draw"))


def _large(
    caption: str, samples: Samples, index: int, views: Sequence[SampleView], *, is_real: bool
) -> tuple[str, tuple[QImage, ...]]:
    """Draw one image large on another thread."""
    return caption, enlarged(samples, index, views, is_real=is_real)
