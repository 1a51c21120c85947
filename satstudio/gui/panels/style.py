"""Layers, view, histogram, stretch and colours of the active scene."""

from functools import partial

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.canvas.legend_overlay import LegendView, legend_of, unit_of
from satstudio.gui.canvas.scene_actions import SHORT, change_style, layer_style, listen, views_of
from satstudio.gui.forms.quantity_field import QuantityField
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import label
from satstudio.gui.panels.counts import counted
from satstudio.gui.panels.histogram import HistogramView
from satstudio.gui.panels.layers import LayersPanel
from satstudio.gui.panels.style_fields import BandFields, LimitFields, colour_box, set_colours
from satstudio.render.limit_units import LimitUnit, limit_unit
from satstudio.render.style import VIEWS, DisplayStyle, Statistics, View, style_for
from satstudio.scenes.scene import Scene
from satstudio.session.session import Session
from satstudio.session.store import Drag

CHOSEN = "QToolButton:checked { background: palette(highlight); color: palette(highlighted-text); }"
COLUMNS = 3
LEAST_CHARS = 40
GAMMA_STEPS = 100
PERCENTS = {"2\u202f%": (2.0, 98.0), "0.5\u202f%": (0.5, 99.5), "0\u202f%": (0.0, 100.0)}
CHANNELS = (QColor(225, 70, 60), QColor(60, 170, 75), QColor(70, 120, 235))


def make_panel(context: Context) -> QWidget:
    """Return the panel in a frame that scrolls where there is little room."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(StylePanel(context))
    bar = area.verticalScrollBar().sizeHint().width()
    area.setMinimumWidth(area.fontMetrics().averageCharWidth() * LEAST_CHARS + bar)
    return area


class StylePanel(QWidget):
    """Shows and changes the style of the active layer; knows no canvas."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._shown: tuple[object, ...] = ()
        self._counted: tuple[object, ...] = ()
        self._unit = LimitUnit("", "band")
        self._presses = 0
        self.layers = LayersPanel(context)
        self.quantity = QuantityField(context)
        self.bands = BandFields()
        self.histogram = HistogramView()
        self.log_counts = QCheckBox(self.tr("Logarithmic counts"))
        self.limits = LimitFields()
        self.channel = QComboBox()
        self.paper = QCheckBox(self.tr("Smallest to largest (paper)"))
        self.gamma = QSlider(Qt.Orientation.Horizontal)
        self.gamma_text = QLabel()
        self.colours = colour_box()
        self.legend = LegendView()
        self._stretch = label(self.tr("Stretch"), "heading")
        self._views = QButtonGroup(self)
        self._body = QWidget()
        self._body.setStyleSheet(CHOSEN)
        self._set_up()
        self._lay_out()
        self._connect()
        self._show(context.store.session)

    # ------------------------------------------------------------------ parts

    def _set_up(self) -> None:
        self.channel.addItems([self.tr("Red"), self.tr("Green"), self.tr("Blue")])
        self.channel.setAccessibleName(self.tr("Channel whose limits are shown"))
        self.paper.setToolTip(
            self.tr("As published: brightness runs over all of the scene, bright points included")
        )
        self.gamma.setRange(-GAMMA_STEPS, GAMMA_STEPS)
        self.gamma.setAccessibleName(self.tr("Gamma"))
        self.gamma.setToolTip(self.tr("Above 1: darker parts become brighter"))
        self._view_box = QGridLayout()
        self._view_box.setSpacing(4)
        for number, view in enumerate(VIEWS):
            button = QToolButton()
            button.setText(SHORT[view])
            button.setCheckable(True)
            button.setProperty("view", view)
            button.setToolTip(f"{VIEWS[view].title} ({VIEWS[view].key})")
            button.setAccessibleName(VIEWS[view].title)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance("Amplitude") + 8)
            self._views.addButton(button, number)

    def _lay_out(self) -> None:
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(8)
        body.addWidget(self.quantity)
        body.addWidget(label(self.tr("Show as"), "heading"))
        body.addLayout(self._view_box)
        body.addWidget(self.bands)
        body.addWidget(self._stretch)
        for widget in (self.channel, self.histogram, self.log_counts, self.limits):
            body.addWidget(widget)
        body.addWidget(self._percent_row())
        body.addWidget(self.paper)
        self._gamma_box = QWidget()
        rest = QGridLayout(self._gamma_box)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.setColumnStretch(1, 1)
        rest.addWidget(QLabel(self.tr("Gamma")), 0, 0)
        rest.addWidget(self.gamma, 0, 1)
        rest.addWidget(self.gamma_text, 0, 2)
        self._colours_label = QLabel(self.tr("Colours"))
        rest.addWidget(self._colours_label, 1, 0)
        rest.addWidget(self.colours, 1, 1, 1, 2)
        body.addWidget(self._gamma_box)
        body.addWidget(self.legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(label(self.tr("Scenes"), "heading"))
        column.addWidget(self.layers)
        column.addWidget(self._body)
        column.addStretch(1)

    def _percent_row(self) -> QWidget:
        self._percent_box = QWidget()
        row = QHBoxLayout(self._percent_box)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel(self.tr("Cut off on each side")))
        row.addStretch(1)
        self.percents = []
        for text, percent in PERCENTS.items():
            button = QToolButton()
            button.setText(text)
            tip = self.tr("{low} % of the sample become dark, {high} % bright")
            button.setToolTip(tip.format(low=percent[0], high=100 - percent[1]))
            button.clicked.connect(partial(self._on_percent, percent))
            row.addWidget(button)
            self.percents.append(button)
        return self._percent_box

    def _connect(self) -> None:
        self._views.idClicked.connect(self._on_view)
        self.histogram.dragged.connect(self._on_limits)
        self.log_counts.toggled.connect(
            lambda is_on: self._context.change_settings(histogram_log=is_on)
        )
        self._context.settings_changed.connect(self._on_settings)
        self._on_settings()
        self.limits.edited.connect(self._on_limits)
        self.bands.edited.connect(self._on_bands)
        self.channel.currentIndexChanged.connect(self._on_channel)
        self.paper.toggled.connect(self._on_paper)
        self.gamma.sliderPressed.connect(self._on_gamma_pressed)
        self.gamma.valueChanged.connect(self._on_gamma)
        self.colours.activated.connect(self._on_colours)
        scenes = self._context.scenes
        for signal in (scenes.opened, scenes.closed, scenes.pyramid_ready):
            signal.connect(self._on_scene)
        listen(self._context, self, self._show)

    # ------------------------------------------------------------------ session -> widgets

    def _now(self) -> tuple[Scene, DisplayStyle, Statistics] | None:
        layer = self._context.store.session.layer
        scenes = self._context.scenes
        style = layer_style(self._context, layer)
        scene = scenes.scene(layer.address) if layer else None
        statistics = scenes.statistics(layer.address) if layer else None
        if scene is None or style is None or statistics is None:
            return None
        return scene, style, statistics

    @Slot(str)
    def _on_scene(self, address: str) -> None:
        self._shown = ()
        self._show(self._context.store.session)

    def _show(self, session: Session) -> None:
        now = self._now()
        self._body.setVisible(now is not None)
        if now is None or self._shown == now:
            return
        scene, style, statistics = self._shown = now
        if session.layer is not None:
            self.quantity.show_scene(scene, session.layer.address)
        self._show_views(style.view)
        self.bands.show_bands(scene.bands, style)
        is_rgb = style.view == "rgb"
        has_stretch = style.view != "phase" and not style.has_classes
        self.channel.setVisible(is_rgb)
        for part in (self.histogram, self.log_counts, self.limits):
            part.setVisible(has_stretch)
        for button in self.percents:
            button.setEnabled(has_stretch and not style.paper)
        for box in (self._stretch, self._percent_box, self._gamma_box):
            box.setVisible(not style.has_classes)
        self.paper.setVisible(style.view == "hsv")
        with QSignalBlocker(self.paper), QSignalBlocker(self.gamma):
            self.paper.setChecked(style.paper)
            self.gamma.setValue(round(np.log(style.gamma) / np.log(10) * GAMMA_STEPS))
        self.gamma_text.setText(f"{style.gamma:.2f}")
        for widget in (self.colours, self._colours_label):
            widget.setVisible(style.view not in ("hsv", "rgb") and not style.has_classes)
        set_colours(self.colours, style)
        self._show_histogram(scene, style, statistics)
        exact = statistics.is_exact
        self.legend.show_legend(legend_of(scene, style, is_exact=exact))

    def _show_views(self, current: View) -> None:
        wanted = views_of(self._context)
        buttons = {button.property("view"): button for button in self._views.buttons()}
        for view, button in buttons.items():
            self._view_box.removeWidget(button)
            button.setVisible(view in wanted)
            button.setChecked(view == current)
        for place, view in enumerate(wanted):
            self._view_box.addWidget(buttons[view], place // COLUMNS, place % COLUMNS)
        for column in range(COLUMNS):
            self._view_box.setColumnStretch(column, 1)

    def _show_histogram(self, scene: Scene, style: DisplayStyle, statistics: Statistics) -> None:
        channel = max(self.channel.currentIndex(), 0) if style.view == "rgb" else 0
        band = style.bands[min(channel, len(style.bands) - 1)]
        unit = self._unit = limit_unit(style, unit_of(scene, style))
        asked = (statistics, unit, band, self.palette().cacheKey())
        if asked != self._counted:
            self._counted = asked
            colour = CHANNELS[channel] if style.view == "rgb" else None
            self.histogram.show_histogram(counted(statistics, unit.view, band), colour)
            self.histogram.set_unit(unit.unit)
        low, high = map(unit.shown, style.limits(channel))
        self.histogram.show_limits(low, high)
        self.limits.show_limits(low, high, unit.unit)

    @Slot()
    def _on_settings(self) -> None:
        is_log = self._context.settings.histogram_log
        self.histogram.set_log(is_log)
        with QSignalBlocker(self.log_counts):
            self.log_counts.setChecked(is_log)

    # ------------------------------------------------------------------ widgets -> session

    def _change(self, text: str, drag: Drag | None = None, **values: object) -> None:
        now = self._now()
        if now is not None:
            change_style(self._context, now[1].changed(**values), text, drag)

    @Slot(int)
    def _on_view(self, number: int) -> None:
        view = self._views.button(number).property("view")
        self._context.actions.trigger(f"view.as_{view}")
        now = self._now()
        if now is not None:
            self._show_views(now[1].view)

    @Slot(float, float)
    def _on_limits(self, low: float, high: float) -> None:
        now = self._now()
        if now is None:
            return
        style, text, drag = now[1], self.tr("Stretch"), self.histogram.drag
        low, high = self._unit.kept(low), self._unit.kept(high)
        if style.view == "rgb":
            channel = max(self.channel.currentIndex(), 0)
            pairs = [style.limits(number) for number in range(3)]
            pairs[channel] = (low, high)
            lows, highs = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
            self._change(text, drag, low=lows, high=highs)
        elif style.view == "hsv":
            self._change(text, drag, low=low, high=high, grey=(low, high), paper=False)
        else:
            self._change(text, drag, low=low, high=high)

    def _on_percent(self, percent: tuple[float, float], _checked: bool = False) -> None:
        self._restretch(self.tr("Stretch by percentiles"), percent=percent)

    @Slot(bool)
    def _on_paper(self, is_on: bool) -> None:
        self._restretch(self.tr("Paper scaling"), paper=is_on)

    @Slot(tuple)
    def _on_bands(self, bands: tuple[int, ...]) -> None:
        self._restretch(self.tr("Bands"), bands=bands)

    def _restretch(
        self,
        text: str,
        *,
        percent: tuple[float, float] = (2.0, 98.0),
        paper: bool | None = None,
        bands: tuple[int, ...] | None = None,
    ) -> None:
        now = self._now()
        if now is None:
            return
        _, style, statistics = now
        is_paper = style.paper if paper is None else paper
        chosen = bands or style.bands
        made = style_for(
            style.view, statistics, chosen, percent=percent, paper=is_paper, base=style
        )
        change_style(self._context, made, text)

    @Slot(int)
    def _on_channel(self, number: int) -> None:
        now = self._now()
        if now is not None:
            self._show_histogram(*now)

    @Slot(int)
    def _on_gamma(self, value: int) -> None:
        gamma = round(float(10 ** (value / GAMMA_STEPS)), 2)
        drag = Drag("gamma", self._presses if self.gamma.isSliderDown() else 0)
        self._change(self.tr("Gamma {value}").format(value=gamma), drag, gamma=gamma)

    @Slot()
    def _on_gamma_pressed(self) -> None:
        self._presses += 1

    @Slot(int)
    def _on_colours(self, number: int) -> None:
        name = self.colours.itemData(number)
        self._change(self.tr("Colours {name}").format(name=name), colours=name)
