"""list_models, found_rows: the model files of folders with their cards and notes, searched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from satstudio.core.errors import ModelError, NoCardError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.restore.model_list.model_note import ModelNote, read_model_note
from satstudio.restore.models.model_file import describe_card

SHIPPED_FOLDERS = ("models", "demo")


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model file as lists show it.

    Attributes
    ----------
    card : as `describe_card` gives it; None where it cannot be read, with the reason as `problem`
    is_foreign : it has no card, but can be described
    """

    path: Path
    card: Mapping[str, Any] | None = None
    problem: str = ""
    note: ModelNote = field(default_factory=ModelNote)
    is_foreign: bool = False

    @property
    def text(self) -> str:
        """All that a search looks through."""
        card = self.card or {}
        words = [card.get(key, "") for key in ("task", "method", "takes", "licence", "notes")]
        ports = (*card.get("inputs", ()), *card.get("outputs", ()))
        words += [f"{port['role']} {port['quantity']}" for port in ports]
        words += ["complex"] * bool(card.get("is_complex"))
        return " ".join(map(str, (self.path.name, *words, *self.note.tags, self.note.note)))

    def described(self) -> dict[str, Any]:
        """Return the row as plain JSON, the card in short."""
        card = self.card or {}
        keys = ("task", "method", "takes", "bands_in", "bands_out", "is_complex", "scale")
        return {
            "path": str(self.path),
            **{key: card.get(key) for key in keys},
            "tags": list(self.note.tags),
            "note": self.note.note,
            "problem": self.problem,
        }


def model_paths(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the model files of folders, by name, those of the program last."""
    found = [path for folder in folders if folder.is_dir() for path in folder.glob("*.onnx")]
    own = [
        path
        for name in SHIPPED_FOLDERS
        for path in sorted((resources_folder() / name).glob("*.onnx"))
    ]
    return tuple(dict.fromkeys([*sorted(found, key=lambda path: path.name.casefold()), *own]))


def list_models(paths: Sequence[Path], progress: Progress) -> tuple[ModelRow, ...]:
    """Read cards and notes of model files; what is none is a row with its reason."""
    return tuple(_row(path) for path in progress.over(list(paths), "Reading cards"))


def found_rows(
    rows: Iterable[ModelRow], search: str = "", tags: Sequence[str] = ()
) -> tuple[ModelRow, ...]:
    """Return the rows that hold all words of a search, and all tags."""
    words = search.casefold().split()
    wanted = {tag.casefold() for tag in tags}
    return tuple(
        row
        for row in rows
        if all(word in row.text.casefold() for word in words)
        and wanted <= {tag.casefold() for tag in row.note.tags}
    )


def _row(path: Path) -> ModelRow:
    note = read_model_note(path)
    try:
        return ModelRow(path, describe_card(path), note=note)
    except ModelError as error:
        is_foreign = isinstance(error, NoCardError)
        return ModelRow(path, problem=str(error), note=note, is_foreign=is_foreign)
