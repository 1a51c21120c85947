"""RestoreOptions: the choices that the chosen model or filter reads, and no others."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Window
from satstudio.gui.forms import Form
from satstudio.gui.restore_choices import Choice
from satstudio.gui.widgets import Button
from satstudio.restore.recipe import RestoreRecipe

ADVANCED = ("tile_px", "halo_px", "threads")
BANDS = {
    "type": "array",
    "items": {"type": "integer", "minimum": 1},
    "default": [],
    "title": "Bands",
    "description": "Counted from 1, between commas; empty: all",
}


class RestoreOptions(QWidget):
    """A form that follows the choice; seldom used choices are folded away."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choice: Choice | None = None
        self._kinds = (False, 1)
        self._values: dict[str, Any] = {}
        self._names: tuple[str, ...] = ()
        self.form = Form({})
        self.more = Button(
            self.tr("More options"), "chevron-right", self.tr("Tiles and threads; seldom needed")
        )
        self.more.setCheckable(True)
        self.more.setFlat(True)
        self.advanced = Form({})
        self.advanced.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.form, self.more, self.advanced):
            self._column.addWidget(widget)
        self.more.toggled.connect(self._on_more)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that can be chosen now."""
        return self._names

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to choose."""
        return not self._names

    def show_choice(self, choice: Choice | None, *, is_complex: bool, bands: int) -> None:
        """Show what a model or filter reads for scenes of this kind."""
        if (choice, (is_complex, bands)) == (self._choice, self._kinds):
            return
        self._choice, self._kinds = choice, (is_complex, bands)
        names = self._wanted()
        if names == self._names:
            return
        self._keep()
        self._names = names
        schema = RestoreRecipe.model_json_schema()
        schema["properties"]["bands"] = BANDS
        self.form = self._replaced(self.form, schema, [n for n in names if n not in ADVANCED])
        self.advanced = self._replaced(self.advanced, schema, [n for n in names if n in ADVANCED])
        has_more = any(name in ADVANCED for name in names)
        self.more.setVisible(has_more)
        self.advanced.setVisible(has_more and self.more.isChecked())

    def recipe(self, window: Window | None = None) -> RestoreRecipe | str:
        """Return the recipe, or a sentence on what is wrong with it."""
        problem = self.form.problem() or self.advanced.problem()
        if problem:
            return problem
        self._keep()
        values = {name: self._values[name] for name in self._names if name in self._values}
        bands = values.pop("bands", [])
        values["bands"] = [band - 1 for band in bands] or None
        values["window"] = window
        try:
            return RestoreRecipe.build(values, "Options")
        except SatstudioError as error:
            return str(error)

    def _wanted(self) -> tuple[str, ...]:
        choice, (is_complex, bands) = self._choice, self._kinds
        if choice is None:
            return ()
        keeps = ("keep_phase",) if is_complex and not choice.has_own_phase else ()
        several = ("bands",) if bands > 1 else ()
        return (*several, *keeps, *choice.options)

    def _keep(self) -> None:
        self._values |= self.form.values() | self.advanced.values()

    def _replaced(self, old: Form, schema: Mapping[str, Any], names: list[str]) -> Form:
        properties = {name: schema["properties"][name] for name in names}
        new = Form({**schema, "properties": properties})
        new.set_values({name: self._values[name] for name in names if name in self._values})
        self._column.replaceWidget(old, new)
        old.deleteLater()
        old.hide()
        new.changed.connect(self.changed)
        return new

    @Slot(bool)
    def _on_more(self, is_on: bool) -> None:
        self.more.set_icon_name("chevron-down" if is_on else "chevron-right")
        self.advanced.setVisible(is_on)
