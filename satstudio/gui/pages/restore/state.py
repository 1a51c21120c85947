"""RestoreState: with what the Restore page restores, and how."""

from dataclasses import dataclass, field
from typing import Any

NAME = "restore"
Given = tuple[tuple[str, tuple[str, ...]], ...]
"""Roles with the addresses of their images, "" where a line says nothing yet."""


@dataclass(frozen=True, slots=True)
class RestoreState:
    """Choices of the page, as they stand in its widgets.

    Attributes
    ----------
    model : path of a model file, or `baseline:NAME`; empty: the one that is proposed
    part : whole, seen or crop
    options, parts : fields of RestoreRecipe: of the model, and around it
    has_mask : whether the mask of the points is saved
    folder : that results go to; empty: `restored/` of the study folder
    inputs : other images of a model
    align : whether images on another grid are resampled
    has_invented : whether the mask of what is invented is saved
    """

    model: str = ""
    part: str = "whole"
    options: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    has_mask: bool = False
    folder: str = ""
    inputs: Given = ()
    align: bool = False
    has_invented: bool = False
