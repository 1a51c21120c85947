"""About: versions of everything, licences, where things lie; first steps."""

import importlib.metadata
import platform

from PySide6.QtCore import Slot, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from satstudio.core.paths import cache_folder, logs_folder, settings_folder
from satstudio.core.version import VERSION
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import label

LIBRARIES = (
    "PySide6-Essentials",
    "numpy",
    "scipy",
    "rasterio",
    "pydantic",
    "pyqtgraph",
    "python-lucide",
    "onnxruntime",
    "onnx",
    "torch",
    "safetensors",
    "lightning-fabric",
    "matplotlib",
    "scikit-image",
    "pillow",
)
TEXT = """Open, view, crop, learn from and restore SAR and other satellite scenes.
Licence: Apache-2.0. Qt and PySide6 are used under the LGPL-3.0; their source is at
code.qt.io, and you may replace the libraries. Icons: Lucide (ISC)."""
STEPS = (
    ("Look", "Open a scene. Drag to move, turn the wheel to zoom, press 1 to 7 for other views."),
    (
        "Cut",
        "On the Patches page, choose size and number and press Cut: training and validation "
        "patches never share ground.",
    ),
    (
        "Learn",
        "On the Train page, choose the patches and a preset and press Start. The curves and "
        "the sample pictures show how far it is.",
    ),
    ("Take along", "Export the trained generator as an ONNX file."),
    ("Draw", "On the Sample page, draw new images from the file by their seeds and save them."),
    (
        "Restore",
        "On the Restore page, choose the despeckler, another model or a filter; move the line in "
        "the preview to see before and after, then restore the whole scene.",
    ),
    (
        "Compare",
        "On the Compare page, lay results over their scene: side by side, swipe, flicker, "
        "difference and ratio, with figures of what is in view.",
    ),
    (
        "Find your way",
        "Ctrl+K finds any action by some letters. Alt+Left goes back to where you looked before; "
        "Ctrl+Z takes changes back.",
    ),
)


def versions() -> list[tuple[str, str]]:
    """Return (name, version) of the program, Python, Qt and the libraries; nothing is imported."""
    rows = [
        ("satstudio", VERSION),
        ("Python", platform.python_version()),
        ("System", f"{platform.system()} {platform.release()} ({platform.machine()})"),
        ("Qt", qVersion()),
    ]
    for name in LIBRARIES:
        try:
            rows.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            rows.append((name, "not installed"))
    return rows


def folders() -> list[tuple[str, str]]:
    """Return (name, path) of the program's own folders."""
    return [
        ("Settings", str(settings_folder())),
        ("Cache", str(cache_folder())),
        ("Logs", str(logs_folder())),
    ]


class AboutDialog(QDialog):
    """Versions in a table that can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About satstudio"))
        self._rows = versions() + folders()
        table = Table((self.tr("Part"), self.tr("Version or place")))
        table.setAccessibleName(self.tr("Versions"))
        table.stretch(1)
        table.show_rows(list(range(len(self._rows))), self._rows)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = box.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setAutoDefault(False)
        copy.clicked.connect(self._on_copy)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(label(f"satstudio {VERSION}", "title"))
        column.addWidget(label(TEXT.replace("\n", " "), "note"))
        column.addWidget(table, 1)
        column.addWidget(box)
        char = self.fontMetrics().averageCharWidth()
        self.resize(char * 84, min(540, self.fontMetrics().lineSpacing() * 30))

    def text(self) -> str:
        """Return all rows, one a line."""
        return "\n".join(f"{name}: {value}" for name, value in self._rows)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


class FirstStepsDialog(QDialog):
    """The road in a few sentences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("First steps"))
        column = QVBoxLayout(self)
        column.addWidget(label(self.tr("First steps"), "title"))
        for number, (name, text) in enumerate(STEPS, 1):
            column.addWidget(label(f"{number}. {name}", "heading"))
            column.addWidget(label(text, "note"))
        column.addStretch(1)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.reject)
        column.addWidget(box)
        wide = self.fontMetrics().averageCharWidth() * 78
        self.resize(wide, column.heightForWidth(wide))
