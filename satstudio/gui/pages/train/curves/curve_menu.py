"""CurveMenu: smoothing, axes and export of the curves; the same after a right click on a chart."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QActionGroup, QGuiApplication
from PySide6.QtWidgets import QMenu, QToolButton

from satstudio.core.errors import WriteError
from satstudio.core.files.replacing import replacing, write_text, writing
from satstudio.gui.kit.actions import add_entry
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.icons import icon
from satstudio.gui.kit.saving import ask_saving
from satstudio.gui.kit.widgets import IconButton
from satstudio.gui.pages.train.curves.chart_parts import Chart
from satstudio.gui.pages.train.curves.curve_table import curve_table
from satstudio.gui.pages.train.curves.curves import Curves
from satstudio.gui.pages.train.curves.smoothing import LEVELS

TABLES = "Comma-separated values (*.csv)"
PICTURES = "Pictures (*.png)"


class CurveMenu(IconButton):
    """A button whose menu says how curves are drawn and saves them.

    Attributes
    ----------
    name : of the run, that files are called by
    """

    def __init__(self, context: Context, curves: Curves) -> None:
        super().__init__("sliders-horizontal")
        self._context, self._curves = context, curves
        self.name = "curves"
        self.popup: QMenu | None = None
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.setText(self.tr("Axes"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Smooth the curves, choose their axes, save them"))
        self.setAccessibleName(self.tr("Axes, smoothing and export of the curves"))
        self._menu.aboutToShow.connect(self._fill)
        curves.menu_asked.connect(self._on_menu)

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        self._add_smoothing(self._menu)
        axes = self._menu.addMenu(self.tr("Logarithmic axis"))
        for chart in self._curves.shown:
            self._add_axis(axes, chart, chart.heading.replace("&", "&&"))
        self._menu.addSeparator()
        self._add_saving(self._menu)

    @Slot(object, QPoint)
    def _on_menu(self, chart: Chart, place: QPoint) -> None:
        """Offer what concerns one chart first."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_axis(menu, chart, self.tr("Logarithmic axis"))
        self._add_smoothing(menu)
        add_entry(menu, self.tr("Reset zoom"), self._curves.reset_zoom, "scan")
        hide = partial(self._curves.choose, chart.title, False)
        add_entry(menu, self.tr("Hide this chart"), hide)
        menu.addSeparator()
        self._add_saving(menu)
        self.popup = menu
        menu.popup(place)

    def _add_smoothing(self, menu: QMenu) -> None:
        smoothing = menu.addMenu(self.tr("Smoothing"))
        group = QActionGroup(smoothing)
        titles = {
            "none": self.tr("None"),
            "light": self.tr("Light"),
            "medium": self.tr("Medium"),
            "strong": self.tr("Strong"),
        }
        for name, weight in LEVELS.items():
            action = smoothing.addAction(titles[name])
            action.setCheckable(True)
            action.setChecked(weight == self._curves.smoothing)
            action.setActionGroup(group)
            action.triggered.connect(partial(self._curves.smooth, weight))

    def _add_axis(self, menu: QMenu, chart: Chart, text: str) -> None:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(chart.title in self._curves.logarithmic)
        action.toggled.connect(partial(self._curves.set_log, chart.title))

    def _add_saving(self, menu: QMenu) -> None:
        entries = (
            ("table", self.tr("Save values (CSV)…"), self.save_table),
            ("image-down", self.tr("Save picture (PNG)…"), self.save_picture),
            ("copy", self.tr("Copy picture"), self.copy_picture),
        )
        for name, text, call in entries:
            menu.addAction(icon(name), text).triggered.connect(call)

    @Slot()
    def save_table(self) -> None:
        """Ask for a file and write the curves' values."""
        path = self._ask(self.tr("Save the values"), "csv", TABLES)
        if path is not None:
            self._save(path, curve_table(self._curves))

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file and write the charts as a picture."""
        path = self._ask(self.tr("Save the picture"), "png", PICTURES)
        if path is not None:
            self._save(path, None)

    @Slot()
    def copy_picture(self) -> None:
        """Put the charts onto the clipboard."""
        QGuiApplication.clipboard().setImage(self._curves.picture())

    def _ask(self, title: str, suffix: str, filters: str) -> Path | None:
        proposal = str(self._context.study / f"{self.name}.{suffix}")
        saving = ask_saving(self._context.files, title, proposal, filters)
        return None if saving is None else saving.path

    def _save(self, path: Path, text: str | None) -> None:
        """Write a table, or a picture of what is drawn; what the user chose may be replaced."""
        try:
            if text is not None:
                write_text(path, text)
            else:
                with replacing(path) as part, writing(path):
                    if not self._curves.picture().save(str(part)):
                        raise OSError(self.tr("pictures end in .png"))
        except (WriteError, OSError) as error:
            self._context.notify(str(error), "error")
            return
        self._context.notify(self.tr("Saved {path}").format(path=path))
