"""RestoreParts: what is done around a model or filter of complex scenes, as the user chooses."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from satstudio.gui.forms.form import Form
from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.restore.restorers import Choice
from satstudio.restore.models.first_card import Part
from satstudio.restore.models.model_card import PARTS
from satstudio.restore.recipe import RestoreRecipe

ON_OFF = {True: "on", False: "off"}


class RestoreParts(QWidget):
    """Whitening, points, mean power: as the card says, on or off; and the mask of the points.

    Hidden for what gives no power; of scenes that are not complex it says why nothing can be
    chosen.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choice: Choice | None = None
        self._is_complex, self._scenes = False, 0
        known = RestoreRecipe.model_json_schema()["properties"]
        self.form = Form(
            {
                "properties": {
                    part: known[part] | {"description": does} for part, does in PARTS.items()
                }
            }
        )
        self.save_mask = QCheckBox(self.tr("Save the mask of the points"))
        self.why = label(
            self.tr("Whitening, points and mean power need complex samples; these are real."),
            "note",
        )
        self._title = label("", "heading")
        self._arrange()
        self.form.changed.connect(self._on_changed)
        self.save_mask.toggled.connect(self.changed)
        self.show_choice(None, is_complex=False, scenes=0)

    @property
    def can_choose(self) -> bool:
        """Tell whether model and scenes leave a choice."""
        choice = self._choice
        return choice is not None and choice.has_parts and self._is_complex

    @property
    def wants_mask(self) -> bool:
        """Tell whether the mask of the points is to be saved."""
        return self.save_mask.isChecked() and not self._why_no_mask()

    def is_on(self, part: Part) -> bool:
        """Tell whether a part is done: as chosen, or as the card says."""
        chosen = self.form.values()[part]
        if not self.can_choose or self._choice is None:
            return False
        return chosen == "on" or (chosen == "card" and part in self._choice.parts)

    def values(self) -> dict[str, str]:
        """Return the fields of RestoreRecipe that can be chosen now."""
        return self.form.values() if self.can_choose else {}

    def show_choice(self, choice: Choice | None, *, is_complex: bool, scenes: int) -> None:
        """Show what there is to choose for a model or filter and for so many scenes of a kind."""
        self._choice, self._is_complex, self._scenes = choice, is_complex, scenes
        has_parts = choice is not None and choice.has_parts and scenes > 0
        self.setVisible(has_parts)
        self.form.setVisible(is_complex)
        self.save_mask.setVisible(is_complex)
        self.why.setVisible(not is_complex)
        if choice is not None:
            self._show_card(choice)
        self._show_mask()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._title)
        for widget in (self.form, self.save_mask, self.why):
            column.addWidget(widget)

    def _show_card(self, choice: Choice) -> None:
        """Say in each list what its first line means for this model."""
        title, said = self.tr("Around the model"), self.tr("as the model's card says: {what}")
        if choice.is_filter:
            title, said = self.tr("Around the filter"), self.tr("default for filters: {what}")
        self._title.setText(title)
        for part in PARTS:
            box = self.form.field(part).widget
            if isinstance(box, QComboBox):
                what = ON_OFF[part in choice.parts]
                box.setItemText(box.findData("card"), said.format(what=what))

    def _why_no_mask(self) -> str:
        if not self.is_on("points"):
            return self.tr("Switch points on first: there is no mask where nobody looks for them")
        if self._scenes > 1:
            return self.tr("The mask of one scene can be saved; several are ticked")
        return ""

    def _show_mask(self) -> None:
        reason = self._why_no_mask()
        tip = self.tr(
            "Writes a second GeoTIFF beside the result, of its name and -points: 1 where a point "
            "is stronger than the ground around it, 0 elsewhere"
        )
        self.save_mask.setEnabled(not reason)
        self.save_mask.setToolTip(reason or tip)

    @Slot()
    def _on_changed(self) -> None:
        self._show_mask()
        self.changed.emit()
