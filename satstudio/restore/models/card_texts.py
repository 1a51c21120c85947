"""to_texts, from_texts: a card as the texts that the metadata of an ONNX file holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from satstudio.core.errors import ModelError, NoCardError
from satstudio.core.files.json_text import parse_json, strict_json
from satstudio.core.recipe import Recipe

FEATURES: Final = "features"
"""Task of a network that gives features; it has a card of its own kind."""

Card = TypeVar("Card", bound=Recipe)


def to_texts(card: Recipe) -> dict[str, str]:
    """Return texts by name, as ONNX metadata wants them."""
    values = card.model_dump(mode="json").items()
    return {
        name: value if isinstance(value, str) else strict_json(value, None)
        for name, value in values
    }


def from_texts(kind: type[Card], texts: Mapping[str, str], source: Path) -> Card:
    """Undo `to_texts`.

    Raises
    ------
    ModelError
        If the texts are no card, or of another format than this kind of card.
    """
    found = {name: texts[name] for name in kind.model_fields if name in texts}
    if not is_card(texts):
        raise NoCardError(
            f"{source.name} is an ONNX file without a satstudio card; export it with satstudio, or "
            "describe it: 'satstudio models describe', in the window 'Describe a model'."
        )
    wanted = kind.model_fields["format"].default
    if found["format"] != str(wanted):
        raise ModelError(
            f"{source.name} has card format {found['format']}, this program reads {wanted}; "
            "export the model again."
        )
    plain = {name for name, field in kind.model_fields.items() if field.annotation is str}
    try:
        values = {name: text if name in plain else _plain(text) for name, text in found.items()}
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"The card of {source.name} is damaged: {key}: {first['msg']}.") from error


def is_card(texts: Mapping[str, str]) -> bool:
    """Tell whether metadata hold a card of any kind."""
    return "format" in texts and "task" in texts


def _plain(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return parse_json(text)
    except ValueError:
        return text
