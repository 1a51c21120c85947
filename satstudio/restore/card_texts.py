"""to_texts, from_texts: a card as the texts that the metadata of an ONNX file holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from satstudio.core.errors import ModelError
from satstudio.core.json_text import parse_json, strict_json
from satstudio.core.recipe import Recipe

FORMAT = 1
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
        If the texts are no card, or of a newer format.
    """
    found = {name: texts[name] for name in kind.model_fields if name in texts}
    if "format" not in found or "task" not in found:
        raise ModelError(
            f"{source.name} is an ONNX file without a satstudio card; export it with satstudio."
        )
    plain = {name for name, field in kind.model_fields.items() if field.annotation is str}
    try:
        values = {name: text if name in plain else _plain(text) for name, text in found.items()}
        card = kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ModelError(f"The card of {source.name} is damaged: {key}: {first['msg']}.") from error
    if card.model_dump()["format"] != FORMAT:
        raise ModelError(
            f"{source.name} has card format {card.model_dump()['format']}, this program reads "
            f"{FORMAT}; export the model again."
        )
    return card


def _plain(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return parse_json(text)
    except ValueError:
        return text
