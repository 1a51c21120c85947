"""SeamCheck: asks a worker whether tiles show in a restored scene; SeamDialog: what it found."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from satstudio.core.environment import scratch_folder
from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Size
from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import Button, label
from satstudio.gui.pages.restore.desk import Wish
from satstudio.render.colormaps import shades
from satstudio.scenes.scene import open_scene

KIND = "check_seams"
MOST_PX = 360
COLOURS = "blue_orange"


class SeamCheck(QWidget):
    """A button; the check is a task like any other, its report a dialog."""

    asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._folder = scratch_folder()
        self._task: WorkerTask | None = None
        self.dialog: SeamDialog | None = None
        self.button = Button(
            self.tr("Check for seams…"),
            "grid-2x2",
            self.tr(
                "Restore some crops of the first ticked scene in tiles and in one pass, and tell "
                "whether tiles show and what helps; nothing is saved"
            ),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.button.clicked.connect(self.asked)
        context.jobs.ended.connect(self._on_ended)
        self.destroyed.connect(self._folder.cleanup)

    @property
    def map_path(self) -> Path:
        """Where the map of the difference lies."""
        return Path(self._folder.name) / "seams.tif"

    def start(self, wish: Wish | None) -> None:
        """Check what is chosen; one check at a time."""
        if wish is None or self._task is not None:
            self._context.notify(self.tr("Tick a scene and choose what to restore with first."))
            return
        scenes, model, recipe = wish
        arguments = {"scene": scenes[0], "model": model, "recipe": recipe.model_dump(mode="json")}
        self.button.setEnabled(False)
        self.map_path.unlink(missing_ok=True)
        self._task = self._context.jobs.start(
            KIND, {**arguments, "out": self.map_path}, self.tr("Check for seams"), is_quiet=True
        )

    @Slot(object)
    def _on_ended(self, task: object) -> None:
        if self._task is None or task is not self._task:
            return
        done, self._task = self._task, None
        self.button.setEnabled(True)
        if done.state == "done" and isinstance(done.result, Mapping):
            self.dialog = SeamDialog(self.window(), done.result, _picture(self.map_path))
            self.dialog.open()
        elif done.state == "failed":
            self._context.notify(done.text, "error", done.detail)


class SeamDialog(QDialog):
    """The advice, the figures of each crop, and the map of the worst one."""

    def __init__(self, parent: QWidget, report: Mapping[str, Any], picture: QImage) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Seams"))
        self._report = report
        self.advice = label(str(report["advice"]))
        self.advice.setWordWrap(True)
        self.advice.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        heads = (
            self.tr("Crop"),
            self.tr("At seams"),
            self.tr("Amid tiles"),
            self.tr("Largest"),
            self.tr("Steps at seams"),
            self.tr("In one pass"),
        )
        self.table = Table(heads, right=range(1, len(heads)))
        self.table.setAccessibleName(self.tr("Difference of tiles and one pass"))
        rows = [_row(crop) for crop in report["crops"]]
        self.table.show_rows([row[0] for row in rows], rows)
        self.picture = label("")
        self.picture.setAccessibleName(self.tr("Map of the difference of the worst crop"))
        self.caption = label(
            self.tr("Tiles less one pass in the worst crop; the pale middle is no difference."),
            "note",
        )
        if not picture.isNull():
            self.picture.setPixmap(QPixmap.fromImage(picture))
        self._arrange(has_picture=not picture.isNull())

    def text(self) -> str:
        """Return all of it as text."""
        lines = ["\t".join(_row(crop)) for crop in self._report["crops"]]
        return "\n".join([str(self._report["advice"]), *lines])

    def _arrange(self, *, has_picture: bool) -> None:
        copy = Button(self.tr("&Copy"), "copy", self.tr("Copy advice and figures"))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.advice)
        column.addWidget(self.table, 1)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.caption)
        column.addWidget(buttons)
        self.table.setVisible(bool(self._report["crops"]))
        self.picture.setVisible(has_picture)
        self.caption.setVisible(has_picture)
        self.resize(self.fontMetrics().averageCharWidth() * 125, self.sizeHint().height())


def _row(crop: Mapping[str, Any]) -> tuple[str, ...]:
    unit = crop["unit"]
    sizes = (f"{crop[name]:.3g} {unit}" for name in ("at_seams", "inside", "largest"))
    steps = (f"{crop[name]:.3g}" for name in ("steps", "steps_one_pass"))
    return (str(crop["window"]), *sizes, *steps)


def _picture(path: Path) -> QImage:
    """Return the map in blue and orange, pale where nothing differs; empty where there is none."""
    try:
        with closing(open_scene(path)) as scene:
            size = scene.grid.size
            share = min(1.0, MOST_PX / max(size.rows, size.cols))
            shape = Size(max(round(size.rows * share), 1), max(round(size.cols * share), 1))
            shown = scene.read(shape=shape, bands=[0]).pixels[0]
    except SatstudioError:
        return QImage()
    most = float(np.abs(shown).max()) or 1.0
    colours = np.ascontiguousarray(shades(COLOURS, (shown / most + 1) / 2))
    rows, cols = shown.shape
    return QImage(colours.data, cols, rows, 4 * cols, QImage.Format.Format_RGB32).copy()
