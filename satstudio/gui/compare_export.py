"""CompareExport: figures to the clipboard and to files, pictures side by side as a job."""

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from satstudio.bench.figure_files import FigureTable, write_figures
from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Window
from satstudio.gui.compare_figures import FiguresAsked, FiguresFound
from satstudio.gui.context import Context
from satstudio.gui.saving import ask_saving
from satstudio.render.style import DisplayStyle
from satstudio.session.compare_plan import ComparePlan
from satstudio.session.session import name_of

PICTURES = "Picture (*.png)"
FIGURES = "Figures as a table (*.csv);;Figures as JSON (*.json)"


class CompareExport(QObject):
    """What leaves the Compare page; says so, and why not where nothing does."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    def copy(self, found: FiguresFound | None, names: Mapping[str, str]) -> None:
        """Copy the figures as lines of text, with a head; spreadsheets paste them as cells."""
        table = self._table(found, names)
        if table is not None:
            QGuiApplication.clipboard().setText(table.as_text())
            count = len(table.records())
            self._context.notify(self.tr("{n} figures copied").format(n=count))

    def save(self, found: FiguresFound | None, names: Mapping[str, str]) -> None:
        """Ask for a file and write the figures, each with its definition, range, mask and n."""
        table = self._table(found, names)
        if table is None:
            return
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

    def _table(self, found: FiguresFound | None, names: Mapping[str, str]) -> FigureTable | None:
        if found is None or not found.rows:
            self._context.notify(self.tr("There are no figures yet"))
            return None
        rows = {names[key]: one for key, one in found.rows.items() if key in names}
        return FigureTable(names.get("", ""), str(found.window), rows)
