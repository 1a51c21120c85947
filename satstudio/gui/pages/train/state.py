"""TrainState: what a new training run is made of."""

from dataclasses import dataclass, field
from typing import Any

NAME = "train"


@dataclass(frozen=True, slots=True)
class TrainState:
    """Choices of the page, as they stand in its widgets.

    Attributes
    ----------
    patches : folder of the patch set
    values, options : of the recipe, and of its method
    """

    patches: str = ""
    method: str = ""
    preset: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
