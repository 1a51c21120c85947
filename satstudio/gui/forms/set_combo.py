"""SetCombo: the list that a patch set is chosen from."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox

from satstudio.core.port import Port, unfit
from satstudio.gui.kit.study import SetRow
from satstudio.gui.kit.widgets import grouped
from satstudio.patches.manifest import UNPAIRED

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

    def __init__(self, name: str, tip: str) -> None:
        super().__init__(name, tip)
        self._wanted: tuple[Port, ...] = ()
        self._needs_pairs = False
        self._rows: tuple[SetRow, ...] = ()

    @property
    def path(self) -> Path | None:
        """The chosen patch set."""
        path = self.currentData()
        return path if isinstance(path, Path) else None

    def choose(self, path: Path) -> None:
        """Choose a patch set where it is listed."""
        paths = [self.itemData(row) for row in range(self.count())]
        if path in paths:  # findData asks for the same object
            self.setCurrentIndex(paths.index(path))

    def offer(self, wanted: Sequence[Port], *, needs_pairs: bool = False) -> None:
        """Let only sets that have these ports be chosen; the others tell why they do not serve."""
        self._wanted, self._needs_pairs = tuple(wanted), needs_pairs
        self.show_sets(self._rows)

    @property
    def reason(self) -> str:
        """Why the chosen set, or where none serves the first, does not serve; else empty."""
        usable = [row for row in self._rows if not row.problem]
        row = max(self.currentIndex(), 0)
        why = self._unfit(usable[row]) if row < len(usable) else ""
        if not why or self.currentIndex() >= 0:
            return why
        said = self.tr("No patch set serves this method. Of {name}: {why}")
        return said.format(name=usable[row].name, why=why)

    def _unfit(self, row: SetRow) -> str:
        """Return why a set does not serve; empty: it does."""
        missing = unfit(self._wanted, row.ports)
        return missing or (UNPAIRED if self._needs_pairs and not row.is_paired else "")

    def show_sets(self, rows: Sequence[SetRow], chosen: Path | None = None) -> None:
        """List patch sets, without a signal; `chosen` or the one before is chosen where it fits."""
        wanted = (chosen, self.path)
        self._rows = tuple(rows)
        usable = [row for row in rows if not row.problem]
        reasons = [self._unfit(row) for row in usable]
        self.blockSignals(True)
        self.clear()
        for row in usable:
            kind = self.tr("complex") if row.is_complex else self.tr("real")
            text = self.tr("{name}  ({n} of {side} px, {kind})").format(
                name=row.name, n=grouped(row.train), side=row.size_px, kind=kind
            )
            self.addItem(text, row.path)
        paths = [row.path for row in usable]
        model = self.model()
        for number, reason in enumerate(reasons):
            if reason and isinstance(model, QStandardItemModel):
                model.item(number).setEnabled(False)
                model.item(number).setToolTip(reason)
        fitting = [path for path, reason in zip(paths, reasons, strict=True) if not reason]
        best = next((path for path in (*wanted, *fitting) if path in fitting), None)
        self.setCurrentIndex(paths.index(best) if best is not None else -1)
        self.blockSignals(False)
