"""SceneFolder: a folder whose scenes are all restored, in place of the ticked ones."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from satstudio.core.errors import SatstudioError
from satstudio.core.progress import Progress
from satstudio.core.system.machine import cores, task_threads
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import Button, ElidedLabel, grouped, label, tool_button
from satstudio.gui.pages.restore.archive.looked_into import FoundScenes, look_into
from satstudio.jobs.archive.cluster import why_no_cluster

Looked = tuple[Path, FoundScenes | None, str]
"""Folder, what is in it, or why nothing is."""

MOST_WORKERS = 64
USUAL_WORKERS = 4
"""At the most, unless the user says more: each holds a model and a tile in memory."""


class SceneFolder(QWidget):
    """Which folder, how many scenes are in it, and how many processes restore them.

    Attributes
    ----------
    choose : the button that asks for a folder; stands where the page puts it
    folder : that is chosen; None where none is
    found : what is in it; None until that is known
    """

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._is_unwanted = False
        self.folder: Path | None = None
        self.found: FoundScenes | None = None
        self._problem = ""
        self.choose = Button(
            self.tr("Folder…"),
            "folder-search",
            self.tr("Restore every scene in a folder and below it, several at a time"),
        )
        self.name = ElidedLabel()
        self.look = tool_button("eye", "", self.tr("Open one of its scenes, to preview the result"))
        self.leave = tool_button("x", "", self.tr("Back to the open scenes"))
        self.note = label("", "note")
        self.workers = QSpinBox()
        self._arrange()
        self.choose.clicked.connect(self._on_choose)
        self.look.clicked.connect(self._on_look)
        self.leave.clicked.connect(self._on_leave)
        context.scenes.ending.connect(self._stop_looking)
        self.setVisible(False)

    @property
    def problem(self) -> str:
        """Why its scenes cannot be restored (yet), as a sentence; "" where they can."""
        if self.folder is None:
            return ""
        if self.found is None and not self._problem:
            return self.tr("Looking into the folder…")
        return self._problem or why_no_cluster()

    def take(self, folder: Path) -> None:
        """Look into a folder, and take its scenes."""
        self._stop_looking()
        self.folder, self.found, self._problem = folder, None, ""
        self._is_unwanted = False
        self.name.setText(folder.name)
        self.name.setToolTip(str(folder))
        progress = Progress(is_stopped=lambda: self.folder is not folder or self._is_unwanted)
        look = partial(_look, folder, progress)
        self._context.scenes.background_calls.ask(look, self._on_looked)
        self._show()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        self.workers.setRange(1, MOST_WORKERS)
        self.workers.setValue(min(task_threads(), USUAL_WORKERS))
        self.workers.setAccessibleName(self.tr("Processes"))
        tip = self.tr(
            "So many scenes are restored at a time, each by a process of its own with its share of "
            "the {cores} cores; more need more memory"
        )
        self.workers.setToolTip(tip.format(cores=cores()))
        caption = label(self.tr("Processes"))
        caption.setBuddy(self.workers)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(3)
        grid.addWidget(self.name, 0, 0, 1, 2)
        grid.addWidget(self.look, 0, 2)
        grid.addWidget(self.leave, 0, 3)
        grid.addWidget(self.note, 1, 0, 1, 4)
        grid.addWidget(caption, 2, 0)
        grid.addWidget(self.workers, 2, 1, 1, 3)

    def _show(self) -> None:
        self.setVisible(self.folder is not None)
        text = self.tr("Looking into the folder…")
        if self._problem:
            text = ""  # the page says it where it says why nothing can be restored
        elif self.found is not None:
            text = self.tr("{count} scenes in it and below; what fails is left out and listed.")
            text = text.format(count=grouped(len(self.found.scenes)))
        self.look.setEnabled(self.found is not None)
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.changed.emit()

    @Slot()
    def _stop_looking(self) -> None:
        self._is_unwanted = True

    @Slot()
    def _on_choose(self) -> None:
        if name := self._context.files.folder(self.tr("Folder of scenes")):
            self.take(Path(name))

    @Slot()
    def _on_look(self) -> None:
        if self.found is not None:
            self._context.open([self.found.first])

    @Slot()
    def _on_leave(self) -> None:
        self._stop_looking()
        self.folder, self.found, self._problem = None, None, ""
        self._show()

    @Slot(object)
    def _on_looked(self, answer: Looked) -> None:
        folder, found, problem = answer
        if folder is self.folder:
            self.found, self._problem = found, problem
            self._show()


def _look(folder: Path, progress: Progress) -> Looked:
    try:
        return folder, look_into(folder, progress), ""
    except SatstudioError as error:
        return folder, None, str(error)
