"""CompareBar: what is compared with what, and how; asks, changes nothing itself."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.widgets import label, tool_button
from satstudio.gui.pages.compare.compare_plan import ComparePlan
from satstudio.gui.pages.compare.menu import FiguresMenu
from satstudio.gui.pages.compare.state import CompareMode, CompareState, RadarView
from satstudio.render.style import VIEWS

RADAR_VIEWS: tuple[RadarView, ...] = ("db", "amplitude", "intensity")
MOST = 1e12


class CompareBar(QWidget):
    """Two lines above the views: scenes and stretch; arrangement and figures."""

    changed = Signal(object, str)
    """A CompareState that the user wants, and what the change is called."""

    save_asked = Signal()

    def __init__(
        self,
        modes: Sequence[tuple[CompareMode, QAction]],
        area: QAction,
        figures: Sequence[QAction],
    ) -> None:
        super().__init__()
        self._state = CompareState()
        self._plan = ComparePlan()
        self.reference = self._combo(self.tr("What the others are compared with"))
        self.chosen = self._combo(self.tr("The result right of the line (N: the next one)"))
        self.view = self._combo(self.tr("How all radar scenes are shown"))
        for view in RADAR_VIEWS:
            self.view.addItem(VIEWS[view].title, view)
        self.scenes = tool_button(
            "layers", self.tr("Results"), self.tr("Choose which open scenes are shown")
        )
        self.scenes.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.scenes)
        self.menu.setToolTipsVisible(True)
        self.scenes.setMenu(self.menu)
        self.figures = tool_button(
            "list-checks", self.tr("Figures"), self.tr("Choose, copy or save the figures")
        )
        self.figures.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.metrics = FiguresMenu(figures, self.figures)
        self.figures.setMenu(self.metrics)
        self.low = self._number(self.tr("Shown black, in all views"))
        self.high = self._number(self.tr("Shown white, in all views"))
        self.auto = tool_button(
            "rotate-ccw", "", self.tr("Take black and white from the reference again")
        )
        self.range = self._number(self.tr("Largest possible value; PSNR and SSIM refer to it"))
        self.save = tool_button(
            "image-down",
            self.tr("Save"),
            self.tr("Save the pictures side by side with their figures, as PNG"),
        )
        self._arrange(modes, area)
        self._connect()
        for part in (self._plain, self.chosen):
            part.hide()  # the window never grows for what is not needed yet

    def show_state(
        self,
        state: CompareState,
        plan: ComparePlan,
        names: dict[str, str],
        *,
        is_radar: bool,
        limits: tuple[float, float],
        data_range: float,
    ) -> None:
        """Show what is compared; `names` are those of all open scenes by address."""
        self._state, self._plan = state, plan
        with QSignalBlocker(self.reference), QSignalBlocker(self.chosen), QSignalBlocker(self.view):
            _fill(self.reference, names, plan.reference)
            _fill(self.chosen, {name: names[name] for name in plan.results}, plan.chosen)
            self.view.setCurrentIndex(RADAR_VIEWS.index(state.view))
        self._fill_menu(names)
        step = 1.0 if state.view == "db" else 10 ** round(_magnitude(limits[1]) - 1)
        decimals = 2 if state.view == "db" else max(2, 3 - math.floor(_magnitude(limits[1])))
        for spin, value in ((self.low, limits[0]), (self.high, limits[1])):
            with QSignalBlocker(spin):
                spin.setDecimals(decimals)
                spin.setSingleStep(step)
                spin.setSuffix(" dB" if state.view == "db" else "")
                if not spin.hasFocus() or abs(spin.value() - value) > 1e-9:
                    spin.setValue(value)
        with QSignalBlocker(self.range):
            self.range.setValue(data_range)
        self._radar.setVisible(is_radar and bool(plan.reference))
        self._plain.setVisible(not is_radar and bool(plan.reference))
        self.auto.setEnabled(state.limits is not None)
        self.save.setEnabled(bool(plan.results))

    def show_mode(self, mode: CompareMode) -> None:
        """Show what the arrangement needs."""
        self.chosen.setVisible(mode == "swipe" and len(self._plan.results) > 1)

    # ------------------------------------------------------------------ inside

    def _arrange(self, modes: Sequence[tuple[CompareMode, QAction]], area: QAction) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.setSpacing(4)
        column.addLayout(self._scene_line())
        column.addLayout(self._mode_line(modes, area))

    def _scene_line(self) -> QHBoxLayout:
        self._radar, self._plain = QWidget(), QWidget()
        parts = (
            (self._radar, None, self.view),
            (self._radar, self.tr("&Black"), self.low),
            (self._radar, self.tr("&White"), self.high),
            (self._radar, None, self.auto),
            (self._plain, self.tr("&Data range"), self.range),
        )
        lines = {widget: _line(widget) for widget in (self._radar, self._plain)}
        for holder, text, widget in parts:
            if text:
                lines[holder].addWidget(_caption(text, widget))
            lines[holder].addWidget(widget)
        line = QHBoxLayout()
        line.addWidget(_caption(self.tr("&Reference"), self.reference))
        line.addWidget(self.reference, 1)
        line.addWidget(self.scenes)
        line.addStretch(1)
        line.addWidget(self._radar)
        line.addWidget(self._plain)
        return line

    def _mode_line(
        self, modes: Sequence[tuple[CompareMode, QAction]], area: QAction
    ) -> QHBoxLayout:
        line = QHBoxLayout()
        for _, action in modes:
            line.addWidget(_action_button(action))
        line.addSpacing(12)
        line.addWidget(_action_button(area))
        line.addWidget(self.chosen)
        line.addStretch(1)
        line.addWidget(self.figures)
        line.addWidget(self.save)
        return line

    def _connect(self) -> None:
        self.reference.activated.connect(
            lambda: self._ask("reference", self.reference.currentData(), self.tr("Reference"))
        )
        self.chosen.activated.connect(
            lambda: self._ask("chosen", self.chosen.currentData(), self.tr("Result of the swipe"))
        )
        self.view.activated.connect(self._on_view)
        for spin in (self.low, self.high):
            spin.valueChanged.connect(self._on_limits)
        self.auto.clicked.connect(lambda: self._ask("limits", None, self.tr("Stretch")))
        self.range.valueChanged.connect(
            lambda value: self._ask("data_range", value, self.tr("Data range"))
        )
        self.save.clicked.connect(self.save_asked)

    def _on_view(self) -> None:
        wanted = self._state.changed(view=self.view.currentData(), limits=None)
        self.changed.emit(wanted, self.tr("View of the comparison"))

    def _on_limits(self) -> None:
        low, high = self.low.value(), self.high.value()
        if low < high:
            self._ask("limits", (low, high), self.tr("Stretch"))

    def _ask(self, name: str, value: object, text: str) -> None:
        self.changed.emit(self._state.changed(**{name: value}), text)

    def _fill_menu(self, names: dict[str, str]) -> None:
        self.menu.clear()
        for address in self._plan.fitting:
            action = self.menu.addAction(names[address].replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(address in self._plan.results)
            action.setToolTip(address)
            action.triggered.connect(lambda is_on, name=address: self._on_ticked(name, is_on))
        for address, reason in self._plan.misfits.items():
            action = self.menu.addAction(names[address].replace("&", "&&"))
            action.setEnabled(False)
            action.setToolTip(reason)
        self.scenes.setEnabled(not self.menu.isEmpty())
        shown, all_ = len(self._plan.results), len(self._plan.fitting) + len(self._plan.misfits)
        self.scenes.setText(self.tr("Results: {n} of {all}").format(n=shown, all=all_))

    def _on_ticked(self, address: str, is_on: bool) -> None:
        others = tuple(name for name in self._state.hidden if name != address)
        hidden = others if is_on else (*others, address)
        self._ask("hidden", hidden, self.tr("Compared scenes"))

    def _combo(self, tip: str) -> QComboBox:
        combo = QComboBox()
        combo.setToolTip(tip)
        combo.setAccessibleName(tip)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(9)
        return combo

    def _number(self, tip: str) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setRange(-MOST, MOST)
        spin.setDecimals(2)
        spin.setKeyboardTracking(False)
        spin.setToolTip(tip)
        spin.setAccessibleName(tip)
        spin.setFixedWidth(spin.fontMetrics().averageCharWidth() * 13)
        return spin


def _caption(text: str, buddy: QWidget) -> QLabel:
    made = label(text)
    made.setBuddy(buddy)
    return made


def _action_button(action: QAction) -> QToolButton:
    """Return a button of an action: icon and text, as its tool tip says."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def _fill(combo: QComboBox, names: dict[str, str], current: str) -> None:
    if [combo.itemData(row) for row in range(combo.count())] != list(names):
        combo.clear()
        for address, name in names.items():
            combo.addItem(name, address)
    combo.setCurrentIndex(combo.findData(current))


def _line(widget: QWidget) -> QHBoxLayout:
    line = QHBoxLayout(widget)
    line.setContentsMargins(0, 0, 0, 0)
    return line


def _magnitude(value: float) -> float:
    return math.log10(abs(value)) if value else 0.0
