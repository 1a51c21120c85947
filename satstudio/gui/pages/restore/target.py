"""ResultTarget: in which folder a result goes and what it is called; whether that goes on."""

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.study import name_problem
from satstudio.gui.kit.widgets import ElidedLabel, label, tool_button
from satstudio.gui.pages.restore.archive.begun import Begun, begun_archive, begun_batch
from satstudio.gui.pages.restore.archive.looked_into import FoundScenes
from satstudio.gui.pages.restore.open_results import INVENTED, mask_path, stem_of_results
from satstudio.gui.pages.restore.restorers import Choice
from satstudio.jobs.archive.archive import why_not_into
from satstudio.restore.recipe import RestoreRecipe

FOLDER = "restored"
TIFF, ENDINGS = ".tif", (".tif", ".tiff")


class ResultTarget(QWidget):
    """The name that is proposed is free, or that of stopped work with the same choices.

    Attributes
    ----------
    folder_name : the folder that the user chose; "" for `restored/` of the study folder
    """

    changed = Signal()
    folder_chosen = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._scenes: tuple[str, ...] = ()
        self._archive: FoundScenes | None = None
        self._choice: Choice | None = None
        self._recipe: RestoreRecipe | None = None
        self._has_mask = False
        self._is_named = False
        self.folder_name = ""
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the result"))
        self.folder = ElidedLabel()
        self.choose = tool_button(
            "folder-open", "", self.tr("Choose the folder that the result goes to")
        )
        self.usual = tool_button(
            "rotate-ccw", "", self.tr("Back to the folder “restored” of the study folder")
        )
        for button in (self.choose, self.usual):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._name_caption = QLabel(self.tr("&Name"))
        self.note = label("", "note")
        self.save_invented = QCheckBox(self.tr("Save the mask of what is &invented"))
        self.save_invented.setToolTip(
            self.tr(
                "Writes a second GeoTIFF beside the result, of its name and -invented: 1 where no "
                "image shows the ground clearly, 0 elsewhere"
            )
        )
        self._arrange()
        self.name.textEdited.connect(self._on_named)
        self.choose.clicked.connect(self._on_choose)
        self.usual.clicked.connect(self._on_usual)
        context.study_changed.connect(self.show_folder)
        self.show_folder()

    @property
    def path(self) -> Path:
        """The folder that results go to."""
        if self.folder_name:
            return Path(self.folder_name)
        return self._context.study / FOLDER

    @property
    def out(self) -> Path:
        """Where the result goes: a GeoTIFF for one scene, a folder for several."""
        name = self.name.text().strip()
        if not self._is_folder and Path(name).suffix.lower() not in ENDINGS:
            name += TIFF
        return self.path / name

    @property
    def wants_invented(self) -> bool:
        """Tell whether the mask of what is invented is to be saved."""
        return self._can_invent and self.save_invented.isChecked()

    @property
    def begun(self) -> Begun | None:
        """The stopped work that would be gone on with; None where all begins anew."""
        return self._begun_in(self.out)

    @property
    def _is_folder(self) -> bool:
        return self._archive is not None or len(self._scenes) > 1

    @property
    def _can_invent(self) -> bool:
        is_one = len(self._scenes) == 1 and not self._is_folder
        return is_one and self._choice is not None and self._choice.fills_gaps

    @property
    def problem(self) -> str:
        """Why nothing can be written there, as a sentence; "" where it can."""
        name = self.name.text().strip()
        if not self._scenes:
            return ""
        checks = (
            (not name, self.tr("Give the result a name.")),
            (bool(name_problem(name)), name_problem(name)),
            (
                bool(self.folder_name) and not self.path.is_dir(),
                self.tr("There is no folder {folder}.").format(folder=self.path),
            ),
            (bool(why := self._why_not_into()), why),
            (
                self.path.is_dir() and not os.access(self.path, os.W_OK),
                self.tr("Nothing can be written to {folder}; choose another folder.").format(
                    folder=self.path
                ),
            ),
            (
                self.begun is None and self._is_taken(self.out),
                self.tr("{name} is there already; give another name.").format(name=self.out.name),
            ),
        )
        return next((text for is_wrong, text in checks if is_wrong), "")

    def show_wish(
        self,
        scenes: Sequence[str],
        choice: Choice | None,
        recipe: RestoreRecipe | None,
        *,
        has_mask: bool,
        archive: FoundScenes | None = None,
    ) -> None:
        """Propose a name for the result of scenes, unless the user gave one.

        Parameters
        ----------
        has_mask : the mask of the points is written beside it, under a name of its own
        archive : all scenes of a folder are restored, of which `scenes` are the first
        """
        self._scenes, self._has_mask, self._archive = tuple(scenes), has_mask, archive
        self._choice, self._recipe = choice, recipe
        self.save_invented.setVisible(self._can_invent)
        if not self._is_named:
            self._propose()
        self._show_state()

    def show_chosen(self, folder: str, *, has_invented: bool) -> None:
        """Show what the session kept."""
        self.save_invented.setChecked(has_invented)
        if folder != self.folder_name:
            self.folder_name = folder
            self.show_folder()

    def forget_name(self) -> None:
        """Propose a name again, after a result was made."""
        self._is_named = False

    @Slot()
    def show_folder(self) -> None:
        """Show where results go."""
        usual = self.tr("{name} in the study folder").format(name=FOLDER)
        self.folder.setText(self.folder_name or usual)
        self.folder.setToolTip(str(self.path))
        self.usual.setVisible(bool(self.folder_name))
        self.changed.emit()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        self._name_caption.setBuddy(self.name)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(3)
        grid.addWidget(self._name_caption, 0, 0)
        grid.addWidget(self.name, 0, 1, 1, 3)
        grid.addWidget(label(self.tr("Folder")), 1, 0)
        grid.addWidget(self.folder, 1, 1)
        grid.addWidget(self.usual, 1, 2)
        grid.addWidget(self.choose, 1, 3)
        grid.addWidget(self.note, 2, 0, 1, 4)
        grid.addWidget(self.save_invented, 3, 0, 1, 4)

    def _propose(self) -> None:
        """Take STEM, STEM-2, ...: the first that is free, or where something was stopped."""
        if not self._scenes or self._choice is None:
            self.name.clear()
            return
        folder = self._archive.folder if self._archive is not None else None
        stem, number = stem_of_results(self._scenes, self._choice, folder), 1
        path = self._path(stem)
        while self._is_taken(path) and self._begun_in(path) is None:
            number += 1
            path = self._path(f"{stem}-{number}")
        self.name.setText(path.name)

    def _begun_in(self, folder: Path) -> Begun | None:
        """Return how far work with these choices is in a folder."""
        if self._choice is None or self._recipe is None:
            return None
        wish = self._scenes, self._choice.key, self._recipe
        if self._archive is not None:
            return begun_archive(folder, self._archive.scenes, wish)
        return begun_batch(folder, wish) if self._is_folder else None

    def _why_not_into(self) -> str:
        return why_not_into(self._archive.folder, self.out) if self._archive is not None else ""

    def _path(self, name: str) -> Path:
        return self.path / (name if self._is_folder else f"{name}{TIFF}")

    def _is_taken(self, out: Path) -> bool:
        masks = [mask_path(out)] * self._has_mask + [mask_path(out, INVENTED)] * self.wants_invented
        return any(map(os.path.lexists, (out, *masks)))

    def _show_state(self) -> None:
        begun = self.begun
        tip = self.tr("Of a new folder, with a GeoTIFF for each scene")
        self.name.setToolTip(tip if self._is_folder else self.tr("Of a new GeoTIFF"))
        text = ""
        if begun is not None:
            text = self.tr(
                "{done} of {all} scenes are finished there; Continue restores the rest. With "
                "another name all begins anew."
            )
            if begun.failed:
                text = self.tr(
                    "{done} of {all} scenes are finished there, {failed} failed; Continue tries "
                    "them again and restores the rest. With another name all begins anew."
                )
            text = text.format(done=begun.done, all=begun.all, failed=begun.failed)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    @Slot()
    def _on_named(self) -> None:
        self._is_named = bool(self.name.text().strip())
        self._show_state()
        self.changed.emit()

    @Slot()
    def _on_choose(self) -> None:
        title = self.tr("Folder for results")
        start = self.path if self.path.is_dir() else self._context.study
        if name := self._context.files.folder(title, str(start)):
            self._choose(name)

    @Slot()
    def _on_usual(self) -> None:
        self._choose("")

    def _choose(self, name: str) -> None:
        is_usual = bool(name) and Path(name) == self._context.study / FOLDER
        self.folder_name = "" if is_usual else name
        self.show_folder()
        self.folder_chosen.emit()
