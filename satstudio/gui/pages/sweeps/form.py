"""SweepForm: which plan, on which patches, with how many seeds; how many runs that makes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QGroupBox,
    QLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.bench.plans.kinds import BENCHMARK, TRAINING
from satstudio.gui.forms.form import Form
from satstudio.gui.forms.set_combo import NameCombo, SetCombo
from satstudio.gui.kit.study import SetRow, name_problem
from satstudio.gui.kit.widgets import Button, grouped, label, primary_button
from satstudio.gui.pages.sweeps.plan_check import Wish
from satstudio.gui.pages.sweeps.state import SweepsState
from satstudio.jobs.plans import NO_NETWORKS, PlanChoices, PlanInfo, with_choices


class SweepForm(QWidget):
    """What a new sweep is made of."""

    started = Signal()
    own_asked = Signal()
    changed = Signal()
    """Something may have been chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._plans: tuple[PlanInfo, ...] = ()
        self._taken: frozenset[str] = frozenset()
        self._is_named = False
        self._found = ""
        self.plan = NameCombo(self.tr("Plan"), self.tr("What is trained, row by row"))
        self.patches = SetCombo(self.tr("Patches"), self.tr("What is learnt from"))
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the sweep"))
        self.name.setToolTip(self.tr("Folder in bench/ of the study folder"))
        self.own = Button(
            self.tr("Open a plan…"), "folder-open", self.tr("Take a plan from a TOML file")
        )
        self.text = label("", "note")
        self.form = Form(PlanChoices.model_json_schema())
        self.count = label("", "note")
        self.count.setAccessibleName(self.tr("Number of runs"))
        self.problem = label("", "problem")
        self.checking = label(self.tr("Checking the plan…"), "note")
        self.checking.hide()
        self.start = primary_button(
            self.tr("Start sweep"),
            "play",
            self.tr("Train in a process of its own; it can be stopped and goes on later"),
        )
        self._arrange()
        self._connect()
        self._show_state()

    # ------------------------------------------------------------------ what is shown

    def show_plans(self, plans: Sequence[PlanInfo], chosen: str = "") -> None:
        """List plans; the chosen one stays chosen."""
        before = chosen or self.plan.currentData()
        self._plans = tuple(plans)
        self.plan.blockSignals(True)
        self.plan.clear()
        for info in plans:
            self.plan.addItem(info.title, info.name)
            self.plan.setItemData(self.plan.count() - 1, info.name, Qt.ItemDataRole.ToolTipRole)
        self._show_whole_titles()
        names = [info.name for info in plans]
        self.plan.setCurrentIndex(names.index(before) if before in names else 0)
        self.plan.blockSignals(False)
        self._on_plan()

    def _show_whole_titles(self) -> None:
        """Let the open list be as wide as its titles."""
        view = self.plan.view()
        bar = view.verticalScrollBar().sizeHint().width()
        view.setMinimumWidth(view.sizeHintForColumn(0) + bar)

    def show_checked(self, problem: str, *, is_busy: bool) -> None:
        """Say what was found wrong with the plan on the patches, or that it is looked at."""
        self._found = problem
        self.checking.setVisible(is_busy)
        self._show_state()

    def show_sets(self, rows: Sequence[SetRow], chosen: Path | None = None) -> None:
        """List patch sets; the chosen one stays chosen."""
        self.patches.show_sets(rows, chosen)
        self._show_state()

    def show_taken(self, names: Sequence[str]) -> None:
        """Take the names of sweeps that are there already."""
        self._taken = frozenset(names)
        self._propose_name()
        self._show_state()

    # ------------------------------------------------------------------ what was chosen

    @property
    def info(self) -> PlanInfo | None:
        """The chosen plan, as it is without choices."""
        name = self.plan.currentData()
        return next((info for info in self._plans if info.name == name), None)

    @property
    def set_path(self) -> Path | None:
        """The patch set to learn from; None where the plan makes its own data."""
        info = self.info
        return self.patches.path if info is not None and info.takes_patches else None

    @property
    def sweep_name(self) -> str:
        """Name of the sweep's folder."""
        return self.name.text().strip()

    def chosen_plan(self) -> dict[str, Any]:
        """Return the plan with the choices in it."""
        info = self.info
        if info is None:
            return {}
        return with_choices(info, PlanChoices.build(self.form.values(), self.tr("The choices")))

    def chosen(self) -> SweepsState:
        """Return all choices, as the session keeps them."""
        plan, patches = self.plan.currentData(), self.patches.path
        return SweepsState(str(plan or ""), str(patches or ""), self.form.values())

    def show_chosen(self, state: SweepsState) -> None:
        """Show choices that the session kept, as far as plans and patch sets are known."""
        if (row := self.plan.findData(state.plan)) >= 0:
            self.plan.setCurrentIndex(row)
            self.form.set_values(state.values)
        self.patches.choose(Path(state.patches))

    def titles(self) -> dict[str, str]:
        """Return what the form calls each choice."""
        return {"plan": self.tr("Plan"), "patches": self.tr("Patches")} | self.form.titles()

    def why_not(self) -> str:
        """Return why the sweep cannot start, "" where it can."""
        info = self.info
        checks = (
            (info is None, self.tr("Choose a plan.")),
            (
                info is not None and info.takes_patches and self.set_path is None,
                self.tr("Cut a patch set first (Patches page)."),
            ),
            (bool(self.form.problem()), self.form.problem()),
            (self._has_vain_networks(), NO_NETWORKS),
            (not self.sweep_name, self.tr("Give the sweep a name.")),
            (bool(name_problem(self.sweep_name)), name_problem(self.sweep_name)),
            (
                self.sweep_name in self._taken,
                self.tr("Something of this name is there already; continue it at the right."),
            ),
        )
        return next((text for is_wrong, text in checks if is_wrong), "") or self._found

    @property
    def wish(self) -> Wish | None:
        """The plan with its choices, and the patch set; None where something is missing."""
        info = self.info
        is_missing = info is None or (info.takes_patches and self.set_path is None)
        if is_missing or self.form.problem() or self._has_vain_networks():
            return None
        return self.chosen_plan(), self.set_path

    def _has_vain_networks(self) -> bool:
        """Tell whether networks for FID and IS are chosen for a plan that takes none."""
        values = self.form.values()
        is_table = self.info is None or self.info.experiment == TRAINING
        return not is_table and any(values.get(key) for key in ("extractor", "classifier"))

    def forget_name(self) -> None:
        """Propose a new name again, after a sweep has started."""
        self._is_named = False

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        head = QFormLayout()
        head.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        head.addRow(self.tr("P&lan"), self.plan)
        head.addRow(self.tr("&Patches"), self.patches)
        head.addRow(self.tr("&Name"), self.name)
        box = QGroupBox(self.tr("Choices"))
        QVBoxLayout(box).addWidget(self.form)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(label(self.tr("New sweep"), "heading"))
        column.addLayout(head)
        column.addWidget(self.text)
        column.addWidget(box)
        column.addWidget(self.own, 0, Qt.AlignmentFlag.AlignRight)
        column.addStretch(1)

    def foot(self) -> QLayout:
        """Return what is always in view."""
        foot = QVBoxLayout()
        for widget in (self.count, self.checking, self.problem, self.start):
            foot.addWidget(widget)
        return foot

    def _connect(self) -> None:
        self.plan.currentIndexChanged.connect(self._on_plan)
        self.patches.currentIndexChanged.connect(self._show_state)
        self.form.changed.connect(self._show_state)
        for signal in (self.plan.currentIndexChanged, self.patches.currentIndexChanged):
            signal.connect(self.changed)
        self.form.changed.connect(self.changed)
        self.name.textEdited.connect(self._on_named)
        self.own.clicked.connect(self.own_asked)
        self.start.clicked.connect(self._on_start)

    @Slot()
    def _on_plan(self) -> None:
        info = self.info
        if info is not None:
            self.form.set_values({"seeds": info.seeds, "steps": None})
            self.text.setText("\n".join(filter(None, (f"{info.title}.", info.about, info.text))))
            self.text.setToolTip("\n\n".join(info.differs))
            self.patches.setEnabled(info.takes_patches)
        self._propose_name()
        self._show_state()

    @Slot()
    def _on_named(self) -> None:
        self._is_named = bool(self.sweep_name)
        self._show_state()

    @Slot()
    def _on_start(self) -> None:
        if not self.why_not():
            self.started.emit()

    def _propose_name(self) -> None:
        if self._is_named or self.info is None:
            return
        stem = self.info.name.replace("/", "-")
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self.name.setText(name)

    @Slot()
    def _show_state(self) -> None:
        reason = self.why_not()
        self.problem.setText(reason)
        self.problem.setVisible(bool(reason))
        self.start.setEnabled(not reason)
        self.count.setText(self._count_text())

    def _count_text(self) -> str:
        info, seeds = self.info, self.form.values().get("seeds")
        if info is None or not isinstance(seeds, int):
            return ""
        if not info.runs:
            return self.tr("Nothing is trained: it measures the patches.")
        if info.experiment == BENCHMARK:
            text = self.tr("{runs} pairs of a data set and a model, where they fit")
            return text.format(runs=grouped(info.runs))
        rows = self.tr("1 row") if info.runs == 1 else self.tr("{n} rows")
        each = self.tr("1 seed") if seeds == 1 else self.tr("{n} seeds")
        all_runs = info.runs * seeds
        runs = self.tr("1 training") if all_runs == 1 else self.tr("{n} trainings")
        text = f"{rows.format(n=grouped(info.runs))}, {each.format(n=seeds)}: "
        return text + runs.format(n=grouped(all_runs))
