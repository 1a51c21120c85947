"""ask_saving: where a result goes, and whether what is there may be replaced; one question."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from satstudio.core.files.replacing import free_path
from satstudio.gui.kit.file_dialogs import FileDialogs

Answer = Literal["replace", "another", "cancel"]
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Saving:
    """Where a result goes, and whether the user lets it replace what is there."""

    path: Path
    overwrite: bool

    @property
    def arguments(self) -> dict[str, Any]:
        """`out` and `overwrite` of a job."""
        return {"out": self.path, "overwrite": self.overwrite}


def _itself(path: Path) -> tuple[Path, ...]:
    return (path,)


def ask_saving(
    dialogs: FileDialogs,
    title: str,
    proposal: str,
    filters: str,
    makes: Callable[[Path], Sequence[Path]] = _itself,
) -> Saving | None:
    """Ask for a file's name, and where it is taken whether to replace it.

    Parameters
    ----------
    makes : returns all files that are written for a name

    Returns
    -------
    None where the user does not want to save.
    """
    while name := dialogs.save_file(title, proposal, filters):
        path = Path(name)
        taken = [one for one in makes(path) if os.path.lexists(one)]
        open_ones = [one for one in taken if str(one) != getattr(dialogs, "confirmed", "")]
        answer = ask_replace(open_ones) if open_ones else None
        if answer == "cancel":
            return None
        if answer != "another":
            return Saving(path, overwrite=bool(taken))
        proposal = name
    return None


def ask_taken(dialogs: FileDialogs, title: str, out: Path, filters: str) -> Saving | None:
    """Ask only where a name that was not asked for is taken; None where nothing is to be done."""
    answer = ask_replace([out]) if os.path.lexists(out) else None
    if answer == "another":
        return ask_saving(dialogs, title, str(free_path(out)), filters)
    return None if answer == "cancel" else Saving(out, overwrite=answer == "replace")


def ask_replace(taken: Sequence[Path]) -> Answer:
    """Ask whether files that exist are replaced, another name is chosen, or nothing is done."""
    box = QMessageBox(QApplication.activeWindow())
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(_tr("Replace?"))
    names = ", ".join(path.name for path in taken[:MOST_NAMED])
    more = len(taken) - MOST_NAMED
    names += f" (+ {more})" if more > 0 else ""
    text = _tr("{names} exists already.") if len(taken) == 1 else _tr("{names} exist already.")
    box.setText(text.format(names=names))
    box.setInformativeText(
        _tr("In {folder}. Replaced, what is there now is lost.").format(folder=taken[0].parent)
    )
    replace = box.addButton(_tr("&Replace"), QMessageBox.ButtonRole.DestructiveRole)
    another = box.addButton(_tr("Choose &another name"), QMessageBox.ButtonRole.ActionRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(another)
    box.exec()
    if box.clickedButton() is replace:
        return "replace"
    return "another" if box.clickedButton() is another else "cancel"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Saving", text)
