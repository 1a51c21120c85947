"""Patches page: choose scenes, preview positions, cut."""

import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.forms.form import Form, FormArea, with_foot
from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.choices import Choices
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.study import STEM_LETTERS, free_name, name_problem
from satstudio.gui.kit.widgets import Button, label, primary_button
from satstudio.gui.pages.patches.cut_scenes import CutScenes
from satstudio.gui.pages.patches.import_dialog import ImportDialog
from satstudio.gui.pages.patches.pair_table import PairTable
from satstudio.gui.pages.patches.positions_view import PositionsView
from satstudio.gui.pages.patches.rejections import Rejections
from satstudio.gui.pages.patches.set_view import SetView
from satstudio.gui.pages.patches.state import NAME, PatchesState
from satstudio.patches.positions import PatchRecipe
from satstudio.session.session import name_of

START_VALUES = {"count": 400}
"""Without a count, a large scene would give tens of thousands of patches."""


def make_page(context: Context) -> QWidget:
    """Return the page."""
    return PatchesPage(context)


class PatchesPage(QWidget):
    """Scenes and choices at the left, positions and patch sets at the right."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._task: WorkerTask | None = None
        self._import: WorkerTask | None = None
        self._is_named = False
        self.scenes = CutScenes(context)
        self.pairs = PairTable(context)
        self.form = Form(PatchRecipe.model_json_schema(), hidden=("validation_scenes", "pairs"))
        self.form.set_values(START_VALUES)
        self.reset = Button(self.tr("Reset"), "rotate-ccw", self.tr("Back to the usual values"))
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the patch set"))
        self.name.setToolTip(self.tr("Folder in patches/ of the study folder"))
        self.problem = label("", "problem")
        self.cut = primary_button(
            self.tr("Cut patches"), "scissors", self.tr("Cut and write the patch set")
        )
        self.bring = Button(
            self.tr("From images or a data set…"),
            "database",
            self.tr("Patches of a folder of images, of MNIST-like files, or made from a seed"),
        )
        self.positions = PositionsView(context)
        self._kept = PageState(context, NAME, PatchesState)
        self.sets = SetView(context, Rejections(context, self._kept, self))
        self._tabs = QTabWidget()
        self._arrange()
        self._connect()
        self.choices = Choices(context, self._kept, self._chosen, self._show_chosen, self)
        self.choices.titles = self.form.titles() | {"view": self.tr("Patches shown as")}
        self.sets.sheet.shown_changed.connect(self.choices.note)
        self.form.changed.connect(self.choices.note)
        self.scenes.decided.connect(self._on_decided)
        self.scenes.settled.connect(self._on_settled)
        self._on_changed()

    def _chosen(self) -> PatchesState:
        shown = self.form.titles()
        values = {k: v for k, v in self.form.values().items() if k in shown}
        return PatchesState(
            values,
            dict(self.scenes.ticks),
            dict(self.scenes.roles),
            self.sets.sheet.shown,
            self._kept.now.rejected,  # those are changed one by one
        )

    def _show_chosen(self, state: PatchesState) -> None:
        self.form.set_values(state.values)
        self.scenes.show_chosen(state.ticks, state.roles)
        self.sets.sheet.show_view(state.view)

    @Slot()
    def _on_decided(self) -> None:
        addresses = {**self.scenes.ticks, **self.scenes.roles}
        title = self.tr("Scene {name}")
        self.choices.titles |= {each: title.format(name=name_of(each)) for each in addresses}
        self.choices.note()

    @Slot()
    def _on_settled(self) -> None:
        """Keep what is proposed, so that undo comes back to it."""
        self._kept.note(self._chosen())

    def _connect(self) -> None:
        self.scenes.changed.connect(self._on_changed)
        self.pairs.changed.connect(self._on_pairs)
        self.form.changed.connect(self._on_changed)
        self.reset.clicked.connect(self._on_reset)
        self.name.textEdited.connect(self._on_named)
        self.cut.clicked.connect(self.start)
        self.bring.clicked.connect(self.ask_data_set)
        self.positions.failed.connect(self._on_plan_failed)
        self.positions.planned.connect(self._on_planned)
        self._context.scenes.opened.connect(self._on_changed)
        self._context.jobs.ended.connect(self._on_ended)

    @property
    def addresses(self) -> list[str]:
        """Addresses of the scenes that are ticked."""
        return self.scenes.addresses

    def close_canvas(self) -> None:
        """End the threads of the canvas; before the page is destroyed."""
        self.positions.close_canvas()

    def take_file(self, kind: str, path: Path) -> bool:
        """Show a patch set that was dropped."""
        if kind == "set":
            self._tabs.setCurrentWidget(self.sets)
            self.sets.add(path)
        return kind == "set"

    @Slot()
    def start(self) -> None:
        """Cut."""
        if self._why_not():
            self._show_state()
            return
        name = self.name.text().strip()
        out = self._context.study_path("patches") / name
        arguments = {"scenes": self.addresses, "recipe": self.form.values(), "out": out}
        title = self.tr("Cut {name}").format(name=name)
        self._task = self._context.jobs.start("cut", arguments, title)
        self._context.notify(self.tr("Cutting patches; see the Tasks panel"))
        self._show_state()

    @Slot()
    def ask_data_set(self) -> None:
        """Ask which data set becomes patches, and how."""
        dialog = ImportDialog(self._context, self)
        dialog.chosen.connect(self.start_import)
        dialog.open()

    @Slot(dict)
    def start_import(self, arguments: dict[str, Any]) -> None:
        """Make patches of a data set's files or, where they say no `root`, of a seed."""
        is_made = "root" not in arguments
        title = self.tr("Make {name}") if is_made else self.tr("Import {name}")
        title = title.format(name=arguments["out"].name)
        kind = "make" if is_made else "import"
        self._import = self._context.jobs.start(kind, arguments, title)
        self._context.notify(self.tr("Making the patches; see the Tasks panel"))
        self._show_state()

    def _arrange(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self._caption(self.tr("&Scenes"), self.scenes))
        column.addWidget(self.scenes)
        column.addWidget(self._caption(self.tr("Scenes &beside them"), self.pairs.table))
        column.addWidget(self.pairs)
        column.addWidget(label(self.tr("How to cut"), "heading"))
        column.addWidget(self.form)
        column.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignRight)
        column.addStretch(1)
        self._tabs.addTab(self.positions, self.tr("Positions"))
        self._tabs.addTab(self.sets, self.tr("Patch sets"))
        splitter = QSplitter()
        splitter.addWidget(with_foot(FormArea(left), self._foot()))
        splitter.addWidget(self._tabs)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _foot(self) -> QLayout:
        """Return what is always in view."""
        line = QHBoxLayout()
        caption = label(self.tr("&Name"))
        caption.setBuddy(self.name)
        line.addWidget(caption)
        line.addWidget(self.name, 1)
        foot = QVBoxLayout()
        foot.addLayout(line)
        foot.addWidget(self.problem)
        foot.addWidget(self.cut)
        foot.addWidget(self.bring)
        return foot

    def _caption(self, text: str, buddy: QWidget) -> QLabel:
        caption = label(text, "heading")
        caption.setBuddy(buddy)
        return caption

    @Slot()
    def _on_changed(self) -> None:
        if not self._is_named:
            self._propose_name()
        self.form.set_values(
            {"validation_scenes": self.scenes.validation_scenes, "pairs": self.pairs.pairs}
        )
        addresses = [] if self._scene_problem() or self.form.problem() else self.addresses
        self.positions.plan(addresses, self.form.values())
        self._show_state()

    @Slot()
    def _on_pairs(self) -> None:
        for address in self.pairs.addresses:
            self.scenes.untick(address)  # what lies beside others is not cut for itself, too
        self._on_changed()

    @Slot()
    def _on_reset(self) -> None:
        self.form.reset()
        self.form.set_values(START_VALUES)
        self._on_changed()

    @Slot()
    def _on_named(self) -> None:
        self._is_named = bool(self.name.text().strip())
        self._show_state()

    def _propose_name(self) -> None:
        addresses = self.addresses
        if addresses:
            stem = Path(addresses[0].partition("#")[0]).stem[:STEM_LETTERS]
            side = self.form.values().get("size_px")
            proposal = f"{stem}-{side}px"
            self.name.setText(free_name(self._context.study / "patches", proposal))

    @Slot(str)
    def _on_plan_failed(self, sentence: str) -> None:
        self._show_state(sentence)

    @Slot(int, int)
    def _on_planned(self, train: int, validation: int) -> None:
        del validation
        self._show_state("" if train else self.tr("No patch fits: choose a smaller side."))

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        is_cut, is_import = task is self._task, task is self._import
        if not (is_cut or is_import):
            return
        if is_cut:
            self._task = None
            self._is_named = self._is_named and task.state != "done"
        else:
            self._import = None
        if task.state == "done":
            self._tabs.setCurrentWidget(self.sets)
            self._context.new_set = Path(str(task.result))
            self.sets.show_set(self._context.new_set)
            self._context.study_changed.emit()
            if not self._is_named:
                self._propose_name()
        self._show_state(task.text if task.state == "failed" else "")

    def _scene_problem(self) -> str:
        if not self.scenes.count:
            return self.tr("Open a scene first (Ctrl+O).")
        if not self.addresses:
            return self.tr("Tick a scene to cut from.")
        if self.addresses == self.scenes.validation_scenes:
            return self.tr("Every ticked scene is for validation; leave one for training.")
        return self.pairs.problem(str(self.form.values().get("role", "")))

    def _why_not(self) -> str:
        name = self.name.text().strip()
        checks = (
            (bool(self._scene_problem()), self._scene_problem()),
            (bool(self.form.problem()), self.form.problem()),
            (not name, self.tr("Give the patch set a name.")),
            (bool(name_problem(name)), name_problem(name)),
            (
                bool(name) and os.path.lexists(self._context.study / "patches" / name),
                self.tr("A patch set of this name is there already."),
            ),
        )
        return next((text for is_wrong, text in checks if is_wrong), "")

    def _show_state(self, sentence: str = "") -> None:
        reason = self._why_not() or sentence
        self.problem.setText(reason)
        self.problem.setVisible(bool(reason))
        self.cut.setEnabled(not reason and self._task is None)
        self.bring.setEnabled(self._import is None)
        self.cut.setText(self.tr("Cutting…") if self._task else self.tr("Cut patches"))
