"""TrainLike, shown_value: the run that a new one is made like, and what differs from it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from satstudio.gui.forms.fields import shown_number
from satstudio.gui.kit.widgets import Button, label
from satstudio.jobs.again import differences


class TrainLike(QFrame):
    """A card above the form; hidden where a run is made from scratch."""

    forgotten = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._before: Mapping[str, Any] = {}
        self._name = ""
        self.title = label("", "heading")
        self.text = label("", "note")
        self.text.setWordWrap(True)
        self.text.setAccessibleName(self.tr("What differs"))
        self.remark = label("", "problem")
        self.forget = Button("", "x", self.tr("A run of its own: forget the other one"))
        self.forget.setAccessibleName(self.tr("Forget the other run"))
        self.forget.clicked.connect(self.forgotten)
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        line.addWidget(self.forget)
        column = QVBoxLayout(self)
        column.addLayout(line)
        column.addWidget(self.text)
        column.addWidget(self.remark)
        self.hide()

    @property
    def name(self) -> str:
        """Name of the other run, "" where there is none."""
        return self._name

    def show_like(self, name: str, before: Mapping[str, Any], remark: str) -> None:
        """Take the other run's choices, as the form gives them back; "" forgets them."""
        self._name, self._before = name, before
        self.title.setText(self.tr("Like {name}").format(name=name))
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))
        self.setVisible(bool(name))

    def compare(self, now: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[str, ...]:
        """List what differs, by the names on the form; return the keys."""
        if not self._name:
            return ()
        found = differences(self._before, now)
        lines = [
            f"{titles.get(key, key)}: {shown_value(old)} \N{RIGHTWARDS ARROW} {shown_value(new)}"
            for key, (old, new) in found.items()
        ]
        self.text.setText("\n".join(lines) or self.tr("Nothing differs yet: change a value below."))
        return tuple(found)


def shown_value(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a choice as people read it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return shown_number(value)
    return "\N{EN DASH}" if value is None else str(value)
