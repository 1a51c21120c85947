"""read_model_note, write_model_note: tags and words about a model, in a small file beside it.

The model file itself is never written: `MODEL.onnx` has `MODEL.onnx.note.json`.
"""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError, field_validator

from satstudio.core.errors import WriteError
from satstudio.core.files.json_text import strict_json
from satstudio.core.files.replacing import write_text, writing
from satstudio.core.recipe import Recipe

ENDING = ".note.json"
LONGEST = 4000
MOST_TAGS = 32
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=48)]


class ModelNote(Recipe):
    """What the user wrote about a model; tags stand in alphabetical order, each once."""

    tags: tuple[Tag, ...] = Field((), max_length=MOST_TAGS)
    note: str = Field("", max_length=LONGEST)

    @field_validator("tags")
    @classmethod
    def _in_order(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({tag.casefold(): tag for tag in tags}.values(), key=str.casefold))


def note_file(model: Path) -> Path:
    """Return where the note of a model lies."""
    return model.with_name(model.name + ENDING)


def read_model_note(model: Path) -> ModelNote:
    """Return the note of a model; an empty one where there is none that can be read."""
    try:
        return ModelNote.model_validate_json(note_file(model).read_bytes())
    except (OSError, ValidationError):
        return ModelNote()


def write_model_note(model: Path, note: ModelNote) -> None:
    """Write the note of a model; an empty one goes.

    Raises
    ------
    WriteError
        If it cannot be written, or something is there that is no note.
    """
    path = note_file(model)
    if os.path.lexists(path) and not _is_note(path):
        raise WriteError(f"{path} is there and is no note, or damaged; move it away first.")
    if note != ModelNote():
        write_text(path, strict_json(note.model_dump(mode="json")) + "\n")
        return
    with writing(path):
        path.unlink(missing_ok=True)


def _is_note(path: Path) -> bool:
    try:
        ModelNote.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return False
    return True


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags that stand between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
