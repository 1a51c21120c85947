"""FindingsView: what a trial found of a foreign network, with the patch before and after."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import label
from satstudio.restore.foreign.trial_pictures import AFTER, BEFORE

PICTURE_PX = 208
LINES = 13
"""Of the table: as many as there are facts."""


class FindingsView(QWidget):
    """Two pictures, a table, remarks; empty until a trial has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures = {name: QLabel() for name in (BEFORE, AFTER)}
        self.table = Table((self.tr("Found"), ""))
        self.table.setAccessibleName(self.tr("What the trial found"))
        self.table.stretch(1)
        self.table.horizontalHeader().hide()
        line = self.fontMetrics().height() + 6
        self.table.verticalHeader().setDefaultSectionSize(line)
        self.table.setMinimumHeight(line * LINES + 4)
        self.remarks = label("", "note")
        self._arrange()
        self.clear()

    def clear(self) -> None:
        """Show nothing: no trial, or one under way."""
        for shown in self.pictures.values():
            shown.clear()
        self.table.show_rows([], [])
        self.remarks.hide()

    def show_findings(self, found: Mapping[str, Any], folder: Path) -> None:
        """Show what was found, and the pictures that lie in a folder."""
        rows = found_facts(found)
        self.table.show_rows([caption for caption, _ in rows], rows)
        for name, shown in self.pictures.items():
            self._show_picture(shown, folder / name)
        self.remarks.setText("\n".join(found["remarks"]))
        self.remarks.setVisible(bool(found["remarks"]))

    def _show_picture(self, shown: QLabel, path: Path) -> None:
        picture = QPixmap(str(path))
        if picture.isNull():
            shown.clear()
            return
        ratio = self.devicePixelRatioF()
        side = round(PICTURE_PX * ratio)
        picture = picture.scaled(
            QSize(side, side),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        picture.setDevicePixelRatio(ratio)
        shown.setPixmap(picture)

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        captions = {BEFORE: self.tr("Before"), AFTER: self.tr("After")}
        for place, (name, shown) in enumerate(self.pictures.items()):
            shown.setFixedSize(PICTURE_PX, PICTURE_PX)
            shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
            shown.setAccessibleName(captions[name])
            shown.setObjectName("picture")
            grid.addWidget(label(captions[name], "note"), 0, place)
            grid.addWidget(shown, 1, place)
        line = QHBoxLayout()
        line.addLayout(grid)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        column.addWidget(self.remarks)


def found_facts(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return rows of caption and text of what a trial found (see `Findings`)."""
    halo = found["halo_px"]
    sides = f"{found['side_px']} px only" if found["side_px"] else "any"
    reach = "the whole tile" if halo is None else f"{halo} px"
    order = {"nchw": "bands before rows (NCHW)", "nhwc": "bands after columns (NHWC)"}
    fed = f"value / {found['top']:g}"
    if found["mean"]:
        fed = f"({fed} - mean) / deviation"
    undone = {"all": "all of that", "range": "the division", "none": "nothing"}
    return (
        ("Takes", found["takes"]),
        ("Gives", found["gives"]),
        ("Layout", order[found["layout"]]),
        ("Bands", f"{found['bands_in']} in, {found['bands_out']} out"),
        ("Pixels out for one in", found["ratio"]),
        ("Sizes", f"{sides}, multiples of {found['size_multiple']} px"),
        ("Tile", f"{found['tile_px']} px, {found['seconds']:.2g} s each"),
        ("Looks around a pixel", reach),
        ("Difference of tiles", f"{found['seam']:.1e} of the largest answer"),
        ("Is fed", fed),
        ("Undone after it", undone[found["undo"]]),
        ("Answers", f"{found['low']:.4g} to {found['high']:.4g}"),
        ("Tried on", found["tried_on"]),
    )
