"""RunView: one training run: how far it is, its curves, its samples; stop, pause, continue."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QTabWidget, QVBoxLayout, QWidget

from satstudio.core.runs.run_log import RunLog, read_log
from satstudio.core.runs.run_note import LONGEST
from satstudio.gui.jobs.worker_task import TrainTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.stop_button import StopButton
from satstudio.gui.kit.study import previews
from satstudio.gui.kit.widgets import Button, IconButton, in_a_row, label, tool_button
from satstudio.gui.pages.train.curves.chart_menu import ChartMenu
from satstudio.gui.pages.train.curves.curve_menu import CurveMenu
from satstudio.gui.pages.train.curves.curves import FIRST, LOGARITHMIC, Curves
from satstudio.gui.pages.train.curves.run_overlay_menu import RunOverlayMenu
from satstudio.gui.pages.train.runs.checkpoints import CheckpointCombo
from satstudio.gui.pages.train.runs.figure_table import FigureTable
from satstudio.gui.pages.train.runs.queue_bar import QueueBar
from satstudio.gui.pages.train.runs.run_facts import RunFacts
from satstudio.gui.pages.train.runs.run_states import BUSY, QUEUED, failure_text, state_text
from satstudio.gui.pages.train.runs.sample_pictures import SamplePictures
from satstudio.gui.pages.train.runs.shown_run import ShownRun
from satstudio.jobs.job import Event

SHOWN_REMARKS = 2
"""The others are in the tooltip."""

History = tuple[Path, RunLog, Sequence[Path]]


class RunView(QWidget):
    """Shows a run from its folder; while its task runs, also what the task says."""

    continued = Signal(object)
    """RunRow of the run to continue."""

    exported = Signal(object, str)
    """RunRow of the run to export, and which checkpoint of it."""

    cloned = Signal(object)
    """RunRow of the run to train again with changes."""

    stop_asked = Signal(object)
    """RunRow of a run that trains without this window, to be stopped."""

    noted = Signal(object, str)
    """RunRow and what was written about it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._run: ShownRun | None = None
        self._task: TrainTask | None = None
        self._remarks: list[str] = []
        self._of_log = ""
        self.facts = RunFacts()
        self.said = label("", "note")
        self.message = label("", "problem")
        self.remark = label("", "note")
        self.remark.setAccessibleName(self.tr("Remarks on the run"))
        self.note = note_line()
        self.stop = StopButton("square", self.tr("Save a checkpoint and stop; it can be continued"))
        self.pause = Button(self.tr("Pause"), "pause", self.tr("Save, and wait without working"))
        self.go_on = Button(
            self.tr("Continue"),
            "play",
            self.tr("Go on from the newest checkpoint with what is left of the limit"),
        )
        self.export = Button(
            self.tr("Export to ONNX"),
            "file-output",
            self.tr("Write the generator as one file that runs without torch"),
        )
        self.checkpoint = CheckpointCombo(context)
        self.again = Button(
            self.tr("Train again…"),
            "copy-plus",
            self.tr("Fill the form with this run's choices and patches, for a new run"),
        )
        self.queue = QueueBar()
        self.curves = Curves()
        self.charts = ChartMenu(self.curves)
        self.axes = CurveMenu(context, self.curves)
        self.zoom = reset_button()
        self.others = RunOverlayMenu(context, self.curves)
        self.samples, self.figures = SamplePictures(context), FigureTable()
        self._buttons = QWidget()
        self.tabs = QTabWidget()
        self._arrange()
        self._connect()
        self.show_run(None)

    @property
    def run(self) -> ShownRun | None:
        """The run shown."""
        return self._run

    def show_run(self, run: ShownRun | None, task: TrainTask | None = None) -> None:
        """Show another run, or the same one as its folder is now."""
        before = self._run
        is_new = run is None or before is None or run.path != before.path
        is_other_task = task is not self._task
        self._follow(task)
        self._run = run
        if is_new:
            self.curves.clear()
            self.samples.show_paths([])
            self.facts.forget_distance()
            self.figures.clear_figures()
            self.tabs.setTabVisible(self.tabs.indexOf(self.figures), False)
            self._remarks, self._of_log = [], ""
            self.show_remarks([])
        if run is not None:
            self.show_remarks([str(text) for text in run.row.info.get("remarks", [])])
            self.curves.show_features(run.row.info.get("features", {}))
            self._show_note(run.row.note, is_new=is_new)
            self.axes.name = run.row.name
        self._show_best(run.row.best if run is not None else {})
        self.checkpoint.show_run(run.row if run is not None else None)
        has_grown = before is not None and run is not None and run.row.figures != before.row.figures
        if run is not None and (is_new or is_other_task or (task is None and has_grown)):
            call = partial(_history, run.path)
            self._context.scenes.background_calls.ask(call, self._on_history)
        self.others.show_run(run.path if run is not None else None)
        self._show_state()

    def show_now(self, run: ShownRun) -> None:
        """Show the figures of this moment of the same run."""
        if self._run is not None and run.path == self._run.path:
            self._run = run
            self._show_state()

    def show_remarks(self, texts: Sequence[str]) -> None:
        """Add what is not shown yet; the newest comes first."""
        self._remarks += [text for text in texts if text not in self._remarks]
        shown = self._remarks[: -SHOWN_REMARKS - 1 : -1]
        self.remark.setText("\n".join(shown))
        self.remark.setToolTip("\n\n".join(reversed(self._remarks)))
        self.remark.setVisible(bool(shown))

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        card = QFrame()
        card.setObjectName("card")
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        for button in (self.stop, self.pause, self.go_on, self.again):
            buttons.addWidget(button)
        buttons.addStretch(1)
        made = in_a_row(self.note, self.checkpoint, self.export)
        inner = QVBoxLayout(card)
        inner.addWidget(self.facts)
        for part in (self.said, self.message, self.remark, made, self._buttons, self.queue):
            inner.addWidget(part)
        self.tabs.setCornerWidget(in_a_row(self.zoom, self.charts, self.axes, self.others))
        self.tabs.addTab(self.curves, self.tr("Curves"))
        self.tabs.addTab(self.samples, self.tr("Samples"))
        self.tabs.addTab(self.figures, self.tr("Figures"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.addWidget(card)
        outer.addWidget(self.tabs, 1)

    def _connect(self) -> None:
        self.stop.clicked.connect(self._on_stop)
        self.pause.clicked.connect(self._on_pause)
        self.go_on.clicked.connect(self._on_continue)
        self.export.clicked.connect(self._on_export)
        self.again.clicked.connect(self._on_again)
        self.note.editingFinished.connect(self._on_note)
        settings = self._context.settings
        self.curves.show_choices(
            FIRST if settings.train_charts is None else settings.train_charts,
            LOGARITHMIC if settings.train_log_charts is None else settings.train_log_charts,
            settings.train_smoothing,
        )
        self.curves.choices_changed.connect(self._on_choices)
        self.curves.zoomed.connect(self.zoom.setEnabled)
        self.zoom.clicked.connect(self.curves.reset_zoom)

    def _follow(self, task: TrainTask | None) -> None:
        if task is self._task:
            return
        if self._task is not None:
            self._task.told.disconnect(self._on_event)
        if task is not None:
            task.told.connect(self._on_event)
        self._task = task

    def _show_note(self, text: str, *, is_new: bool) -> None:
        """Show the note, unless it is being written."""
        if is_new or not self.note.hasFocus():
            self.note.setText(" ".join(text.split()))

    def _show_best(self, best: Mapping[str, object]) -> None:
        self.facts.show_best(best)
        step = best.get("step")
        self.curves.mark_best(step if isinstance(step, int) else None)

    @Slot(object)
    def _on_history(self, found: History) -> None:
        path, log, pictures = found
        if self._run is None or path != self._run.path:
            return
        self._of_log = log.problem
        self.curves.show_lines(log.lines)
        self.samples.show_paths(pictures)
        with_figures = [line for line in log.lines if line.get("n") is not None]
        if with_figures:
            self._show_figures(with_figures[-1])
        self._show_state()

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.name == "logged":
            self.curves.append(event.fields)
            self._show_figures(event.fields)
        elif event.name == "preview":
            self.samples.add(Path(str(event.fields["path"])))
            self._show_figures(event.fields)
        elif event.name == "went_back":
            self.samples.go_back(int(event.fields["step"]))
        elif event.name == "best":
            self._show_best(event.fields)
        elif event.name == "remark":
            self.show_remarks([str(event.fields["text"])])

    def _show_figures(self, line: Mapping[str, Any]) -> None:
        self.facts.show_distance(line)
        self.figures.show_line(line)
        self.tabs.setTabVisible(self.tabs.indexOf(self.figures), self.figures.rowCount() > 0)

    def _show_state(self) -> None:
        run, task = self._run, self._task
        state = run.state if run is not None else ""
        self.facts.show_run(run)
        self._buttons.setVisible(state != QUEUED)
        self.queue.show_place(run.place if run is not None else 0)
        self.stop.show_task(task)
        if task is None or task.has_ended:
            self.stop.setEnabled(state in BUSY)
        self.pause.setEnabled(task is not None and state in ("running", "paused"))
        self.pause.setText(self.tr("Resume") if state == "paused" else self.tr("Pause"))
        self.pause.set_icon_name("play" if state == "paused" else "pause")
        self.go_on.setEnabled(run is not None and state not in (*BUSY, QUEUED))
        for widget in (self.export, self.again, self.note):
            widget.setEnabled(run is not None and bool(run.row.info or run.row.problem))
        self._say(run)

    def _say(self, run: ShownRun | None) -> None:
        """Say what is to be known about the run's state, and what is wrong with it."""
        said, wrong = "", []
        if run is not None:
            said = state_text(run.state, run.row)
            wrong = [failure_text(run.state, run.row, self._task), run.row.problem]
            wrong += [self._of_log] if self._of_log not in run.row.problem else []
        for shown, text in ((self.said, said), (self.message, "\n".join(filter(None, wrong)))):
            shown.setText(text)
            shown.setVisible(bool(text))

    @Slot()
    def _on_choices(self) -> None:
        """Remember charts, axes and smoothing for every run and every start."""
        self._context.change_settings(
            train_charts=tuple(sorted(self.curves.chosen)),
            train_log_charts=tuple(sorted(self.curves.logarithmic)),
            train_smoothing=self.curves.smoothing,
        )

    @Slot()
    def _on_stop(self) -> None:
        if self._task is not None and not self._task.has_ended:
            self._task.stop()
        elif self._run is not None:
            self.stop_asked.emit(self._run.row)

    @Slot()
    def _on_pause(self) -> None:
        if self._task is not None:
            self._task.send("resume" if self._task.state == "paused" else "pause")

    @Slot()
    def _on_continue(self) -> None:
        if self._run is not None:
            self.continued.emit(self._run.row)

    @Slot()
    def _on_export(self) -> None:
        if self._run is not None:
            self.exported.emit(self._run.row, self.checkpoint.which)

    @Slot()
    def _on_again(self) -> None:
        if self._run is not None:
            self.cloned.emit(self._run.row)

    @Slot()
    def _on_note(self) -> None:
        if self._run is not None and self.note.isModified():
            self.note.setModified(False)
            self.noted.emit(self._run.row, self.note.text())


def _history(path: Path) -> History:
    return path, read_log(path), previews(path)


def note_line() -> QLineEdit:
    """Return the line that takes a note on a run."""
    line = QLineEdit()
    line.setMaxLength(LONGEST)
    title = QCoreApplication.translate("RunView", "Note on this run")
    line.setPlaceholderText(title)
    line.setAccessibleName(title)
    line.setToolTip(QCoreApplication.translate("RunView", "Kept in the run's folder (note.txt)"))
    return line


def reset_button() -> IconButton:
    """Return the button that shows all of the curves again."""
    tip = QCoreApplication.translate(
        "RunView", "Reset zoom (double click). Ctrl + wheel zooms, a drag moves the curves"
    )
    button = tool_button("scan", "", tip)
    button.setEnabled(False)
    return button
