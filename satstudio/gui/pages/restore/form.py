"""RestoreForm: what is restored, with what and how, and where it goes."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.gui.pages.restore.images.input_findings import InputFindings
from satstudio.gui.pages.restore.images.input_table import InputTable
from satstudio.gui.pages.restore.model_chooser import ModelChooser
from satstudio.gui.pages.restore.options import RestoreOptions
from satstudio.gui.pages.restore.run_panel import RestoreFigures
from satstudio.gui.pages.restore.scene_ticks import SceneTicks
from satstudio.gui.pages.restore.seam_check import SeamCheck
from satstudio.gui.pages.restore.state import RestoreState
from satstudio.gui.pages.restore.target import ResultTarget
from satstudio.restore.recipe import RestoreRecipe
from satstudio.session.session import Session

SECTION_PX = 6
WHOLE, SEEN, CROP = "whole", "seen", "crop"


class RestoreForm(QWidget):
    """The left side of the page, above its foot."""

    changed = Signal()
    """Something that counts is another one, be it chosen or found."""

    chosen = Signal()
    """The user chose something that is kept; lists of models that arrive late are no choice."""

    def __init__(self, context: Context, desk: RestoreDesk) -> None:
        super().__init__()
        self.scenes = SceneTicks(context)
        self.part = QComboBox()
        self.models = ModelChooser(context, desk)
        self.inputs = InputTable(context)
        self.findings = InputFindings()
        self.options = RestoreOptions()
        self.seams = SeamCheck(context)
        self.target = ResultTarget(context)
        self.figures = RestoreFigures()
        self._options_title = label(self.tr("Options"), "heading")
        self._arrange()
        self._connect()

    @property
    def part_chosen(self) -> str:
        """Which part of the scenes is restored: whole, seen or crop."""
        return str(self.part.currentData())

    def recipe(self, window: Window | None = None) -> RestoreRecipe | str:
        """Return the recipe, or a sentence on what is wrong with it or missing."""
        recipe = self.options.recipe(window)
        if isinstance(recipe, str):
            return recipe
        return self.inputs.problem() or recipe.changed(**self.inputs.values())

    def show_choice(self, *, is_complex: bool, bands: int, scenes: int) -> None:
        """Show what the chosen model or filter reads for so many scenes of this kind."""
        choice = self.models.choice
        self.options.show_choice(choice, is_complex=is_complex, bands=bands, scenes=scenes)
        self._options_title.setVisible(self.options.has_any)
        self.inputs.show_ports(choice.ports if choice is not None else (), self.scenes.ticked)

    def show_session(self, session: Session) -> None:
        """Offer the crop rectangle where there is one."""
        row, has_crop = self.part.findData(CROP), session.crop is not None
        items = self.part.model()
        if isinstance(items, QStandardItemModel):
            items.item(row).setEnabled(has_crop)
        tip = "" if has_crop else self.tr("Draw one on the View page first (C)")
        self.part.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        if not has_crop and self.part_chosen == CROP:
            self.part.setCurrentIndex(0)

    # ------------------------------------------------------------------ what is kept

    def state(self) -> RestoreState:
        """Return what is chosen."""
        return RestoreState(
            self.models.key,
            self.part_chosen,
            self.options.form.values() | self.options.advanced.values(),
            self.options.parts.form.values(),
            self.options.parts.save_mask.isChecked(),
            self.target.folder_name,
            self.inputs.given,
            self.inputs.align.isChecked(),
            self.target.save_invented.isChecked(),
        )

    def show_state(self, state: RestoreState) -> None:
        """Show what was chosen before, as far as it is there."""
        self.models.choose(state.model)
        self.part.setCurrentIndex(max(self.part.findData(state.part), 0))
        for form in (self.options.form, self.options.advanced):
            form.set_values({k: v for k, v in state.options.items() if k in form.titles()})
        self.options.parts.form.set_values(state.parts)
        self.options.parts.save_mask.setChecked(state.has_mask)
        self.target.show_chosen(state.folder, has_invented=state.has_invented)
        self.inputs.show_given(state.inputs, is_aligned=state.align)

    def titles(self) -> dict[str, str]:
        """Return what undo calls each choice, by its name in the state."""
        forms = (self.options.form, self.options.advanced, self.options.parts.form)
        return {
            "model": self.tr("Restore with"),
            "part": self.tr("Part of the scene"),
            "has_mask": self.tr("Mask of the points"),
            "folder": self.tr("Folder for results"),
            "inputs": self.tr("Other images"),
            "align": self.tr("Align images"),
            "has_invented": self.tr("Mask of what is invented"),
        } | {name: title for form in forms for name, title in form.titles().items()}

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        self.part.setAccessibleName(self.tr("Part of the scene"))
        self.part.setToolTip(self.tr("All of each scene, or a rectangle of it"))
        for text, key in (
            (self.tr("Whole scene"), WHOLE),
            (self.tr("Part in view"), SEEN),
            (self.tr("Crop rectangle"), CROP),
        ):
            self.part.addItem(text, key)
        sections: tuple[tuple[QWidget, ...], ...] = (
            (
                self._caption(self.tr("&Scenes"), self.scenes),
                self.scenes,
                self.inputs,
                self.findings,
            ),
            (self._caption(self.tr("&Part of the scene"), self.part), self.part),
            (self.models,),
            (self.options.parts,),
            (self._options_title, self.options, self.seams),
            (label(self.tr("Result"), "heading"), self.target),
            (label(self.tr("Estimate"), "heading"), self.figures),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        for number, section in enumerate(sections):
            if number:
                column.addSpacing(SECTION_PX)
            for widget in section:
                column.addWidget(widget)
        column.addStretch(1)

    def _caption(self, text: str, buddy: QWidget) -> QLabel:
        caption = label(text, "heading")
        caption.setBuddy(buddy)
        return caption

    def _connect(self) -> None:
        for signal in (
            self.scenes.ticked_changed,
            self.models.chosen,
            self.options.changed,
            self.inputs.changed,
            self.part.currentIndexChanged,
            self.target.changed,
        ):
            signal.connect(self._on_changed)
        for signal in (
            self.models.box.activated,
            self.models.added,
            self.part.activated,
            self.options.changed,
            self.target.folder_chosen,
            self.target.save_invented.clicked,
            self.inputs.changed,
        ):
            signal.connect(self._on_chosen)

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()

    @Slot()
    def _on_chosen(self) -> None:
        self.chosen.emit()
