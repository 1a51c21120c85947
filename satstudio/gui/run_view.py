"""RunView: one training run: how far it is, its curves, its samples; stop, pause, continue."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSlider,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.chart_menu import ChartMenu
from satstudio.gui.checkpoints import CheckpointCombo, figure_text
from satstudio.gui.context import Context
from satstudio.gui.curves import Curves
from satstudio.gui.picture_view import PictureView
from satstudio.gui.run_job import WorkerTask
from satstudio.gui.run_overlay_menu import RunOverlayMenu
from satstudio.gui.study import RunRow, log_lines, previews
from satstudio.gui.widgets import Button, duration, grouped, label
from satstudio.jobs.job import Event

FACTS = ("State", "Step", "Speed", "Elapsed", "Left", "Distance", "Best")
TIPS = {
    "Speed": "Real images that the critic has seen, a second",
    "Left": "At the speed so far; without steps or time limit, training goes on until stopped",
    "Distance": "Sliced Wasserstein distance (SWD) from held-out real patches, in standard "
    "deviations; in brackets what other real patches have, below which nothing can be expected",
    "Best": "Step of the best checkpoint, by the sliced Wasserstein distance to held-out patches "
    "(SWD), of a despeckler by its loss on them; the curves have a mark there",
}
STATES = {
    "running": "Training",
    "paused": "Paused",
    "stopping": "Saving and stopping…",
    "outside": "Training",
    "elsewhere": "Elsewhere",
    "interrupted": "Interrupted",
    "stopped": "Stopped",
    "done": "Done",
    "failed": "Failed",
}


SHOWN_REMARKS = 2
"""The others are in the tooltip."""


class RunView(QWidget):
    """Shows a run from its folder; while its task runs, also what the task says."""

    continued = Signal(object)
    """RunRow of the run to continue."""

    exported = Signal(object, str)
    """RunRow of the run to export, and which checkpoint of it."""

    cloned = Signal(object)
    """RunRow of the run to train again with changes."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._row: RunRow | None = None
        self._task: WorkerTask | None = None
        self._previews: list[Path] = []
        self._remarks: list[str] = []
        self._values = {name: label("\N{EN DASH}") for name in FACTS}
        self.message = label("", "problem")
        self.remark = label("", "note")
        self.remark.setAccessibleName(self.tr("Remarks on the run"))
        self.stop = Button(
            self.tr("Stop"), "square", self.tr("Save a checkpoint and stop; it can be continued")
        )
        self.pause = Button(self.tr("Pause"), "pause", self.tr("Save, and wait without working"))
        self.go_on = Button(
            self.tr("Continue"), "play", self.tr("Go on from the newest checkpoint, exactly")
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
        self.curves = Curves()
        self.charts = ChartMenu(self.curves)
        self.others = RunOverlayMenu(context, self.curves)
        self.samples = PictureView(self.tr("The first samples appear after some seconds"))
        self.samples.setAccessibleName(self.tr("Samples beside real patches"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Step of the samples"))
        self.slider.setToolTip(self.tr("Earlier and later samples, always of the same seeds"))
        self.step = label("")
        self._tabs = QTabWidget()
        self._arrange()
        self._connect()
        self.show_run(None)

    @property
    def row(self) -> RunRow | None:
        """The run shown."""
        return self._row

    def show_run(self, row: RunRow | None, task: WorkerTask | None = None) -> None:
        """Show another run, or the same one as it is now."""
        is_new = row is None or self._row is None or row.path != self._row.path
        if self._task is not None and self._task is not task:
            self._task.told.disconnect(self._on_event)
            self._task.changed.disconnect(self._on_task)
        if task is not None and task is not self._task:
            task.told.connect(self._on_event)
            task.changed.connect(self._on_task)
        is_other_task = task is not self._task
        self._row, self._task = row, task
        if is_new:
            self.curves.clear()
            self._show_previews([])
            self._remarks = []
            self._show_remarks([])
        if row is not None and row.info:
            self._show_remarks([str(text) for text in row.info.get("remarks", [])])
            self.curves.show_features(row.info.get("features", {}))
        self._show_best((row.info or {}).get("best", {}) if row is not None else {})
        self.checkpoint.show_run(row)
        if row is not None and (is_new or is_other_task):
            call = partial(_history, row.path)
            self._context.scenes.errands.ask(call, self._on_history)
        self.others.show_run(row.path if row is not None else None)
        self._show_state()

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        card = QFrame()
        card.setObjectName("card")
        facts = QGridLayout()
        facts.setHorizontalSpacing(22)
        for column, name in enumerate(FACTS):
            head = label(name, "note")
            head.setWordWrap(False)
            head.setToolTip(TIPS.get(name, ""))
            self._values[name].setToolTip(TIPS.get(name, ""))
            self._values[name].setAccessibleName(name)
            facts.addWidget(head, 0, column)
            facts.addWidget(self._values[name], 1, column)
        facts.setColumnStretch(len(FACTS), 1)
        buttons = QHBoxLayout()
        for button in (self.stop, self.pause, self.go_on, self.again, self.export):
            buttons.addWidget(button)
        buttons.addWidget(self.checkpoint, 1)
        buttons.addStretch(1)
        inner = QVBoxLayout(card)
        inner.addLayout(facts)
        inner.addWidget(self.message)
        inner.addWidget(self.remark)
        inner.addLayout(buttons)
        self._tabs.setCornerWidget(in_a_row(self.charts, self.others))
        self._tabs.addTab(self.curves, self.tr("Curves"))
        self._tabs.addTab(self._samples_tab(), self.tr("Samples"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.addWidget(card)
        outer.addWidget(self._tabs, 1)

    def _samples_tab(self) -> QWidget:
        samples = QWidget()
        column = QVBoxLayout(samples)
        column.addWidget(self.samples, 1)
        line = QHBoxLayout()
        line.addWidget(self.slider, 1)
        line.addWidget(self.step)
        column.addLayout(line)
        return samples

    def _connect(self) -> None:
        self.stop.clicked.connect(self._on_stop)
        self.pause.clicked.connect(self._on_pause)
        self.go_on.clicked.connect(self._on_continue)
        self.export.clicked.connect(self._on_export)
        self.again.clicked.connect(self._on_again)
        self.slider.valueChanged.connect(self._on_slider)

    @Slot(object)
    def _on_history(self, found: tuple[Path, Sequence[Mapping[str, Any]], Sequence[Path]]) -> None:
        path, lines, pictures = found
        if self._row is None or path != self._row.path:
            return
        self.curves.show_lines(lines)
        self._show_previews(list(pictures))
        if lines:
            self._show_line(lines[-1])
        with_figures = [line for line in lines if line.get("n") is not None]
        if with_figures:
            self._show_distance(with_figures[-1])

    def _show_best(self, best: Mapping[str, Any]) -> None:
        """Say and mark where the best checkpoint is."""
        step = best.get("step")
        self.curves.mark_best(step)
        figure = figure_text(best)
        text = self.tr("step {n}").format(n=grouped(step)) if step is not None else "\N{EN DASH}"
        self._values["Best"].setText(f"{text}, {figure}" if figure else text)

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        if event.name == "logged":
            self.curves.append(event.fields)
            self._show_line(event.fields)
            self._show_distance(event.fields)
        elif event.name == "preview":
            path = Path(str(event.fields["path"]))
            self._show_previews([*self._previews_up_to(step_of(path)), path])
            self._show_distance(event.fields)
        elif event.name == "went_back":
            self._show_previews(self._previews_up_to(int(event.fields["step"])))
        elif event.name == "best":
            self._show_best(event.fields)
        elif event.name == "remark":
            self._show_remarks([str(event.fields["text"])])
        elif event.name in ("paused", "resumed"):
            self._show_state()

    @Slot()
    def _on_task(self) -> None:
        if self._task is not None:
            self._values["Elapsed"].setText(duration(self._task.elapsed_s))
        self._show_state()

    def _show_remarks(self, texts: Sequence[str]) -> None:
        """Add what is not shown yet; the newest comes first."""
        self._remarks += [text for text in texts if text not in self._remarks]
        shown = self._remarks[: -SHOWN_REMARKS - 1 : -1]
        self.remark.setText("\n".join(shown))
        self.remark.setToolTip("\n\n".join(reversed(self._remarks)))
        self.remark.setVisible(bool(shown))

    def _show_line(self, line: Mapping[str, Any]) -> None:
        epoch = line.get("epoch")
        text = f" (epoch {epoch:.4g})" if epoch is not None else ""
        self._values["Step"].setText(grouped(int(line.get("step", 0))) + text)
        speed = line.get("images_per_s")
        self._values["Speed"].setText(f"{speed:.1f} images/s" if speed else "\N{EN DASH}")
        if self._task is None or self._task.has_ended:
            self._values["Elapsed"].setText(duration(line.get("seconds")))
        is_live = self._task is not None and not self._task.has_ended
        self._values["Left"].setText(duration(line.get("eta_s") if is_live else None))

    def _show_distance(self, line: Mapping[str, Any]) -> None:
        if line.get("swd") is not None:
            floor = line.get("swd_floor")
            beside = "" if floor is None else f" (real {floor:.2g})"
            self._values["Distance"].setText(f"SWD {line['swd']:.2g}{beside}")
        elif line.get("held_out_loss") is not None:
            self._values["Distance"].setText(f"loss {line['held_out_loss']:.4f}")

    def _show_state(self) -> None:
        row, task = self._row, self._task
        state = state_of(row, task)
        is_live = task is not None and not task.has_ended
        self._values["State"].setText(STATES.get(state, "No run chosen"))
        if not is_live:
            self._values["Left"].setText(duration(None))
        self.stop.setEnabled(is_live and state != "stopping")
        self.pause.setEnabled(state in ("running", "paused"))
        self.pause.setText(self.tr("Resume") if state == "paused" else self.tr("Pause"))
        self.pause.set_icon_name("play" if state == "paused" else "pause")
        self.go_on.setEnabled(row is not None and not is_live and state != "outside")
        self.export.setEnabled(row is not None)
        self.again.setEnabled(row is not None)
        text = self._state_text(state)
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _state_text(self, state: str) -> str:
        """Return what is to be known about a state; empty where it speaks for itself."""
        row, task = self._row, self._task
        if state == "failed":
            is_now = task is not None and task.state == "failed"
            return task.text if task is not None and is_now else row.message if row else ""
        host = str((row.info or {}).get("host", "")) if row is not None else ""
        texts = {
            "interrupted": self.tr(
                "The training process ended without a last word. Continue goes on from the newest "
                "checkpoint, at most a minute older."
            ),
            "outside": self.tr("Another process of this computer trains this run."),
            "elsewhere": self.tr(
                "It was begun on {host}; whether it still trains there cannot be seen from here."
            ),
        }
        return texts.get(state, "").replace("{host}", host)

    def _show_previews(self, paths: list[Path]) -> None:
        was_last = self.slider.value() >= len(self._previews) - 1
        self._previews = list(dict.fromkeys(paths))
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(len(self._previews) - 1, 0))
        if was_last:
            self.slider.setValue(self.slider.maximum())
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(self._previews) > 1)
        self._on_slider()

    def _previews_up_to(self, step: int) -> list[Path]:
        """Return the pictures but those of a later step, which a training that went back left."""
        return [path for path in self._previews if step_of(path) <= step]

    @Slot()
    def _on_slider(self) -> None:
        if not self._previews:
            self.samples.set_image(None)
            self.step.setText("")
            return
        path = self._previews[min(self.slider.value(), len(self._previews) - 1)]
        self._context.scenes.errands.ask(partial(_picture, path), self._on_picture)

    @Slot(object)
    def _on_picture(self, found: tuple[Path, QImage]) -> None:
        path, image = found
        if path in self._previews:
            self.samples.set_image(image)
            self.step.setText(self.tr("step {n}").format(n=grouped(step_of(path))))

    @Slot()
    def _on_stop(self) -> None:
        if self._task is not None:
            self._task.stop()

    @Slot()
    def _on_pause(self) -> None:
        if self._task is not None:
            self._task.send("resume" if self._task.state == "paused" else "pause")

    @Slot()
    def _on_continue(self) -> None:
        if self._row is not None:
            self.continued.emit(self._row)

    @Slot()
    def _on_export(self) -> None:
        if self._row is not None:
            self.exported.emit(self._row, self.checkpoint.which)

    @Slot()
    def _on_again(self) -> None:
        if self._row is not None:
            self.cloned.emit(self._row)


def state_of(row: RunRow | None, task: WorkerTask | None) -> str:
    """Return the state of a run: its task's while that lives, else what run.json says.

    A file that says "running" without a task behind it is of a process that was killed.
    """
    if task is not None and (not task.has_ended or task.state == "failed"):
        return task.state
    if row is None:
        return ""
    if task is not None:
        return task.state
    return "interrupted" if row.status == "running" else row.status


def step_of(path: Path) -> int:
    """Return the step in a picture's name, `step-000001200.png`."""
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0


def _history(path: Path) -> tuple[Path, Sequence[Mapping[str, Any]], Sequence[Path]]:
    return path, log_lines(path), previews(path)


def _picture(path: Path) -> tuple[Path, QImage]:
    return path, QImage(str(path))


def in_a_row(*widgets: QWidget) -> QWidget:
    """Return widgets beside each other as one."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        line.addWidget(widget)
    return row
