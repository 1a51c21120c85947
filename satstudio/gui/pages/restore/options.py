"""RestoreOptions: the choices that the chosen model or filter reads, and no others."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Window
from satstudio.gui.forms.form import Form
from satstudio.gui.kit.widgets import tool_button
from satstudio.gui.pages.restore.parts import RestoreParts
from satstudio.gui.pages.restore.restorers import Choice
from satstudio.restore.recipe import RestoreRecipe

FIRST = ("bands", "keep_phase", "filter_px", "looks", "strength")
MORE = ("tile_px", "halo_px", "threads")
BANDS = {
    "type": "array",
    "items": {"type": "integer", "minimum": 1},
    "default": [],
    "title": "Bands",
    "description": "Counted from 1, between commas; empty: all",
}


class RestoreOptions(QWidget):
    """A form that follows the choice; seldom used choices are folded away.

    `parts`, what is done around the model, stands where the page puts it.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self.parts = RestoreParts()
        properties = {**RestoreRecipe.model_json_schema()["properties"], "bands": BANDS}
        self.form = Form({"properties": {name: properties[name] for name in FIRST}})
        self.more = tool_button(
            "chevron-right",
            self.tr("More options"),
            self.tr("Tiles and threads; seldom needed"),
        )
        self.more.setCheckable(True)
        self.advanced = Form({"properties": {name: properties[name] for name in MORE}})
        self.own = Form({"properties": {}})
        self._own_schema: Mapping[str, Any] | None = None
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addWidget(self.own)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.advanced)
        self.more.toggled.connect(self._on_more)
        self.parts.changed.connect(self.changed)
        self.form.changed.connect(self.changed)
        self.advanced.changed.connect(self.changed)
        self._show_names()

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that can be chosen now."""
        return self._names

    @property
    def has_any(self) -> bool:
        """Tell whether there is anything to choose."""
        return bool(self._names or self._own_schema)

    def show_choice(
        self, choice: Choice | None, *, is_complex: bool, bands: int, scenes: int
    ) -> None:
        """Show what a model or filter reads for so many scenes of this kind."""
        self.parts.show_choice(choice, is_complex=is_complex, scenes=scenes)
        names: tuple[str, ...] = ()
        self._show_own(choice.own if choice is not None and not choice.problem else None)
        if choice is not None and not choice.problem:
            keeps = ("keep_phase",) if is_complex and not choice.has_own_phase else ()
            several = ("bands",) if bands > 1 else ()
            names = (*several, *keeps, *choice.options)
        if names != self._names:
            self._names = names
            self._show_names()

    def recipe(self, window: Window | None = None) -> RestoreRecipe | str:
        """Return the recipe, or a sentence on what is wrong with it."""
        problem = self.form.problem() or self.own.problem() or self.advanced.problem()
        if problem:
            return problem
        known = self.form.values() | self.advanced.values()
        values: dict[str, Any] = {name: known[name] for name in self._names}
        values |= self.parts.values()
        bands = values.pop("bands", [])
        values["bands"] = [band - 1 for band in bands] or None
        values["window"] = window
        values["own"] = self.own.values()
        try:
            return RestoreRecipe.build(values, self.tr("Options"))
        except SatstudioError as error:
            return str(error)

    def _show_own(self, schema: Mapping[str, Any] | None) -> None:
        """Show the form of a plug-in's own options in place of that of the filter before."""
        if schema == self._own_schema:
            return
        self._own_schema = schema
        form = Form(schema or {"properties": {}})
        form.changed.connect(self.changed)
        self._column.replaceWidget(self.own, form)
        self.own.deleteLater()
        self.own = form

    def _show_names(self) -> None:
        self.form.show_only(self._names)
        self.advanced.show_only(self._names)
        has_more = any(name in MORE for name in self._names)
        self.more.setVisible(has_more)
        self.advanced.setVisible(has_more and self.more.isChecked())

    @Slot(bool)
    def _on_more(self, is_on: bool) -> None:
        self.more.set_icon_name("chevron-down" if is_on else "chevron-right")
        self.advanced.setVisible(is_on)
