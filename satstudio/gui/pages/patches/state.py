"""PatchesState: how the Patches page cuts."""

from dataclasses import dataclass, field
from typing import Any

NAME = "patches"


@dataclass(frozen=True, slots=True)
class PatchesState:
    """Choices of the page, as they stand in its widgets.

    Attributes
    ----------
    values : of PatchRecipe
    ticks : which scenes are cut from, as far as that was decided; by address
    roles : what scenes are for, `train` or `validation`; by address
    view : how the contact sheet shows patches; empty: the usual way
    rejected : numbers of rejected patches by split, of sets that some were clicked in; by folder
    """

    values: dict[str, Any] = field(default_factory=dict)
    ticks: dict[str, bool] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    view: str = ""
    rejected: dict[str, dict[str, list[int]]] = field(default_factory=dict)
