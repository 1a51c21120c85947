"""TrainForm: patches, method, preset and all choices of a training, drawn from the catalogue."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QGroupBox,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.runs.run_files import why_no_name
from satstudio.gui.forms.form import Form
from satstudio.gui.forms.set_combo import NameCombo, SetCombo
from satstudio.gui.kit.study import SetRow
from satstudio.gui.kit.widgets import Button, label, primary_button, show_reason
from satstudio.gui.pages.train.estimate import TrainEstimate
from satstudio.gui.pages.train.like import TrainLike
from satstudio.gui.pages.train.state import TrainState
from satstudio.jobs.again import RunChoices
from satstudio.jobs.catalogue import Catalogue, MethodEntry

HIDDEN = ("method", "preset", "options")
NUMBERED = re.compile(r"-\d+$")


class TrainForm(QWidget):
    """What a new run is made of."""

    started = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._catalogue: Catalogue | None = None
        self._methods: dict[str, MethodEntry] = {}
        self._taken: frozenset[str] = frozenset()
        self._is_named = False
        self.form = Form({})
        self.options = Form({})
        self.patches = SetCombo(self.tr("Patches"), self.tr("What is learnt from"))
        self.method = NameCombo(self.tr("Method"), self.tr("How a generator is trained"))
        self.preset = NameCombo(
            self.tr("Preset"), self.tr("A starting point; every value below can be changed")
        )
        self.preset_note = label("", "note")
        self.preset_note.setWordWrap(True)
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the run"))
        self.name.setToolTip(self.tr("Folder in runs/ of the study folder"))
        self.reset = Button(
            self.tr("Reset to preset"), "rotate-ccw", self.tr("Take the preset's values again")
        )
        self.problem = label(self.tr("Listing the training methods…"), "note")
        self.broken = label("", "note")
        self.start = primary_button(
            self.tr("Start training"),
            "play",
            self.tr("Train in a process of its own; the window stays smooth"),
        )
        self.estimate = TrainEstimate()
        self.like = TrainLike()
        self._box = QGroupBox(self.tr("Training"))
        self._options_box = QGroupBox(self.tr("Options of the method"))
        self._arrange()
        self._connect()
        self._show_state()

    # ------------------------------------------------------------------ what is shown

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Take methods, presets and schemas."""
        self._catalogue = catalogue
        self._methods = {entry.name: entry for entry in catalogue.methods}
        self.form = self._replaced(self._box, self.form, Form(catalogue.train, hidden=HIDDEN))
        self.method.blockSignals(True)
        self.method.clear()
        for entry in catalogue.methods:
            self.method.addItem(entry.title or entry.name, entry.name)
            tip = entry.description or entry.title
            self.method.setItemData(self.method.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        usual = catalogue.train.get("properties", {}).get("method", {}).get("default")
        self.method.setCurrentIndex(max(self.method.findData(usual), 0))
        self.method.blockSignals(False)
        broken = [f"{name}: {reason}" for name, reason in catalogue.broken.items()]
        text = self.tr("Cannot be used here:") + "\n" + "\n".join(broken)
        self.broken.setText(text if broken else "")
        self.broken.setVisible(bool(broken))
        self._on_method()

    def show_sets(self, rows: Sequence[SetRow], chosen: Path | None = None) -> None:
        """List patch sets; the chosen one stays chosen."""
        self.patches.show_sets(rows, chosen)
        self._propose_name()
        self._show_state()

    def show_runs(self, names: Sequence[str]) -> None:
        """Take the names of runs that are there already."""
        self._taken = frozenset(names)
        self._propose_name()
        self._show_state()

    # ------------------------------------------------------------------ what was chosen

    @property
    def set_path(self) -> Path | None:
        """The chosen patch set."""
        return self.patches.path

    @property
    def run_name(self) -> str:
        """Name of the run."""
        return self.name.text().strip()

    def recipe(self) -> dict[str, Any]:
        """Return the whole training recipe."""
        preset = self.preset.currentData()
        return {
            **self.form.values(),
            "method": self.method.currentData(),
            **({"preset": preset} if preset else {}),
            "options": self.options.values(),
        }

    def why_not(self) -> str:
        """Return why training cannot start, "" where it can."""
        if self._catalogue is None:
            return self.tr("Listing the training methods…")
        if not self._methods:
            return self._catalogue.missing or self.tr("No training method can be used here.")
        checks = (
            (bool(self.patches.reason), self.patches.reason),
            (self.set_path is None, self.tr("Cut a patch set first (Patches page).")),
            (bool(self.form.problem()), self.form.problem()),
            (bool(self.options.problem()), self.options.problem()),
            (not self.run_name, self.tr("Give the run a name.")),
            (bool(why_no_name(self.run_name)), why_no_name(self.run_name)),
            (self.run_name in self._taken, self.tr("A run of this name is there already.")),
        )
        return next((text for is_wrong, text in checks if is_wrong), "")

    def forget_name(self) -> None:
        """Propose a new name again, after a run has started."""
        self._is_named = False
        self.forget_like()

    def show_like(self, choices: RunChoices) -> None:
        """Take all choices of another run; what is changed from now on is listed."""
        recipe = dict(choices.recipe)
        entry = self._methods.get(str(recipe.get("method")))
        if entry is None:
            return
        self._show_preset(entry, str(recipe.get("preset", "")))
        options = dict(recipe.get("options", {}))
        for form, values in ((self.form, recipe), (self.options, options)):
            form.reset()
            form.set_values(values)
        self.patches.choose(choices.patches)
        is_there = self.set_path == choices.patches
        remarks = [] if is_there else [self.tr("Its patches have gone: choose others.")]
        lost = [name for name in options if name not in self.options.titles()]
        if lost:
            remarks.append(self.tr("Not known any more: {names}").format(names=", ".join(lost)))
        self._is_named = False
        self.like.show_like(choices.run.name, self._compared(), "\n".join(remarks))
        self._on_changed()

    def chosen(self) -> TrainState:
        """Return all choices, as the session keeps them."""
        return TrainState(
            str(self.set_path or ""),
            str(self.method.currentData() or ""),
            str(self.preset.currentData() or ""),
            self.form.values(),
            self.options.values(),
        )

    def show_chosen(self, state: TrainState) -> None:
        """Show choices that the session kept, as far as methods and patch sets are known."""
        entry = self._methods.get(state.method)
        if entry is not None:
            self._show_preset(entry, state.preset)
            self.form.set_values(state.values)
            self.options.set_values(state.options)
        self.patches.choose(Path(state.patches))
        self._on_changed()

    def _show_preset(self, entry: MethodEntry, preset: str) -> None:
        """Choose a method and a preset of it, whose values others take the place of."""
        self.method.setCurrentIndex(self.method.findData(entry.name))
        self.preset.blockSignals(True)
        self.preset.setCurrentIndex(self.preset.findData(preset))
        self.preset.blockSignals(False)
        noted = [item for item in entry.presets if item.name == self.preset.currentData()]
        self._show_preset_note(noted[0].description if noted else "")

    def titles(self) -> dict[str, str]:
        """Return what the form calls each choice."""
        own = {"method": "Method", "preset": "Preset", "patches": "Patches"}
        return own | self.form.titles() | self.options.titles()

    @Slot()
    def forget_like(self) -> None:
        """Let the form stand for itself."""
        self.like.show_like("", {}, "")
        self._on_changed()

    # ------------------------------------------------------------------ inside

    def _compared(self) -> dict[str, Any]:
        return {**self.recipe(), "patches": self.patches.currentText().partition("  (")[0]}

    def _show_differences(self) -> None:
        """List what differs from the other run, and let it stand out."""
        if not self.like.name:
            changed: tuple[str, ...] = ()
        else:
            own = {"method": "Method", "preset": "Preset", "patches": "Patches"}
            options = {f"options.{name}": text for name, text in self.options.titles().items()}
            titles = {**own, **self.form.titles(), **options}
            changed = self.like.compare(self._compared(), titles)
        self.form.mark(changed)
        self.options.mark(name.removeprefix("options.") for name in changed)

    def _arrange(self) -> None:
        head = QFormLayout()
        head.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        head.addRow(self.tr("&Patches"), self.patches)
        head.addRow(self.tr("&Method"), self.method)
        head.addRow(self.tr("P&reset"), self.preset)
        head.addRow("", self.preset_note)
        head.addRow(self.tr("&Name"), self.name)
        QVBoxLayout(self._box).addWidget(self.form)
        QVBoxLayout(self._options_box).addWidget(self.options)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(label(self.tr("New run"), "heading"))
        column.addWidget(self.like)
        column.addLayout(head)
        column.addWidget(self.problem)
        column.addWidget(self.start)
        column.addWidget(self.estimate)
        column.addWidget(self._box)
        column.addWidget(self._options_box)
        column.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.broken)
        column.addStretch(1)
        self.broken.hide()

    def _connect(self) -> None:
        self.patches.currentIndexChanged.connect(self._on_changed)
        self.method.currentIndexChanged.connect(self._on_method)
        self.preset.currentIndexChanged.connect(self._on_other_preset)
        self.name.textEdited.connect(self._on_named)
        self.reset.clicked.connect(self._on_preset)
        self.start.clicked.connect(self._on_start)
        self.like.forgotten.connect(self.forget_like)

    def _replaced(self, box: QGroupBox, old: Form, new: Form) -> Form:
        layout = box.layout()
        if layout is not None:
            layout.replaceWidget(old, new)
        old.deleteLater()
        new.changed.connect(self._on_changed)
        return new

    @Slot()
    def _on_method(self) -> None:
        entry = self._methods.get(str(self.method.currentData()))
        if entry is not None:
            new = Form(entry.options)
            self.options = self._replaced(self._options_box, self.options, new)
            self.method.setToolTip(entry.description or entry.title)
            self.preset.blockSignals(True)
            self.preset.clear()
            for preset in entry.presets:
                self.preset.addItem(preset.name, preset.name)
                self.preset.setItemData(
                    self.preset.count() - 1, preset.description, Qt.ItemDataRole.ToolTipRole
                )
            self.preset.blockSignals(False)
            self.patches.offer(entry.data, needs_pairs=entry.needs_pairs)
            self._on_preset()
        self._show_state()

    @Slot()
    def _on_preset(self) -> None:
        entry = self._methods.get(str(self.method.currentData()))
        found = (
            [item for item in entry.presets if item.name == self.preset.currentData()]
            if entry
            else []
        )
        self.form.reset()
        self.options.reset()
        self._show_preset_note(found[0].description if found else "")
        if found:
            self.form.set_values(found[0].values)
            self.options.set_values(found[0].values.get("options", {}))
        self._on_changed()

    @Slot()
    def _on_other_preset(self) -> None:
        """Keep the weights to start from: they may be why another preset is chosen."""
        start = self.form.values().get("start")
        self._on_preset()
        if start is not None:
            self.form.set_values({"start": start})

    def _show_preset_note(self, text: str) -> None:
        tip = self.tr("A starting point; every value below can be changed")
        self.preset.setToolTip(f"{tip}\n\n{text}" if text else tip)
        self.preset_note.setText(text.partition(". ")[0].rstrip(".") + "." if text else "")
        self.preset_note.setVisible(bool(text))

    @Slot()
    def _on_changed(self) -> None:
        self.estimate.forget()
        self._show_differences()
        self._propose_name()
        self._show_state()
        self.changed.emit()

    @Slot()
    def _on_named(self) -> None:
        self._is_named = bool(self.run_name)
        self._show_state()
        self.changed.emit()

    @Slot()
    def _on_start(self) -> None:
        if not self.why_not():
            self.started.emit()

    def _propose_name(self) -> None:
        if self._is_named or self.set_path is None:
            return
        stem = f"{self.set_path.name}-{self.preset.currentData() or 'run'}"
        if self.like.name:
            stem = NUMBERED.sub("", self.like.name)
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self.name.setText(name)

    def _show_state(self) -> None:
        reason = self.why_not()
        show_reason(self.problem, reason, is_wrong=self._catalogue is not None)
        self.start.setEnabled(not reason)
        self.estimate.button.setEnabled(not reason)
        has_methods = bool(self._methods)
        for widget in (self._box, self._options_box, self.reset):
            widget.setVisible(has_methods)
