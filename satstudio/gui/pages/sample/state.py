"""SampleState: what the Sample page draws, and how it shows it."""

from dataclasses import dataclass, field
from typing import Any

NAME = "sample"


@dataclass(frozen=True, slots=True)
class SampleState:
    """Choices of the page, as they stand in its widgets.

    Attributes
    ----------
    model : path of the model file
    values : of SampleRecipe
    beside : folder of the patch set whose patches stand beside; empty: none
    view : how the samples are shown
    """

    model: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    beside: str = ""
    view: str = ""
