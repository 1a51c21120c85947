"""LimitDialog: how long a training shall go on that has no end, or none that is left."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.widgets import label

MINUTES, NO_END = "budget_s", ""
MOST = 1e9
USUAL = {MINUTES: 10 * 60.0, "steps": 10_000.0, "epochs": 10.0}
DECIMALS = {MINUTES: 1, "steps": 0, "epochs": 2}


class LimitDialog(QDialog):
    """Asks for minutes, steps or epochs, or for none.

    Parameters
    ----------
    text : why it is asked
    proposals : seconds (`budget_s`), steps, epochs that are proposed; the first is chosen
    """

    def __init__(self, parent: QWidget, text: str, proposals: Mapping[str, float]) -> None:
        super().__init__(parent)
        self._proposals = {**USUAL, **proposals}
        self.setWindowTitle(self.tr("How long?"))
        self.kind = QComboBox()
        names = {
            MINUTES: self.tr("minutes"),
            "steps": self.tr("steps"),
            "epochs": self.tr("epochs"),
            NO_END: self.tr("until I stop it"),
        }
        for kind in (*proposals, *(name for name in names if name not in proposals)):
            self.kind.addItem(names[kind], kind)
        self.kind.setAccessibleName(self.tr("What limits the training"))
        self.amount = QDoubleSpinBox()
        self.amount.setAccessibleName(self.tr("How much"))
        self.amount.setGroupSeparatorShown(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.train = buttons.addButton(self.tr("Train"), QDialogButtonBox.ButtonRole.AcceptRole)
        line = QHBoxLayout()
        line.addWidget(label(self.tr("Train for")))
        line.addWidget(self.amount, 1)
        line.addWidget(self.kind, 1)
        column = QVBoxLayout(self)
        said = label(text, "note")
        said.setMinimumWidth(self.fontMetrics().averageCharWidth() * 50)
        column.addWidget(said)
        column.addLayout(line)
        column.addWidget(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.train.setDefault(True)  # only now does it stand in a window
        self._on_kind()
        self.amount.setFocus()
        self.amount.selectAll()

    @property
    def more(self) -> dict[str, float]:
        """What was chosen: `budget_s`, `steps` or `epochs`, or nothing."""
        kind = str(self.kind.currentData())
        if kind == NO_END:
            return {}
        value = self.amount.value()
        if kind == "steps":
            return {kind: int(value)}
        return {kind: 60 * value if kind == MINUTES else value}

    @Slot()
    def _on_kind(self) -> None:
        kind = str(self.kind.currentData())
        self.amount.setVisible(kind != NO_END)
        if kind == NO_END:
            return
        self.amount.setDecimals(DECIMALS[kind])
        self.amount.setRange(10.0 ** -DECIMALS[kind], MOST)
        proposal = self._proposals[kind]
        self.amount.setValue(proposal / 60 if kind == MINUTES else proposal)
