"""PositionsView: where patches would be cut, drawn over a scene, with their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.overlays import WindowsOverlay
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import grouped, label
from satstudio.patches.cut import preview_positions
from satstudio.patches.positions import PatchRecipe, Positions
from satstudio.session.session import Session, name_of

WAIT_MS = 250
NAME_LETTERS = 18


@dataclass(frozen=True, slots=True)
class _Plan:
    """What was asked: an answer to an older question is dropped."""

    number: int
    addresses: tuple[str, ...]
    positions: tuple[Positions, ...]


class PositionsView(QWidget):
    """A canvas with the planned patches, and one line of counts."""

    planned = Signal(int, int)
    """Number of training and of validation patches."""

    failed = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._number = 0
        self._wish: tuple[tuple[str, ...], dict[str, Any]] = ((), {})
        self._plan: _Plan | None = None
        self.canvas = Canvas(context.scenes)
        self.canvas.set_message(self.tr("Choose a scene at the left"))
        self.canvas.setAcceptDrops(False)  # the window takes what is dropped
        self.scene_box = QComboBox()
        self.scene_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.scene_box.setMinimumContentsLength(NAME_LETTERS)
        self.scene_box.setAccessibleName(self.tr("Scene shown"))
        self.scene_box.setToolTip(self.tr("Which of the chosen scenes is shown"))
        self.scene_box.currentIndexChanged.connect(self._show_scene)
        self.counts = label("")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)
        line = QHBoxLayout()
        line.setContentsMargins(8, 4, 8, 4)
        line.addWidget(self.counts, 1)
        line.addWidget(self.scene_box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addLayout(line)
        context.store.subscribe(self._on_session)

    def plan(self, addresses: Sequence[str], values: dict[str, Any]) -> None:
        """Plan anew, a moment after the last change."""
        self._wish = (tuple(addresses), values)
        self._timer.start(WAIT_MS)
        names = [name_of(address) for address in addresses]
        if names != [self.scene_box.itemText(row) for row in range(self.scene_box.count())]:
            self.scene_box.blockSignals(True)
            self.scene_box.clear()
            for name, address in zip(names, addresses, strict=True):
                self.scene_box.addItem(name, address)
            self.scene_box.blockSignals(False)
        self.scene_box.setVisible(len(names) > 1)
        self._show_scene()

    def close_canvas(self) -> None:
        """End the threads of the canvas."""
        self._timer.stop()
        self.canvas.close_loader()

    @Slot()
    def _ask(self) -> None:
        addresses, values = self._wish
        self._number += 1
        if not addresses:
            self._plan = None
            self.counts.setText("")
            self._show_scene()
            return
        call = partial(_planned, self._number, addresses, values)
        self.counts.setText(self.tr("Planning…"))
        self._context.scenes.background_calls.ask(call, self._on_plan, self._on_failed)

    @Slot(object)
    def _on_plan(self, plan: _Plan) -> None:
        if plan.number != self._number:
            return
        self._plan = plan
        train = sum(len(item.train) for item in plan.positions)
        validation = sum(len(item.validation) for item in plan.positions)
        text = self.tr(
            "{train} training (blue) and {validation} validation (orange, dashed) patches"
        )
        self.counts.setText(text.format(train=grouped(train), validation=grouped(validation)))
        self.planned.emit(train, validation)
        self._show_scene()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._plan = None
        self.counts.setText("")
        self.failed.emit(str(error))
        self._show_scene()

    @Slot()
    def _show_scene(self) -> None:
        address = self.scene_box.currentData()
        scenes = self._context.scenes
        scene = scenes.scene(address) if address else None
        style = scenes.style(address) if scene is not None else None
        for layer in self._context.store.session.layers:
            if layer.address == address and layer.style is not None:
                style = layer.style
        if scene is None or style is None:
            self.canvas.show_scene(None)
            return
        if self.canvas.scene is not scene:
            self.canvas.show_scene(scene, style, scenes.epoch(address))
        self.canvas.set_overlays([self._overlay(address)])

    def _overlay(self, address: str) -> WindowsOverlay:
        plan = self._plan
        if plan is None or address not in plan.addresses:
            return WindowsOverlay()
        positions = plan.positions[plan.addresses.index(address)]
        return WindowsOverlay(positions.train, positions.validation)

    def _on_session(self, session: Session) -> None:
        if self.canvas.scene is not None and self.scene_box.currentData() not in session.addresses:
            self.canvas.show_scene(None)


def _planned(number: int, addresses: tuple[str, ...], values: dict[str, Any]) -> _Plan:
    """Plan on another thread."""
    recipe = PatchRecipe.build(values, "patches")
    return _Plan(number, addresses, preview_positions(addresses, recipe))
