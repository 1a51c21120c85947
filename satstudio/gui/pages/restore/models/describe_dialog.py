"""DescribeDialog: a model file of others is tried and gets a card, in a copy of the study."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.environment import scratch_folder
from satstudio.core.errors import RecipeError
from satstudio.gui.forms.form import Form, FormArea
from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.stop_button import StopButton
from satstudio.gui.kit.study import free_name, name_problem
from satstudio.gui.kit.widgets import Button, label, primary_button, show_reason
from satstudio.gui.pages.restore.models.findings_view import FindingsView
from satstudio.restore.foreign.description import Description
from satstudio.session.session import name_of

SUFFIX = "_described"
WIDE, TALL = 128, 40
"""Letters and lines of the dialog."""


class DescribeDialog(QDialog):
    """Tries a file as soon as it is shown; a change of a choice asks for another trial."""

    described = Signal(object)
    """Path of the copy that has a card now."""

    def __init__(self, context: Context, model: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Describe {name}").format(name=model.name))
        self._context, self._model = context, model
        self._scratch = scratch_folder()
        self.destroyed.connect(self._scratch.cleanup)  # also where the window goes first
        self._task: Task | None = None
        self._tried: tuple[dict[str, Any], str] | None = None
        """Choices and scene of the trial whose findings are shown."""
        self._out = Path()
        self.form = Form(Description.model_json_schema())
        self.scene = QComboBox()
        self.found = FindingsView()
        self.trial = Button(
            self.tr("&Try"), "play", self.tr("Run it on a patch with these choices (F5)")
        )
        self.bar = QProgressBar()
        self.doing = label("", "note")
        self.stop = StopButton("x", self.tr("Stop the trial"))
        self.problem = label("", "problem")
        self.name = QLineEdit(self._free(f"{model.stem}{SUFFIX}"))
        self.save = primary_button(
            self.tr("&Save the copy"),
            "save",
            self.tr("Save a copy with a card in the study; the file itself stays as it is"),
        )
        self._busy = QWidget()
        self._arrange()
        self._fill_scenes()
        self._connect()
        self.start_trial()

    @property
    def is_busy(self) -> bool:
        """Tell whether a trial or the copying runs."""
        return self._task is not None

    @property
    def out(self) -> Path:
        """Where the copy goes."""
        return self._context.study / "models" / f"{self.name.text().strip()}.onnx"

    @Slot()
    def start_trial(self) -> None:
        """Run the file on a patch, in a worker."""
        description = self._description()
        if self.is_busy or isinstance(description, str):
            self._show_state()
            return
        self.found.clear()
        self._tried = self._wish()
        arguments = self._arguments(description) | {"pictures": self._scratch.name}
        self._begin("try_model", arguments, self.tr("Try {name}").format(name=self._model.name))

    @Slot()
    def start_saving(self) -> None:
        """Write the copy, in a worker."""
        description = self._description()
        if self.is_busy or isinstance(description, str) or self._why_not_saved():
            return
        self._context.study_path("models")
        self._out = self.out
        arguments = self._arguments(description) | {"out": self._out}
        title = self.tr("Describe {name}").format(name=self._model.name)
        self._begin("describe_model", arguments, title)

    def done(self, code: int) -> None:
        """Close; what runs is stopped."""
        if self._task is not None:
            self._task.ended.disconnect(self._on_ended)
            self._task.changed.disconnect(self._on_progress)
            self._task.stop()
            self._task = None
        self._scratch.cleanup()
        super().done(code)

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        where = label(str(self._model), "note")
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(FormArea(self.form), 3)
        middle.addLayout(self._trial_side(), 4)
        column = QVBoxLayout(self)
        column.addWidget(where)
        column.addLayout(middle, 1)
        column.addLayout(self._foot())
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * WIDE, metrics.lineSpacing() * TALL)

    def _trial_side(self) -> QVBoxLayout:
        """Return what tries the file and shows what was found."""
        self.scene.setAccessibleName(self.tr("Image of the trial"))
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(self.tr("Progress of the trial"))
        for button in (self.trial, self.stop):
            button.setAutoDefault(False)
        self.trial.setShortcut("F5")
        busy = QHBoxLayout(self._busy)
        busy.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self.bar, 1), (self.doing, 1), (self.stop, 0)):
            busy.addWidget(widget, stretch)
        right = QVBoxLayout()
        line = QHBoxLayout()
        line.addWidget(self._caption(self.tr("Tried &on"), self.scene))
        line.addWidget(self.scene, 1)
        line.addWidget(self.trial)
        right.addLayout(line)
        right.addWidget(self._busy)
        right.addWidget(self.problem)
        right.addWidget(self.found, 1)
        return right

    def _foot(self) -> QHBoxLayout:
        """Return what saves the copy."""
        self.name.setAccessibleName(self.tr("Name of the copy"))
        self.save.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.addWidget(self._caption(self.tr("&Name of the copy"), self.name))
        foot.addWidget(self.name, 1)
        foot.addWidget(self.save)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        foot.addWidget(buttons)
        return foot

    def _caption(self, text: str, buddy: QWidget) -> QLabel:
        caption = QLabel(text)
        caption.setBuddy(buddy)
        return caption

    def _fill_scenes(self) -> None:
        """Offer the open scenes, the active one first, and a synthetic image."""
        session = self._context.store.session
        layers = [session.layer] if session.layer is not None else []
        layers += [layer for layer in session.layers if layer not in layers]
        for layer in layers:
            self.scene.addItem(name_of(layer.address), layer.address)
        self.scene.addItem(self.tr("A synthetic image"), "")

    def _connect(self) -> None:
        self.form.changed.connect(self._show_state)
        self.scene.currentIndexChanged.connect(self._show_state)
        self.name.textChanged.connect(self._show_state)
        self.trial.clicked.connect(self.start_trial)
        self.stop.clicked.connect(self._on_stop)
        self.save.clicked.connect(self.start_saving)

    def _free(self, stem: str) -> str:
        return free_name(self._context.study / "models", stem)

    def _description(self) -> Description | str:
        """Return the choices, or a sentence on what is wrong with them."""
        problem = self.form.problem()
        if problem:
            return problem
        try:
            return Description.build(chosen(self.form.values()), self.tr("Choices"))
        except RecipeError as error:
            return str(error)

    def _wish(self) -> tuple[dict[str, Any], str]:
        return self.form.values(), str(self.scene.currentData())

    def _arguments(self, description: Description) -> dict[str, Any]:
        return {
            "model": self._model,
            "description": description.model_dump(mode="json", exclude_unset=True),
            "scene": str(self.scene.currentData()),
        }

    def _begin(self, kind: str, arguments: Mapping[str, Any], title: str) -> None:
        show_reason(self.problem, "")
        self._task = self._context.jobs.start(kind, arguments, title, is_quiet=True)
        self._task.changed.connect(self._on_progress)
        self._task.ended.connect(self._on_ended)
        self._on_progress()
        self._show_state()

    @Slot()
    def _on_progress(self) -> None:
        task = self._task
        if task is None:
            return
        self.bar.setRange(0, 1000 if task.share > 0 else 0)
        self.bar.setValue(round(task.share * 1000))
        self.doing.setText(task.text)
        self.stop.show_task(task)

    @Slot()
    def _on_stop(self) -> None:
        if self._task is not None:
            self._task.stop()

    @Slot()
    def _on_ended(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        if task.state != "done":
            self._tried = None
            show_reason(self.problem, task.text, is_wrong=task.state == "failed")
        elif task.kind == "try_model":
            self.found.show_findings(task.result, Path(self._scratch.name))
        else:
            self._context.study_changed.emit()
            self.described.emit(self._out)
            self.accept()
            return
        self._show_state()

    def _why_not_saved(self) -> str:
        name = self.name.text().strip()
        if not name:
            return self.tr("Give the copy a name.")
        if problem := name_problem(name):
            return problem
        if self.out.exists():
            return self.tr("{name} exists already; give another name.").format(name=self.out.name)
        if self._tried != self._wish():
            return self.tr("Try it with these choices first.")
        return ""

    @Slot()
    def _show_state(self) -> None:
        description = self._description()
        wrong = description if isinstance(description, str) else ""
        self._busy.setVisible(self.is_busy)
        self.form.setEnabled(not self.is_busy)
        self.trial.setEnabled(not self.is_busy and not wrong)
        reason = wrong or self._why_not_saved()
        self.save.setEnabled(not self.is_busy and not reason)
        self.save.setToolTip(reason or self.tr("Save a copy with a card in the study"))
        if wrong:
            show_reason(self.problem, wrong)


def chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not as at first: what the metadata say counts for the others."""
    usual = Description().model_dump(mode="json")
    return {name: value for name, value in values.items() if value != usual[name]}
