"""Restore page: choose scenes and a model or a filter, run, open the result."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.context import Context
from satstudio.gui.forms import Form, FormArea
from satstudio.gui.run_job import WorkerTask
from satstudio.gui.widgets import Button, label, primary_button
from satstudio.restore.baselines import BASELINES, PREFIX
from satstudio.restore.recipe import RestoreRecipe
from satstudio.session.session import Session

HIDDEN = ("window", "bands")
MODELS = "Model (*.onnx)"


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return RestorePage(context)


class RestorePage(QWidget):
    """One column: scenes, what restores them, its options."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._task: WorkerTask | None = None
        self._result: Path | None = None
        self.scenes = QListWidget()
        self.scenes.setAccessibleName(self.tr("Scenes"))
        self.scenes.setToolTip(self.tr("Open scenes; tick those to restore"))
        self.model = QComboBox()
        self.model.setAccessibleName(self.tr("Restore with"))
        self.model.setToolTip(self.tr("A classic filter, or a model file"))
        for name, baseline in BASELINES.items():
            self.model.addItem(baseline.title, f"{PREFIX}{name}")
        self.other = Button(self.tr("Other…"), "folder-open", self.tr("Choose a model file"))
        self.form = Form(RestoreRecipe.model_json_schema(), hidden=HIDDEN)
        self.run = primary_button(
            self.tr("Restore"), "play", self.tr("Restore the ticked scenes into the study folder")
        )
        self.open = Button(self.tr("Open result"), "eye", self.tr("Show what was made"))
        self.problem = label("", "problem")
        self._arrange()
        self.other.clicked.connect(self._on_other)
        self.form.changed.connect(self._show_state)
        self.scenes.itemChanged.connect(self._show_state)
        self.run.clicked.connect(self.start)
        self.open.clicked.connect(self._on_open)
        context.jobs.ended.connect(self._on_ended)
        self._show_scenes(context.store.session)
        context.store.subscribe(self._show_scenes)

    @property
    def ticked(self) -> list[str]:
        """Addresses of the ticked scenes."""
        items = [self.scenes.item(row) for row in range(self.scenes.count())]
        role = Qt.ItemDataRole.UserRole
        return [item.data(role) for item in items if item.checkState() == Qt.CheckState.Checked]

    @Slot()
    def start(self) -> None:
        """Restore the ticked scenes in a worker."""
        if self._why_not() or self._task is not None:
            return
        ticked, folder = self.ticked, self._context.study_path("restored")
        many = len(ticked) > 1
        stem = "scenes" if many else Path(ticked[0].partition("#")[0]).stem
        number, out = 1, folder / (stem if many else f"{stem}.tif")
        while out.exists():
            number += 1
            out = folder / (f"{stem}-{number}" if many else f"{stem}-{number}.tif")
        common = {"model": self.model.currentData(), "recipe": self.form.values(), "out": out}
        chosen = {"scenes": ticked} if many else {"scene": ticked[0]}
        title = self.tr("Restore {name}").format(name=out.stem)
        kind = "restore_many" if many else "restore"
        self._task = self._context.jobs.start(kind, {**common, **chosen}, title)
        self._show_state()

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.addWidget(label(self.tr("Scenes"), "heading"))
        column.addWidget(self.scenes)
        line = QHBoxLayout()
        line.addWidget(self.model, 1)
        line.addWidget(self.other)
        column.addLayout(line)
        column.addWidget(self.form)
        column.addWidget(self.problem)
        column.addWidget(self.run)
        column.addWidget(self.open)
        column.addStretch(1)
        QVBoxLayout(self).addWidget(FormArea(inside))

    def _show_scenes(self, session: Session) -> None:
        ticked, role = self.ticked, Qt.ItemDataRole.UserRole
        self.scenes.blockSignals(True)
        self.scenes.clear()
        for layer in session.layers:
            item = QListWidgetItem(layer.name)
            item.setData(role, layer.address)
            is_on = layer.address in ticked or len(session.layers) == 1
            item.setToolTip(layer.address)
            item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
            self.scenes.addItem(item)
        self.scenes.blockSignals(False)
        self._show_state()

    @Slot()
    def _on_other(self) -> None:
        for path in self._context.files.open_files(self.tr("Choose a model"), MODELS):
            self.model.addItem(Path(path).name, path)
            self.model.setCurrentIndex(self.model.count() - 1)

    @Slot()
    def _on_open(self) -> None:
        if self._result is not None:
            made = self._result
            files = sorted(made.glob("*.tif")) if made.is_dir() else [made]
            self._context.open([str(path) for path in files])
            self._context.show_page("view")

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        if self._task is None or task is not self._task:
            return
        self._task = None
        if task.state == "done":
            self._result = Path(str(task.result))
            self._context.study_changed.emit()
        self._show_state(task.text if task.state == "failed" else "")

    def _why_not(self) -> str:
        return self.form.problem() or ("" if self.ticked else self.tr("Tick a scene to restore."))

    @Slot()
    def _show_state(self, sentence: object = "") -> None:
        reason = self._why_not() or (sentence if isinstance(sentence, str) else "")
        self.problem.setText(reason)
        self.problem.setVisible(bool(reason))
        self.run.setEnabled(not self._why_not() and self._task is None)
        self.open.setEnabled(self._result is not None)
