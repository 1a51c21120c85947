"""TrainEstimate: what a training would cost, asked for with a button, measured in a process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import Button, duration, grouped, label
from satstudio.gui.pages.train.variance_plot import VariancePlot

SMALL_S = 1.0


class TrainEstimate(QWidget):
    """A button, a line and the curve of a space; they go when the choices change."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._task: WorkerTask | None = None
        self.button = Button(
            self.tr("Estimate"),
            "timer",
            self.tr("Take a few steps on the patches; tells time and memory, writes nothing"),
        )
        self.line = label("", "note")
        self.line.setAccessibleName(self.tr("Estimated time and memory"))
        self.space = VariancePlot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addWidget(self.line, 1)
        column.addLayout(row)
        column.addWidget(self.space)
        self.button.clicked.connect(self.asked)

    def measure(self, context: Context, patches: Path, recipe: Mapping[str, Any]) -> None:
        """Measure a recipe in a process of its own; one that still runs is stopped."""
        self.forget()
        arguments = {"patches": patches, "recipe": recipe}
        title = self.tr("Estimate for {name}").format(name=patches.name)
        self._task = context.jobs.start("estimate", arguments, title, is_quiet=True)
        self._task.ended.connect(self._on_ended)
        self.line.setText(self.tr("Measuring…"))

    @Slot()
    def forget(self) -> None:
        """Show nothing: what was measured is not what is chosen now."""
        task, self._task = self._task, None
        if task is not None:
            task.ended.disconnect(self._on_ended)
            task.stop()
        self.line.setText("")
        self.line.setToolTip("")
        self.space.show_space(None)

    @Slot()
    def _on_ended(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        task.ended.disconnect(self._on_ended)
        if task.state == "done":
            self.line.setText(cost_text(task.result))
            self.space.show_space(task.result.get("space"))
            self.line.setToolTip(
                self.tr("At the speed of now, with previews and comparisons; memory of the process")
            )
        else:
            self.line.setText(task.text if task.state == "failed" else "")


def cost_text(cost: Mapping[str, Any]) -> str:
    """Return the line for an estimate, the JSON of `satstudio.learn.loop.estimate.Estimate`."""
    step_s, total_s, steps = cost["step_s"], cost["total_s"], cost["steps"]
    each = f"{step_s:.1f} s" if step_s >= SMALL_S else f"{1000 * step_s:.3g} ms"
    parts = [f"{each} a step"]
    if total_s is not None:
        parts.append(f"about {duration(total_s)} for {grouped(steps)} steps")
    for key, where in (("peak_mb", "of memory"), ("device_peak_mb", "on the GPU")):
        if cost[key] is not None:
            parts.append(f"{grouped(round(cost[key]))} MB {where}")
    return ", ".join(parts)
