"""ChartMenu: which charts of a run are drawn."""

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMenu, QToolButton

from satstudio.gui.kit.widgets import IconButton
from satstudio.gui.pages.train.curves.curves import Curves


class ChartMenu(IconButton):
    """A button whose menu lists the charts for which a run has figures."""

    def __init__(self, curves: Curves) -> None:
        super().__init__("list-checks")
        self._curves = curves
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        self.setText(self.tr("Charts"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Choose which figures of the run are drawn"))
        self.setAccessibleName(self.tr("Charts that are drawn"))
        self._menu.aboutToShow.connect(self._fill)

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        shown = self._curves.shown
        for chart in self._curves.offers:
            action = self._menu.addAction(chart.heading.replace("&", "&&"))
            action.setToolTip(chart.tip)
            action.setCheckable(True)
            action.setChecked(chart in shown)
            action.toggled.connect(partial(self._curves.choose, chart.title))
