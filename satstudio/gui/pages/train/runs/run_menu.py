"""RunMenu: what can be done with the chosen runs, after a right click."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QMenu, QWidget

from satstudio.gui.kit.icons import icon


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu; None in its place is a separator.

    Attributes
    ----------
    why_not : why it cannot be done now; empty where it can
    """

    text: str
    name: str
    run: Callable[[], object]
    keys: str = ""
    why_not: str = ""


class RunMenu(QMenu):
    """Shows entries; those that cannot be chosen say why in their tooltip."""

    def __init__(self, parent: QWidget, entries: Sequence[Entry | None]) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        for entry in entries:
            if entry is None:
                self.addSeparator()
                continue
            text = f"{entry.text}\t{entry.keys}" if entry.keys else entry.text
            action = self.addAction(icon(entry.name), text)
            action.setEnabled(not entry.why_not)
            action.setToolTip(entry.why_not)
            action.triggered.connect(entry.run)
