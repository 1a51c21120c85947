"""ContactSheet: all patches of a set; what is shown of them, how large, which are rejected."""

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import Button, grouped, label, tool_button
from satstudio.gui.pages.patches.rejections import Rejections
from satstudio.gui.pages.patches.sheet_model import IS_REJECTED, SheetModel
from satstudio.gui.pages.patches.sheet_source import BESIDE, SheetSource, Shown
from satstudio.gui.pages.patches.sheet_view import SheetView
from satstudio.patches.rejected import Rejected

LETTERS = 18
_NOTHING = Rejected()


class ContactSheet(QWidget):
    """Shows a set; a click on a patch rejects it or takes it back."""

    shown_changed = Signal()
    """The user chose how patches are shown."""

    def __init__(self, context: Context, rejections: Rejections) -> None:
        super().__init__()
        self._context = context
        self._rejections = rejections
        self._path: Path | None = None
        self._shown = Shown()
        self.model = SheetModel(context, self)
        self.view = SheetView()
        self.view.setModel(self.model)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.part_box = _box(self.tr("Patches shown"), self.tr("Which patches are listed"))
        self.part_box.setMinimumContentsLength(LETTERS // 2)
        for text, key in (
            (self.tr("All patches"), "all"),
            (self.tr("Training"), "train"),
            (self.tr("Validation"), "validation"),
            (self.tr("Test"), "test"),
            (self.tr("Rejected"), "rejected"),
        ):
            self.part_box.addItem(text, key)
        self.band_box = _box(self.tr("Band"), self.tr("Which band is shown, of which role"))
        self.view_box = _box(self.tr("Show as"), self.tr("How the patches are shown"))
        self.larger = tool_button("zoom-in", "", self.tr("Enlarge (+ or Ctrl and the wheel)"))
        self.smaller = tool_button("zoom-out", "", self.tr("Show more (- or Ctrl and the wheel)"))
        self.count = label("", "note")
        self.count.setWordWrap(False)
        self.all_back = Button(
            self.tr("Take all back"), "rotate-ccw", self.tr("Reject no patch of this set")
        )
        self._arrange()
        self._connect()
        self.show_set(None)

    @property
    def shown(self) -> str:
        """The view that patches are shown in; "" for the usual one."""
        return self._shown.view

    def show_set(self, path: Path | None, hint: str = "") -> None:
        """Show a set; without one, a hint."""
        self._path = path
        self.model.show_source(None, self._rejections.of(path) if path else _NOTHING, "all")
        self._show_state()
        self.view.set_hint(hint)
        if path is not None:
            self.view.set_hint(self.tr("Opening the patches…"))
            self._open()

    def show_view(self, view: str) -> None:
        """Show patches in a view that the session kept."""
        if view != self._shown.view:
            self._shown = Shown(self._shown.role, self._shown.band, view)
            self._open()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        line = QHBoxLayout()
        for widget in (self.part_box, self.band_box, self.view_box, self.smaller, self.larger):
            line.addWidget(widget)
        line.addSpacing(6)
        line.addWidget(self.count, 1)
        line.addWidget(self.all_back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.view, 1)

    def _connect(self) -> None:
        self.larger.clicked.connect(self.view.zoom_in)
        self.smaller.clicked.connect(self.view.zoom_out)
        self.view.zoomed.connect(self._show_state)
        self.view.toggled.connect(self._on_toggled)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.part_box.activated.connect(self._on_part)
        self.band_box.activated.connect(self._on_band)
        self.view_box.activated.connect(self._on_view)
        self.all_back.clicked.connect(self._on_all_back)
        self._rejections.changed.connect(self._on_rejected)

    def _open(self) -> None:
        if self._path is not None:
            call = partial(SheetSource, self._path, self._shown)
            ask = self._context.scenes.background_calls.ask
            ask(call, self._on_source, self._on_failed)

    @Slot(object)
    def _on_source(self, source: SheetSource) -> None:
        if source.path != self._path:
            return
        self._rejections.know(source.path, source.rejected)
        _fill(self.band_box, [(_band_text(*band), band[:2]) for band in source.bands])
        _fill(self.view_box, [(title, key) for key, title in source.views.items()])
        bands = [band[:2] for band in source.bands]
        self.band_box.setCurrentIndex(bands.index((source.role, source.shown.band or 0)))
        self.view_box.setCurrentIndex(self.view_box.findData(source.shown.view))
        self._show_part(source)

    def _show_part(self, source: SheetSource | None) -> None:
        rejected = self._rejections.of(source.path) if source is not None else _NOTHING
        self.model.show_source(source, rejected, self.part_box.currentData())
        empty = {
            "validation": self.tr("This set has no validation patches."),
            "test": self.tr("This set has no test patches."),
            "rejected": self.tr("No patch is rejected. A click on a patch rejects it."),
        }
        self.view.set_hint(empty.get(self.part_box.currentData(), ""))
        self.view.set_aspect(source.aspect if source is not None else 1.0)
        self._show_state()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.view.set_hint(str(error))

    @Slot()
    def _on_part(self) -> None:
        self._show_part(self.model.source)

    @Slot()
    def _on_band(self) -> None:
        role, band = self.band_box.currentData()
        self._shown = Shown(role, band, self._shown.view)
        self._open()

    @Slot()
    def _on_view(self) -> None:
        self._shown = Shown(self._shown.role, self._shown.band, self.view_box.currentData())
        self._open()
        self.shown_changed.emit()

    @Slot(QModelIndex)
    def _on_toggled(self, index: QModelIndex) -> None:
        cell, source = self.model.cell(index), self.model.source
        if cell is not None and source is not None:
            self._rejections.toggle(source.path, cell)

    @Slot()
    def _on_all_back(self) -> None:
        if self._path is not None:
            self._rejections.take_all_back(self._path)

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = self.tr("Take it back") if index.data(IS_REJECTED) else self.tr("Reject it")
        menu.addAction(text, partial(self._on_toggled, index))
        menu.popup(self.view.viewport().mapToGlobal(place))

    @Slot(object)
    def _on_rejected(self, path: Path) -> None:
        if path == self._path:
            self.model.show_rejected(self._rejections.of(path))
            self._show_state()

    def _show_state(self) -> None:
        source, rejected = self.model.source, self.model.rejected
        count = rejected.count
        text = ""
        if source is not None:
            text = self.tr("{n} patches").format(n=grouped(self.model.rowCount()))
            if count:
                text = self.tr("{n} rejected: nothing learns from them").format(n=grouped(count))
        self.count.setText(text)
        self.all_back.setVisible(bool(count) and source is not None)
        self.band_box.setVisible(self.band_box.count() > 1 and source is not None)
        self.view_box.setVisible(self.view_box.count() > 1 and source is not None)
        self.larger.setEnabled(source is not None and not self.view.is_largest)
        self.smaller.setEnabled(source is not None and not self.view.is_smallest)
        self.part_box.setEnabled(source is not None)


def _box(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(LETTERS)
    return box


def _fill(box: QComboBox, items: list[tuple[str, Any]]) -> None:
    box.clear()
    for text, key in items:
        box.addItem(text, key)


def _band_text(role: str, number: int, name: str) -> str:
    return name if role == BESIDE else f"{role}, {name or number + 1}"
