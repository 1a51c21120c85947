"""IqDialog: which bands of a scene are I and Q, parts of complex samples."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.scene_choices import say
from satstudio.gui.kit.scenes.loader import is_stack
from satstudio.gui.kit.widgets import label
from satstudio.scenes.address import Choices, Pairs
from satstudio.scenes.scene import Scene

MOST_PAIRS = 8
NONE = -1


def iq_obstacle(context: Context) -> str:
    """Return why bands of the active scene cannot be said to be I and Q; "" where they can."""
    layer = context.store.session.layer
    scene = context.scenes.scene(layer.address) if layer is not None else None
    if layer is None or scene is None:
        return "no scene is open"
    if is_stack(layer.address):
        return "a stack has its bands from several files"
    if scene.choices.iq:
        return ""
    if scene.is_complex:
        return "the scene is complex already"
    return "" if len(scene.bands) > 1 else "the scene has one band only"


def choose_iq(context: Context, parent: QWidget | None) -> "IqDialog | None":
    """Ask which bands of the active scene are I and Q, and read it so."""
    layer = context.store.session.layer
    scene = context.scenes.scene(layer.address) if layer is not None else None
    if scene is None or iq_obstacle(context):
        return None
    dialog = IqDialog(scene.name, part_names(scene), scene.choices.iq, parent)
    dialog.chosen.connect(
        lambda pairs: say(context, Choices(iq=pairs), dialog.tr("Bands are I and Q"))
    )
    dialog.open()
    return dialog


def part_names(scene: Scene) -> tuple[str, ...]:
    """Return the names of the real bands of a scene, also where they are read as complex ones."""
    names: tuple[str, ...] = getattr(scene.source, "parts", scene.bands)
    return names


class IqDialog(QDialog):
    """One row a complex band; a band stands in one place only."""

    chosen = Signal(object)
    """Pairs of bands, from 0; none: all bands are real."""

    def __init__(
        self, name: str, bands: Sequence[str], pairs: Pairs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Bands are I and Q"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._bands = tuple(bands)
        self.rows: list[tuple[QComboBox, QComboBox]] = []
        self._grid = QGridLayout()
        for place, text in enumerate((self.tr("I, real part"), self.tr("Q, imaginary part")), 1):
            self._grid.addWidget(label(text, "note"), 0, place)
            self._grid.setColumnStretch(place, 1)
        count = min(len(bands) // 2, MOST_PAIRS)
        usual = pairs or tuple((2 * number, 2 * number + 1) for number in range(count))
        for number in range(count):
            self._add_row(*(usual[number] if number < len(usual) else (NONE, NONE)))
        self.problem = label("", "problem")
        self.buttons = self._made_buttons(is_paired=bool(pairs))
        self._lay_out(name)
        self._check()

    def _made_buttons(self, *, is_paired: bool) -> QDialogButtonBox:
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        if is_paired:
            role = QDialogButtonBox.ButtonRole.ResetRole
            self.real = buttons.addButton(self.tr("All bands are real"), role)
            self.real.clicked.connect(self._on_real)
        return buttons

    def _lay_out(self, name: str) -> None:
        column = QVBoxLayout(self)
        column.addWidget(label(name, "heading"))
        head = self.tr("Each pair becomes one complex band. Bands in no pair are left out.")
        column.addWidget(label(head, "note"))
        column.addLayout(self._grid)
        column.addWidget(self.problem)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)

    @property
    def pairs(self) -> Pairs:
        """The pairs as they are chosen, rows without both halves left out."""
        rows = [(first.currentData(), second.currentData()) for first, second in self.rows]
        return tuple(row for row in rows if NONE not in row)

    @Slot()
    def accept(self) -> None:
        """Tell the pairs."""
        super().accept()
        self.chosen.emit(self.pairs)

    @Slot()
    def _on_real(self) -> None:
        super().accept()
        self.chosen.emit(())

    def _add_row(self, *halves: int) -> None:
        number = len(self.rows) + 1
        self._grid.addWidget(QLabel(self.tr("Pair {n}").format(n=number)), number, 0)
        boxes = []
        for place, (half, band) in enumerate(zip("IQ", halves, strict=True), 1):
            box = QComboBox()
            box.setAccessibleName(f"{half} {number}")
            box.addItem("\N{EN DASH}", NONE)
            for index, name in enumerate(self._bands):
                box.addItem(f"{index + 1}  {name}", index)
            with QSignalBlocker(box):
                box.setCurrentIndex(box.findData(band))
            box.currentIndexChanged.connect(self._check)
            self._grid.addWidget(box, number, place)
            boxes.append(box)
        self.rows.append((boxes[0], boxes[1]))

    @Slot()
    def _check(self) -> None:
        """Say what is wrong, and let nobody go on with it."""
        taken = [box.currentData() for row in self.rows for box in row]
        chosen = [band for band in taken if band != NONE]
        text = ""
        if any(
            (first.currentData() == NONE) != (second.currentData() == NONE)
            for first, second in self.rows
        ):
            text = self.tr("A pair has one half only.")
        elif len(set(chosen)) < len(chosen):
            text = self.tr("A band stands in two places.")
        elif not chosen:
            text = self.tr("No pair is chosen.")
        self.problem.setText(text)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not text)
