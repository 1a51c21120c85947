"""SweepsState: what a new sweep is made of."""

from dataclasses import dataclass, field
from typing import Any

NAME = "sweeps"


@dataclass(frozen=True, slots=True)
class SweepsState:
    """Choices of the page, as they stand in its widgets.

    Attributes
    ----------
    plan : its name
    patches : folder of the patch set
    values : of PlanChoices
    """

    plan: str = ""
    patches: str = ""
    values: dict[str, Any] = field(default_factory=dict)
