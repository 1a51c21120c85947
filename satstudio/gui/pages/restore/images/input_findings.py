"""InputFindings: how the images that are taken fit, a sentence each, with a sign before it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from satstudio.gui.kit.icons import pixmap
from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.restore.fit_check import Findings

SIGNS = {
    "good": ("check", "good"),
    "remark": ("info", "info"),
    "bad": ("triangle-alert", "bad"),
}
"""Icon and colour."""

SIGN_PX = 14


class InputFindings(QWidget):
    """Hidden where there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Findings = ()
        self.setAccessibleName(self.tr("Checks of the images"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.setVisible(False)

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences."""
        return tuple(text for _, text in self._shown)

    def show_findings(self, findings: Findings) -> None:
        """Show what was found, what forbids the start first."""
        findings = tuple(sorted(findings, key=lambda found: found[0] != "bad"))
        if findings == self._shown:
            return
        self._shown = findings
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for row, (state, text) in enumerate(findings):
            said = label(text, "problem" if state == "bad" else "note")
            self._grid.addWidget(self._sign(state), row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(said, row, 1)
        self.setVisible(bool(findings))

    def _sign(self, state: str) -> QLabel:
        sign = QLabel()
        sign.setToolTip({"good": self.tr("Fits"), "remark": self.tr("Good to know")}.get(state, ""))
        name, colour = SIGNS[state]
        sign.setPixmap(pixmap(name, SIGN_PX, sign_colour(colour), self.devicePixelRatioF()))
        return sign
