"""NewSet: lets a page choose the patch set that was just made, without a step of undo."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.pages.kept_state import PageState
from satstudio.gui.kit.study import SetRow


class NewSet:
    """Remembers which set a page has chosen by itself; each is chosen once.

    Parameters
    ----------
    kept : of the page; its state has `patches`, the folder of a set
    """

    def __init__(self, context: Context, kept: PageState[Any]) -> None:
        self._context = context
        self._kept = kept
        self._seen: Path | None = None

    def among(self, rows: Sequence[SetRow]) -> Path | None:
        """Return the set that was made since the last time; None where none was, or is listed."""
        new = self._context.new_set
        if new == self._seen or new not in [row.path for row in rows]:
            return None
        self._seen = new
        return new

    def keep(self, new: Path | None, chosen: Path | None) -> None:
        """Keep it where the list has chosen it; where it does not fit, it has not."""
        if new is not None and new == chosen and self._kept.is_kept:
            self._kept.note(replace(self._kept.now, patches=str(new)))
