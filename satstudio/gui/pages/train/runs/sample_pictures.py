"""SamplePictures: the pictures of samples that a training drew, step by step."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from satstudio.gui.canvas.picture_view import PictureView
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import grouped, label


class SamplePictures(QWidget):
    """A picture and a slider over the steps; at the newest it stays there."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._paths: list[Path] = []
        self.picture = PictureView(self.tr("The first samples appear after some seconds"))
        self.picture.setAccessibleName(self.tr("Samples beside real patches"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Step of the samples"))
        self.slider.setToolTip(self.tr("Earlier and later samples, always of the same seeds"))
        self.step = label("")
        column = QVBoxLayout(self)
        column.addWidget(self.picture, 1)
        line = QHBoxLayout()
        line.addWidget(self.slider, 1)
        line.addWidget(self.step)
        column.addLayout(line)
        self.slider.valueChanged.connect(self._on_slider)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The pictures, in order of their steps."""
        return tuple(self._paths)

    def show_paths(self, paths: Iterable[Path]) -> None:
        """Show these pictures; the newest where the newest was shown."""
        was_last = self.slider.value() >= len(self._paths) - 1
        self._paths = list(dict.fromkeys(paths))
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(len(self._paths) - 1, 0))
        if was_last:
            self.slider.setValue(self.slider.maximum())
        self.slider.blockSignals(False)
        self.slider.setEnabled(len(self._paths) > 1)
        self._on_slider()

    def add(self, path: Path) -> None:
        """Add the picture of the newest step; later ones are of a training that went back."""
        self.show_paths([*self._up_to(step_of(path)), path])

    def go_back(self, step: int) -> None:
        """Forget the pictures of later steps."""
        self.show_paths(self._up_to(step))

    def _up_to(self, step: int) -> list[Path]:
        return [path for path in self._paths if step_of(path) <= step]

    @Slot()
    def _on_slider(self) -> None:
        if not self._paths:
            self.picture.set_image(None)
            self.step.setText("")
            return
        path = self._paths[min(self.slider.value(), len(self._paths) - 1)]
        self._context.scenes.background_calls.ask(partial(_picture, path), self._on_picture)

    @Slot(object)
    def _on_picture(self, found: tuple[Path, QImage]) -> None:
        path, image = found
        if path in self._paths:
            self.picture.set_image(image)
            self.step.setText(self.tr("step {n}").format(n=grouped(step_of(path))))


def step_of(path: Path) -> int:
    """Return the step in a picture's name, `step-000001200.png`."""
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def _picture(path: Path) -> tuple[Path, QImage]:
    return path, QImage(str(path))
