"""ModelPanel: choose a model file and read its card; a worker reads it, the window never does."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from satstudio.gui.jobs.run_job import WorkerTask
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.study import models
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import Button, label, show_reason

FILTER = "Model files (*.onnx)"
CARD_LINES = 11
NAMES = {
    "method": ("Method", "How it was trained"),
    "takes": ("Takes", "What it is fed with"),
    "bands_out": ("Bands", "Bands of an image"),
    "is_complex": ("Complex", "Whether an image has a phase"),
    "domain": ("Domain", "image, or fourier: spectra, seen as images after the inverse FFT"),
    "tile_px": ("Side", "Rows and columns of an image"),
    "latent": ("Latent", "The noise an image is made of"),
    "scaling": ("Scaling", "Undone after the network, so that values are physical"),
    "pixel_size_m": ("Pixel", "Spacing on the ground, rows and columns"),
    "licence": ("Licence", "Of the weights"),
    "version": ("Version", "Of the program that exported it"),
    "weights_sha256": ("Weights", "SHA-256 of the numbers in the file"),
    "trained_on_sha256": ("Trained on", "SHA-256 of the patch set"),
}


class ModelPanel(QWidget):
    """A list of models, a button for others, the card of the chosen one."""

    chosen = Signal(object)
    """Path of the model whose card says that it takes noise, or None."""

    added = Signal()
    """The user chose a file from anywhere."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.filling: Callable[[], AbstractContextManager[None]] = nullcontext
        self._others: list[Path] = []
        self._cards: dict[Path, Mapping[str, Any]] = {}
        self._task: WorkerTask | None = None
        self._asked: Path | None = None
        self.box = QComboBox()
        self.box.setAccessibleName(self.tr("Model"))
        self.box.setToolTip(self.tr("Models of the study folder, and the one of the program"))
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(22)
        self.box.currentIndexChanged.connect(self._on_chosen)
        self._open = Button(self.tr("Other…"), "folder-open", self.tr("Choose a model file"))
        self._open.clicked.connect(self._on_open)
        self.card = Table((self.tr("Card"), ""))
        self.card.setAccessibleName(self.tr("Card of the model"))
        self.card.stretch(1)
        self.card.horizontalHeader().hide()
        self.problem = label("", "problem")
        self._arrange()
        context.study_changed.connect(self.refresh)
        context.jobs.ended.connect(self._on_ended)
        self.refresh()

    def _arrange(self) -> None:
        caption = QLabel(self.tr("&Model"))
        caption.setObjectName("heading")
        caption.setBuddy(self.box)
        line = QHBoxLayout()
        line.addWidget(self.box, 1)
        line.addWidget(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(caption)
        column.addLayout(line)
        column.addWidget(self.problem)
        column.addWidget(self.card)
        self.card.setMinimumHeight(self.fontMetrics().lineSpacing() * CARD_LINES)

    @property
    def path(self) -> Path | None:
        """The chosen model."""
        path = self.box.currentData()
        return path if isinstance(path, Path) else None

    @Slot()
    def refresh(self) -> None:
        """List the models anew."""
        call = partial(models, self._context.study / "models")
        self._context.scenes.background_calls.ask(call, self._on_listed)

    @Slot(object)
    def _on_listed(self, found: tuple[Path, ...]) -> None:
        paths = [*self._others, *(path for path in found if path not in self._others)]
        before = self.path
        shown = [self.box.itemData(row) for row in range(self.box.count())]
        if paths == shown:
            show_reason(self.problem, "" if paths else self._hint())
            return
        with self.filling():
            self.box.blockSignals(True)
            self.box.clear()
            for path in paths:
                is_demo = path == found[-1] and "resources" in path.parts
                self.box.addItem(f"{path.name} (sample)" if is_demo else path.name, path)
            self.box.setCurrentIndex(paths.index(before) if before in paths else 0)
            self.box.blockSignals(False)
        show_reason(self.problem, "" if paths else self._hint())
        self._on_chosen()

    def _hint(self) -> str:
        return self.tr("No model yet: export a run on the Train page, or choose a file.")

    @Slot()
    def _on_open(self) -> None:
        names = self._context.files.open_files(self.tr("Choose a model file"), FILTER)
        for name in names[:1]:
            self.add(Path(name))

    def add(self, path: Path) -> None:
        """Choose a model file from anywhere."""
        self._others = [path, *(other for other in self._others if other != path)]
        if self.box.findData(path) < 0:
            self.box.insertItem(0, path.name, path)
        self.choose(path)
        self.added.emit()

    def choose(self, path: Path) -> None:
        """Choose a model where it is listed."""
        paths = [self.box.itemData(row) for row in range(self.box.count())]
        if path in paths:
            self.box.setCurrentIndex(paths.index(path))

    @Slot()
    def _on_chosen(self) -> None:
        path = self.path
        self.box.setToolTip(str(path or ""))
        self.card.show_rows([], [])
        self.chosen.emit(None)
        if path is None:
            return
        if path in self._cards:
            self._show_card(path)
            return
        self._asked = path
        title = self.tr("Card of {name}").format(name=path.name)
        self._task = self._context.jobs.start("card", {"path": path}, title, is_quiet=True)
        show_reason(self.problem, self.tr("Reading the card…"), is_wrong=False)

    @Slot(object)
    def _on_ended(self, task: Any) -> None:  # noqa: ANN401 - a Task of any kind
        mine = self._task
        if mine is None or task is not mine or self._asked is None:
            return
        path, self._asked, self._task = self._asked, None, None
        if task.state == "done":
            self._cards[path] = task.result
            if path == self.path:
                self._show_card(path)
        elif path == self.path:
            show_reason(self.problem, task.text)

    def _show_card(self, path: Path) -> None:
        card = self._cards[path]
        shown = [name for name in NAMES if card.get(name) not in (None, "")]
        rows = [(NAMES[name][0], card_text(name, card[name])) for name in shown]
        self.card.show_rows(shown, rows)
        for row, name in enumerate(shown):
            item = self.card.item(row, 0)
            if item is not None:
                item.setToolTip(NAMES[name][1])
        takes = card.get("takes")
        if takes == "noise":
            show_reason(self.problem, "")
            self.chosen.emit(path)
        else:
            text = self.tr("This model takes {takes}, not noise: it makes no images by itself.")
            show_reason(self.problem, text.format(takes=takes))


def card_text(name: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value of a card for people."""
    if name == "latent":
        kind = "complex numbers" if value["dist"] == "complex_normal" else "numbers"
        return f"{value['dim']} {kind}"
    if name == "scaling":
        parts = [f"{key} {item:.4g}" for key, item in value.items() if isinstance(item, float)]
        return ", ".join([str(value.get("kind")), *parts])
    if name == "pixel_size_m":
        return f"{value[0]:.3g} m x {value[1]:.3g} m"
    if name == "tile_px":
        return f"{value} px"
    if name.endswith("sha256"):
        return f"{value[:16]}…"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
