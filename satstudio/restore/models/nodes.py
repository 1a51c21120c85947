"""Node: an input or output of a network itself, as ONNX Runtime tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from satstudio.core.errors import ModelError


@dataclass(frozen=True, slots=True)
class Node:
    """An input or output of the network itself.

    Attributes
    ----------
    type : as ONNX Runtime names it
    shape : None where a side is free
    """

    name: str
    type: str
    shape: tuple[int | None, ...]

    @classmethod
    def of(cls, found: Sequence[Any], source: Path) -> tuple[Self, ...]:
        """Return what a session's `get_inputs` or `get_outputs` found.

        Raises
        ------
        ModelError
            If a name is no text.
        """
        try:
            return tuple(cls(item.name, item.type, _sides(item.shape)) for item in found)
        except UnicodeDecodeError as error:
            raise ModelError(
                f"The names in {source.name} are no UTF-8 text: the file is damaged."
            ) from error


def _sides(shape: Sequence[Any]) -> tuple[int | None, ...]:
    return tuple(side if isinstance(side, int) else None for side in shape)
