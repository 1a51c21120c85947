"""RunFacts: state, step, times and best figures of a run, in two lines."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from satstudio.gui.kit.widgets import ElidedLabel, duration, grouped, label
from satstudio.gui.pages.train.runs.checkpoints import figure_text
from satstudio.gui.pages.train.runs.run_states import STATES
from satstudio.gui.pages.train.runs.shown_run import ShownRun

DASH = "\N{EN DASH}"
FACTS = ("State", "Step", "Speed", "Elapsed", "Left", "Distance", "Best")
TIPS = {
    "Speed": "Real images that the critic has seen, a second",
    "Elapsed": "Time of training, all parts of the run together, pauses left out",
    "Left": "At the speed so far; without steps or time limit, training goes on until stopped",
    "Distance": "Sliced Wasserstein distance (SWD) from held-out real patches, in standard "
    "deviations; in brackets what other real patches have, below which nothing can be expected. Of "
    "translations the PSNR of held-out patches; in brackets those of the copied input and of a "
    "look-up table, which should be less",
    "Best": "Step of the best checkpoint, by the sliced Wasserstein distance to held-out patches "
    "(SWD), of despecklers and translations by the loss on them; the curves have a mark there",
}


LONG = {"Distance": 3, "Best": 2}
"""Facts that lose their middle where there is no room for them, and their shares of the room."""


class RunFacts(QWidget):
    """Shows what a run says of itself."""

    def __init__(self) -> None:
        super().__init__()
        at_end = Qt.TextElideMode.ElideRight
        self._values = {
            name: ElidedLabel(DASH, at_end) if name in LONG else label(DASH) for name in FACTS
        }
        facts = QGridLayout(self)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setHorizontalSpacing(22)
        for column, name in enumerate(FACTS):
            head = label(name, "note")
            head.setWordWrap(False)
            value = self._values[name]
            if isinstance(value, ElidedLabel):  # else it would push the page out of the window
                facts.setColumnStretch(column, LONG[name])
            for part in (head, value):
                part.setToolTip(TIPS.get(name, ""))
            value.setAccessibleName(name)
            facts.addWidget(head, 0, column)
            facts.addWidget(value, 1, column)

    def text(self, name: str) -> str:
        """Return what is shown of one of FACTS."""
        return self._values[name].text()

    def show_run(self, run: ShownRun | None) -> None:
        """Show state, step and times as they are now."""
        if run is None:
            for value in self._values.values():
                value.setText(DASH)
            self._values["State"].setText(self.tr("No run chosen"))
            return
        figures = run.figures
        epoch = f"epoch {figures.epoch:.4g}" if figures.epoch else ""
        has_step = figures.step > 0
        speed = figures.images_per_s
        self._values["State"].setText(STATES.get(run.state, run.state))
        step = f"{grouped(figures.step)} ({epoch})" if epoch else grouped(figures.step)
        self._values["Step"].setText(step if run.has_begun else DASH)
        self._values["Speed"].setText(f"{speed:.1f} images/s" if speed and has_step else DASH)
        self._values["Elapsed"].setText(duration(figures.seconds if run.has_begun else None))
        self._values["Left"].setText(duration(figures.left_s))

    def show_best(self, best: Mapping[str, Any]) -> None:
        """Say where the best checkpoint is."""
        step, figure = best.get("step"), figure_text(best)
        text = self.tr("step {n}").format(n=grouped(step)) if step is not None else DASH
        self._tell("Best", f"{text}, {figure}" if figure else text)

    def show_distance(self, line: Mapping[str, Any]) -> None:
        """Show the newest distance from held-out patches; another line keeps the one before."""
        if line.get("swd") is not None:
            floor = line.get("swd_floor")
            beside = "" if floor is None else f" (real {floor:.2g})"
            self._tell("Distance", f"SWD {line['swd']:.2g}{beside}")
        elif line.get("psnr") is not None:
            self._tell("Distance", f"PSNR {line['psnr']:.2f} dB{_baselines(line)}")
        elif line.get("held_out_loss") is not None:
            self._tell("Distance", f"loss {line['held_out_loss']:.4f}")

    def _tell(self, name: str, text: str) -> None:
        """Show a long fact, all of it in its tooltip too."""
        self._values[name].setText(text)
        self._values[name].setToolTip(f"{text}\n\n{TIPS[name]}")

    def forget_distance(self) -> None:
        """Show no distance: another run is shown."""
        self._values["Distance"].setText(DASH)


def _baselines(line: Mapping[str, Any]) -> str:
    """Return the PSNR of what a network must beat, in brackets."""
    keys = {"copy": "psnr_copy", "table": "psnr_table", "best baseline": "psnr_best"}
    known = ((name, line.get(key)) for name, key in keys.items())
    texts = [f"{name} {value:.2f}" for name, value in known if value is not None]
    return f" ({', '.join(texts)})" if texts else ""
