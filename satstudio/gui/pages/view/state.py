"""ViewState: what the View page keeps besides layers, viewport and crop."""

from dataclasses import dataclass

NAME = "view"


@dataclass(frozen=True, slots=True)
class ViewState:
    """Choices of the page, as they stand in its widgets.

    Attributes
    ----------
    crop_multiple : rows and columns of the crop are multiples of it
    """

    crop_multiple: int = 1
