"""SetCombo: the list that a patch set is chosen from."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox

from satstudio.gui.study import SetRow
from satstudio.gui.widgets import grouped

LETTERS = 22


class NameCombo(QComboBox):
    """A list whose names may be longer than its room."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LETTERS)


class SetCombo(NameCombo):
    """Patch sets that can be learnt from."""

    @property
    def path(self) -> Path | None:
        """The chosen patch set."""
        path = self.currentData()
        return path if isinstance(path, Path) else None

    def show_sets(self, rows: Sequence[SetRow], chosen: Path | None = None) -> None:
        """List patch sets, without a signal; the chosen one stays chosen."""
        before = chosen or self.path
        usable = [row for row in rows if not row.problem]
        self.blockSignals(True)
        self.clear()
        for row in usable:
            kind = self.tr("complex") if row.is_complex else self.tr("real")
            text = self.tr("{name}  ({n} of {side} px, {kind})").format(
                name=row.name, n=grouped(row.train), side=row.size_px, kind=kind
            )
            self.addItem(text, row.path)
        paths = [row.path for row in usable]
        self.setCurrentIndex(paths.index(before) if before in paths else 0)
        self.blockSignals(False)
