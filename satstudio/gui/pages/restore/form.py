"""RestoreForm: what is restored, with what and how, and where it goes."""

from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.restore.archive.scene_folder import SceneFolder
from satstudio.gui.pages.restore.desk import RestoreDesk, Wish
from satstudio.gui.pages.restore.images.input_findings import InputFindings
from satstudio.gui.pages.restore.images.input_table import InputTable
from satstudio.gui.pages.restore.model_chooser import ModelChooser
from satstudio.gui.pages.restore.open_results import INVENTED, mask_path
from satstudio.gui.pages.restore.options import RestoreOptions
from satstudio.gui.pages.restore.run_panel import RestoreFigures
from satstudio.gui.pages.restore.scene_ticks import SceneTicks
from satstudio.gui.pages.restore.seam_check import SeamCheck
from satstudio.gui.pages.restore.state import RestoreState
from satstudio.gui.pages.restore.target import ResultTarget
from satstudio.restore.recipe import RestoreRecipe
from satstudio.session.session import Session

SECTION_PX = 6
MANY = 2
"""Scenes, as options see those of a folder: masks are of one scene."""

WHOLE, SEEN, CROP = "whole", "seen", "crop"


class RestoreForm(QWidget):
    """The left side of the page, above its foot."""

    changed = Signal()
    """Something that counts is another one, be it chosen or found."""

    chosen = Signal()
    """The user chose something that is kept; lists of models that arrive late are no choice."""

    def __init__(self, context: Context, desk: RestoreDesk) -> None:
        super().__init__()
        self._context = context
        self.scenes = SceneTicks(context)
        self.folder = SceneFolder(context)
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
    def addresses(self) -> tuple[str, ...]:
        """The ticked scenes; of a folder the one that stands for all of them."""
        if not self._is_folder:
            return self.scenes.ticked
        return (self.folder.found.first,) if self.folder.found is not None else ()

    @property
    def part_chosen(self) -> str:
        """Which part of the scenes is restored: whole, seen or crop; of a folder all."""
        return WHOLE if self._is_folder else str(self.part.currentData())

    @property
    def problem(self) -> str:
        """What the window itself knows to be wrong or missing, as a sentence; "" where nothing."""
        if self.folder.problem:
            return self.folder.problem
        if not self._context.store.session.layers and not self._is_folder:
            return self.tr("Open a scene first (Ctrl+O).")
        if not self.addresses:
            return self.tr("Tick a scene to restore.")
        choice = self.models.choice
        return self.tr("Choose what to restore with.") if choice is None else choice.problem

    def job(self, wish: Wish) -> tuple[str, dict[str, Any]]:
        """Return the kind of job that does what is chosen, and its arguments."""
        scenes, model, recipe = wish
        out, found = self.target.out, self.folder.found
        common: dict[str, Any] = {
            "model": model,
            "recipe": recipe.model_dump(mode="json"),
            "out": out,
        }
        if found is not None:
            more = {"folder": found.folder, "workers": self.folder.workers.value()}
            return "restore_archive", common | more
        if len(scenes) > 1:
            return "restore_many", common | {"scenes": scenes}
        if self.options.parts.wants_mask:
            common["points_mask"] = mask_path(out)
        if self.target.wants_invented:
            common["invented_mask"] = mask_path(out, INVENTED)
        return "restore", common | {"scene": scenes[0]}

    def recipe(self, window: Window | None = None) -> RestoreRecipe | str:
        """Return the recipe, or a sentence on what is wrong with it or missing."""
        recipe = self.options.recipe(window)
        if isinstance(recipe, str):
            return recipe
        return self.inputs.problem() or recipe.changed(**self.inputs.values())

    def show_choice(self) -> None:
        """Show what the chosen model or filter reads for the scenes that are chosen."""
        choice, found = self.models.choice, self.folder.found
        scenes = [self._context.scenes.scene(address) for address in self.scenes.ticked]
        known = [scene for scene in scenes if scene is not None]
        is_complex = bool(known) and all(scene.is_complex for scene in known)
        bands, count = max((len(scene.bands) for scene in known), default=1), len(known)
        if found is not None:
            is_complex, bands, count = found.is_complex, found.bands, MANY
        self.options.show_choice(choice, is_complex=is_complex, bands=bands, scenes=count)
        self._options_title.setVisible(self.options.has_any)
        ports = choice.ports if choice is not None else ()
        self.inputs.show_ports(ports, () if self._is_folder else self.scenes.ticked)
        self.scenes.setVisible(not self._is_folder)
        self.part.setEnabled(not self._is_folder)

    def show_target(self, wish: Wish | None) -> None:
        """Propose a name for the result of what is chosen."""
        recipe = wish[2] if wish is not None else None
        self.target.show_wish(
            self.addresses,
            self.models.choice,
            recipe,
            has_mask=self.options.parts.wants_mask,
            archive=self.folder.found,
        )

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

    @property
    def _is_folder(self) -> bool:
        return self.folder.folder is not None

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
                self._beside(self._caption(self.tr("&Scenes"), self.scenes), self.folder.choose),
                self.scenes,
                self.folder,
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

    def _beside(self, caption: QLabel, button: QWidget) -> QWidget:
        made = QWidget()
        line = QHBoxLayout(made)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(caption, 1)
        line.addWidget(button)
        return made

    def _caption(self, text: str, buddy: QWidget) -> QLabel:
        caption = label(text, "heading")
        caption.setBuddy(buddy)
        return caption

    def _connect(self) -> None:
        for signal in (
            self.scenes.ticked_changed,
            self.folder.changed,
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
