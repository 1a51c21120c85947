"""SampleWish: which images are drawn: seeds, walks between them, real patches beside."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from satstudio.gui.forms.form import Form
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.study import SetRow, patch_sets
from satstudio.gui.kit.widgets import label
from satstudio.restore.generate.samples import SampleRecipe

MOST_SHOWN = 1024
FIELDS = ("count", "seed", "walk")
NAME_LETTERS = 22


class SampleWish(QWidget):
    """A form of the recipe, and the patch sets of the study to choose one from."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._others: list[Path] = []
        self.form = Form(SampleRecipe.model_json_schema(), hidden=("columns", "beside"))
        self.beside = QComboBox()
        self.beside.setAccessibleName(self.tr("Real patches beside"))
        self.beside.setToolTip(
            self.tr("Real patches of a set stand beside the samples, all under one stretch")
        )
        self.beside.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.beside.setMinimumContentsLength(NAME_LETTERS)
        self.beside.addItem(self.tr("none"), None)
        caption = label(self.tr("Real patches &beside"))
        caption.setBuddy(self.beside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addWidget(caption)
        column.addWidget(self.beside)
        self.form.changed.connect(self._on_changed)
        self.beside.currentIndexChanged.connect(self._on_changed)
        context.study_changed.connect(self.refresh)
        self.refresh()
        self._on_changed()

    @property
    def is_walk(self) -> bool:
        """Tell whether walks are drawn."""
        return bool(self.form.values()["walk"] != "none")

    @property
    def images(self) -> int:
        """Number of images that are drawn."""
        values = self.form.values()
        count, steps = int(values["count"]), int(values["walk_steps"])
        return (count - 1) * steps if self.is_walk else count

    def values(self) -> dict[str, Any]:
        """Return the recipe's values."""
        beside = None if self.is_walk else self.beside.currentData()
        return {**self.form.values(), "beside": beside}

    def problem(self) -> str:
        """Return what is wrong, "" where nothing is."""
        if self.form.problem():
            return self.form.problem()
        if self.is_walk and self.form.values()["count"] < 2:
            return self.tr("A walk needs two seeds at least: draw 2 images or more.")
        if self.images > MOST_SHOWN:
            return self.tr("At most {n} images are drawn here.").format(n=MOST_SHOWN)
        return ""

    def go_on(self) -> None:
        """Take the seeds after these; a walk goes on from where it ended."""
        values = self.form.values()
        step = values["count"] - (1 if self.is_walk else 0)
        self.form.set_values({"seed": values["seed"] + step})

    def add_set(self, path: Path) -> None:
        """Take a patch set from anywhere, and stand it beside."""
        self._others = [path, *(other for other in self._others if other != path)]
        self.form.set_values({"walk": "none"})
        self._on_changed()
        if path not in self._paths():
            self.beside.addItem(path.name, path)
        self.choose_beside(path)

    def choose_beside(self, path: Path | None) -> None:
        """Choose a patch set where it is listed; None: nothing stands beside."""
        if path in self._paths():
            self.beside.setCurrentIndex(self._paths().index(path))

    def _paths(self) -> list[Path | None]:
        return [self.beside.itemData(row) for row in range(self.beside.count())]

    @Slot()
    def refresh(self) -> None:
        """List the patch sets of the study anew."""
        call = partial(patch_sets, self._context.study / "patches", tuple(self._others))
        self._context.scenes.background_calls.ask(call, self._on_listed)

    @Slot(object)
    def _on_listed(self, rows: Sequence[SetRow]) -> None:
        before = self.beside.currentData()
        paths = [row.path for row in rows if not row.problem]
        self.beside.blockSignals(True)
        self.beside.clear()
        self.beside.addItem(self.tr("none"), None)
        for path in paths:
            self.beside.addItem(path.name, path)
        self.beside.setCurrentIndex(paths.index(before) + 1 if before in paths else 0)
        self.beside.blockSignals(False)

    @Slot()
    def _on_changed(self) -> None:
        self.form.show_only((*FIELDS, "walk_steps") if self.is_walk else FIELDS)
        self.beside.setEnabled(not self.is_walk)
        self.changed.emit()
