"""Recipe: frozen pydantic base of all choices; TOML in and out; JSON Schema."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, ValidationError

from satstudio.core.errors import RecipeError
from satstudio.core.files.replacing import write_text

MOST_DEEP = 32
LONG_KEY = re.compile(rf"(?<![\w-])[\w-]++(?:\s*+\.\s*+[\w-]++){{{MOST_DEEP},}}")
"""A dotted key of too many parts; to read it takes the square of its length."""

LIST = "it must be a list, as [1, 2]"
WORDS = {
    "extra_forbidden": "there is no such key",
    "missing": "it must be given",
    "tuple_type": LIST,
    "list_type": LIST,
    "dict_type": "it must be a table",
    "model_type": "it must be a table",
    "too_short": "it must not be empty",
    "int_parsing": "it must be a whole number",
    "int_type": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_parsing": "it must be a number",
    "float_type": "it must be a number",
    "string_type": "it must be a text",
}
"""Kinds of errors of pydantic, in words."""

SAID = {"Input should be": "it must be", "Value error, ": ""}

TOO_DEEP = "its tables and lists are nested too deeply"


class Recipe(BaseModel):
    """A frozen set of choices; default, bounds, title and meaning stand together.

    Forms, TOML files, the command line and the check all come from the fields.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def build(cls, values: dict[str, Any], source: str = "recipe") -> Self:
        """Make a recipe of plain values.

        Raises
        ------
        RecipeError
            Naming `source`, the wrong key and the reason.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ": ".join(filter(None, (source, ".".join(map(str, first["loc"])))))
            raise RecipeError(f"{where}: {_in_words(first['type'], first['msg'])}.") from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a TOML file; raises RecipeError with the file's name."""
        return cls.build(read_toml(path), path.name)

    def save(self, path: Path) -> Path:
        """Write as TOML, in one piece; choices that are None are left out.

        Raises
        ------
        RecipeError
            If a value of a free table is not finite.
        """
        try:
            text = tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))
        except TypeError as error:  # such a number is None where any type may stand
            raise RecipeError(f"{path.name}: a value is not a finite number.") from error
        return write_text(path, text)

    def changed(self, **values: Any) -> Self:  # noqa: ANN401 - any field's value
        """Return a checked copy with other values."""
        return self.build({**self.model_dump(), **values}, type(self).__name__)


def _in_words(kind: str, message: str) -> str:
    """Return what is wrong with a value, for people who write TOML."""
    text = WORDS.get(kind, message)
    for said, words in SAID.items():
        text = text.replace(said, words)
    return text


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as plain values; raises RecipeError with the file's name."""
    try:
        values = _parsed(path.read_bytes().decode("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"Cannot read {path}: {error}.") from error
    except RecursionError as error:
        raise RecipeError(f"Cannot read {path}: {TOO_DEEP}.") from error
    if is_deep(values):
        raise RecipeError(f"Cannot read {path}: {TOO_DEEP}.")
    return values


def _parsed(text: str) -> dict[str, Any]:
    """Return what a TOML text holds; raises RecursionError where it is nested too deeply."""
    if LONG_KEY.search(text):
        raise RecursionError
    return tomllib.loads(text.replace("\r\n", "\n"))


def is_deep(values: object) -> bool:
    """Tell whether tables and lists are nested more deeply than any recipe's."""
    level = [values]
    for _ in range(MOST_DEEP):
        level = [part for each in level for part in _parts(each)]
        if not level:
            return False
    return True


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def with_settings(values: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Return values with `key=value` texts put in; dots reach into tables.

    A value is read as TOML where it is TOML (numbers, true, lists), else as text.

    Raises
    ------
    RecipeError
        If a text has no `=`, reaches into what is no table, or is nested too deeply.
    """
    merged = _copy(values)
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals:
            raise RecipeError(f"'{text}' sets nothing: give key=value.")
        *tables, last = key.strip().split(".")
        place = merged
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise RecipeError(
                    f"'{text}' reaches into '{table}', which is {place!r} and no table."
                )
        place[last] = _value(value.strip())
    if is_deep(merged):
        raise RecipeError(f"What is set cannot be used: {TOO_DEEP}.")
    return merged


def _copy(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(item) if isinstance(item, dict) else item for key, item in values.items()}


def _value(text: str) -> Any:  # noqa: ANN401 - whatever TOML holds
    try:
        return _parsed(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    except RecursionError as error:
        raise RecipeError(f"'{text[:20]}...' cannot be used: {TOO_DEEP}.") from error
