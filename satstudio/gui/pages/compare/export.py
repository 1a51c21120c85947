"""CompareExport: figures to the clipboard and to files, pictures side by side as a job."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from satstudio.bench.figure_files import FigureTable, write_figures
from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Window
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.saving import ask_saving
from satstudio.gui.pages.compare.areas import NamedArea
from satstudio.gui.pages.compare.compare_plan import ComparePlan
from satstudio.gui.pages.compare.figure_keeper import FiguresAsked, FiguresFound, measured_areas
from satstudio.render.style import DisplayStyle
from satstudio.session.session import name_of

PICTURES = "Picture (*.png)"
FIGURES = "Figures as a table (*.csv);;Figures as JSON (*.json)"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown, what was asked for, what scenes are called, and the areas with a name."""

    found: FiguresFound | None
    asked: FiguresAsked | None
    names: Mapping[str, str]
    areas: Sequence[NamedArea] = ()


class CompareExport(QObject):
    """What leaves the Compare page; says so, and why not where nothing does."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    def copy(self, figures: Figures) -> None:
        """Copy the figures as lines of text, with a head; spreadsheets paste them as cells."""
        self._gather(figures, self._to_clipboard)

    def _to_clipboard(self, table: FigureTable) -> None:
        QGuiApplication.clipboard().setText(table.as_text())
        count = len(table.records())
        self._context.notify(self.tr("{n} figures copied").format(n=count))

    def copy_picture(self, stage: QWidget) -> None:
        """Copy the pictures as they stand on the screen, with names and figures."""
        image = stage.grab().toImage()
        QGuiApplication.clipboard().setImage(image)
        text = self.tr("Picture copied: {cols} \N{MULTIPLICATION SIGN} {rows} px")
        self._context.notify(text.format(cols=image.width(), rows=image.height()))

    def save(self, figures: Figures) -> None:
        """Ask for a file and write the figures, each with its definition, range, mask and n."""
        self._gather(figures, self._to_file)

    def _to_file(self, table: FigureTable) -> None:
        proposal = str(self._context.study / "figures.csv")
        saving = ask_saving(self._context.files, self.tr("Save figures"), proposal, FIGURES)
        if saving is None:
            return
        try:
            path = write_figures(table, saving.path, overwrite=saving.overwrite)
        except (SatstudioError, OSError) as error:
            text = self.tr("The figures were not saved: {why}").format(why=error)
            self._context.notify(text, "error")
        else:
            self._context.notify(self.tr("Saved {path}").format(path=path))

    def save_picture(
        self, plan: ComparePlan, asked: FiguresAsked | None, window: Window, style: DisplayStyle
    ) -> None:
        """Ask for a file and draw what is compared as it is shown, with its figures."""
        if not plan.results:
            return
        proposal = str(self._context.study / "compare.png")
        title = self.tr("Save the comparison")
        saving = ask_saving(self._context.files, title, proposal, PICTURES)
        if saving is None:
            return
        recipe = {
            "window": str(window),
            "style": style.model_dump(mode="json"),
            "metrics": list(asked.names) if asked is not None else [],
            "data_range": asked.data_range if asked is not None else None,
        }
        arguments = {"addresses": list(plan.shown), "recipe": recipe, **saving.arguments}
        title = self.tr("Comparison of {name}").format(name=name_of(plan.reference))
        self._context.jobs.start("compare", arguments, title)

    def _gather(self, figures: Figures, done: Callable[[FigureTable], None]) -> None:
        """Give the figures that are shown, and those of the other areas that have a name."""
        found, asked = figures.found, figures.asked
        if found is None or asked is None or not found.rows:
            self._context.notify(self.tr("There are no figures yet"))
            return
        areas = {one.name: one.window for one in figures.areas if one.window is not None}
        here = next((name for name, area in areas.items() if area == found.window), "")
        table = _table(found, figures.names, here)
        others = {name: area for name, area in areas.items() if name != here}
        if not others:
            done(table)
            return
        self._context.notify(
            self.tr("Measuring {n} more areas\N{HORIZONTAL ELLIPSIS}").format(n=len(others))
        )

        def join(measured: Mapping[str, FiguresFound]) -> None:
            more = (_table(one, figures.names, name) for name, one in measured.items())
            done(replace(table, others=tuple(more)))

        call = partial(measured_areas, asked, others)
        self._context.scenes.background_calls.ask(call, join, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, SatstudioError):
            raise error
        self._context.notify(str(error), "error")


def _table(found: FiguresFound, names: Mapping[str, str], area: str) -> FigureTable:
    rows = {names[key]: one for key, one in found.rows.items() if key in names}
    return FigureTable(names.get("", ""), str(found.window), rows, area)
