"""Fields: one editor for each kind of value that a JSON Schema names."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Protocol

from PySide6.QtCore import QLocale, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from satstudio.core.files.json_text import parse_json
from satstudio.gui.kit.path_field import PathLine

Schema = Mapping[str, Any]
UNIT = re.compile(r"\s*\(([^()]+)\)$")
NUMBER_CHARS = 12
WHOLE = re.compile(r"[+-]?\d+")


class Field(Protocol):
    """An editor: a widget, a value, a sentence about what is wrong with it."""

    @property
    def widget(self) -> QWidget:
        """The widget that stands in the form."""
        ...

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value as JSON would hold it."""
        ...

    def set_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Show a value."""
        ...

    def problem(self) -> str:
        """Return why the value cannot be used, "" where it can."""
        ...


class FieldBase(QObject):
    """What all editors share: they say when the user changed them."""

    changed = Signal()

    @Slot()
    def tell(self) -> None:
        """Say that the value changed."""
        self.changed.emit()


class NumberField(FieldBase):
    """A number, whole or not, in a line of its own: 3e-5 stays 3e-5.

    An empty line means None where the schema allows that. A schema that allows one word instead,
    as `fit`, takes that too.
    """

    def __init__(self, schema: Schema, *, is_whole: bool, may_be_none: bool) -> None:
        super().__init__()
        self._word = schema.get("word")
        self._schema = schema
        self._is_whole = is_whole
        self._may_be_none = may_be_none
        self.widget = QLineEdit()
        self.widget.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.widget.setLocale(QLocale.c())
        self.widget.setMinimumWidth(self.widget.fontMetrics().averageCharWidth() * NUMBER_CHARS)
        if may_be_none:
            self.widget.setPlaceholderText(str(schema.get("placeholder", "not set")))
        self.widget.textChanged.connect(self.tell)

    def value(self) -> int | float | str | None:
        """Return the number, or the word; None where the line is empty or holds none."""
        text = self.widget.text().strip().replace(",", ".")
        if self._is_word(text):
            return str(self._word)
        try:
            return int(text) if self._is_whole else float(text)
        except ValueError:
            return None

    def set_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Show a number, or an empty line for None."""
        self.widget.setText("" if value is None else shown_number(value))

    def problem(self) -> str:
        """Return what is wrong: no number, or out of bounds."""
        text = self.widget.text().strip()
        if self._is_word(text):
            return ""
        if not text:
            return "" if self._may_be_none else "A number is needed."
        if self._is_whole and not WHOLE.fullmatch(text):
            return "Give a whole number."
        number = self.value()
        if not isinstance(number, int | float) or not math.isfinite(number):
            return "This is not a number." + (f" Or write {self._word}." if self._word else "")
        return out_of_bounds(number, self._schema)

    def _is_word(self, text: str) -> bool:
        return self._word is not None and text.lower() == self._word


class ChoiceField(FieldBase):
    """One of a few values."""

    def __init__(self, values: list[Any], shown: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.widget = QComboBox()
        for item in values:
            text = "not set" if item is None else str(item)
            self.widget.addItem((shown or {}).get(text, text), item)
        self.widget.currentIndexChanged.connect(self.tell)

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the chosen value."""
        return self.widget.currentData()

    def set_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Choose a value; an unknown one is ignored."""
        index = self.widget.findData(value)
        if index >= 0:
            self.widget.setCurrentIndex(index)

    def problem(self) -> str:
        """Nothing can be wrong here."""
        return ""


class SwitchField(FieldBase):
    """Yes or no."""

    def __init__(self) -> None:
        super().__init__()
        self.widget = QCheckBox()
        self.widget.toggled.connect(self.tell)

    def value(self) -> bool:
        """Return whether it is on."""
        return self.widget.isChecked()

    def set_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Switch on or off."""
        self.widget.setChecked(bool(value))

    def problem(self) -> str:
        """Nothing can be wrong here."""
        return ""


class TextField(FieldBase):
    """A line of text, or of a path; empty means None where the schema allows that."""

    def __init__(self, schema: Schema, *, may_be_none: bool) -> None:
        super().__init__()
        self._may_be_none = may_be_none
        self._least = int(schema.get("minLength", 0))
        self._pattern = schema.get("pattern")
        filters, is_folder = schema.get("file"), bool(schema.get("folder"))
        has_button = is_folder or filters is not None
        self.widget = PathLine(None if is_folder else str(filters)) if has_button else QLineEdit()
        if may_be_none:
            self.widget.setPlaceholderText(str(schema.get("placeholder", "")))
        self.widget.textChanged.connect(self.tell)

    def value(self) -> str | None:
        """Return the text."""
        text = self.widget.text()
        return None if self._may_be_none and not text else text

    def set_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Show a text."""
        self.widget.setText("" if value is None else str(value))

    def problem(self) -> str:
        """Return what is wrong: too short, or of another pattern."""
        text = self.value()
        if text is None:
            return ""
        if len(text) < self._least:
            return "Something must be written here."
        if self._pattern and not re.search(self._pattern, text):
            return f"This must look like {self._pattern}."
        return ""


class ListField(FieldBase):
    """Values between commas: `0, 1, 2`; nothing written is None where that may be."""

    def __init__(self, schema: Schema, *, may_be_none: bool = False) -> None:
        super().__init__()
        self._may_be_none = may_be_none
        inner = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        self._inner = inner if isinstance(inner, Mapping) else {}
        self._least, self._most = schema.get("minItems", 0), schema.get("maxItems")
        self.widget = QLineEdit()
        nothing = "all" if not self._least else ""
        self.widget.setPlaceholderText(str(schema.get("placeholder", nothing)))
        self.widget.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.widget.textChanged.connect(self.tell)

    def value(self) -> list[Any] | None:
        """Return the values that could be read."""
        return self._values() or (None if self._may_be_none else [])

    def _values(self) -> list[Any]:
        read = [self._read(part) for part in self._parts()]
        return [item for item in read if item is not None]

    def set_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Show a list."""
        items = value if isinstance(value, list | tuple) else []
        self.widget.setText(", ".join(shown_number(item) for item in items))

    def problem(self) -> str:
        """Return what is wrong: a value of another kind, too few, too many."""
        parts = self._parts()
        if len(self._values()) != len(parts):
            return "Give values between commas, as 0, 1."
        if not parts and self._may_be_none:
            return ""
        if len(parts) < self._least or (self._most is not None and len(parts) > self._most):
            return f"Give {self._least} to {self._most or 'more'} values."
        return next((text for text in map(self._bounds, self._values()) if text), "")

    def _bounds(self, item: Any) -> str:  # noqa: ANN401 - any JSON value
        return out_of_bounds(item, self._inner) if isinstance(item, int | float) else ""

    def _parts(self) -> list[str]:
        return [part.strip() for part in self.widget.text().split(",") if part.strip()]

    def _read(self, text: str) -> Any:  # noqa: ANN401 - any JSON value
        kinds = {"integer": int, "number": float}
        try:
            return kinds.get(str(self._inner.get("type")), str)(text)
        except ValueError:
            return None


class JsonField(TextField):
    """Anything that has no editor of its own, as JSON."""

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what the text says."""
        try:
            return parse_json(self.widget.text() or "null")
        except ValueError:
            return None

    def set_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Show a value."""
        self.widget.setText(json.dumps(value))

    def problem(self) -> str:
        """Return what is wrong: no JSON."""
        try:
            parse_json(self.widget.text() or "null")
        except ValueError:
            return "This is not JSON."
        return ""


def make_field(schema: Schema) -> Field:
    """Return the editor for a schema without `$ref`s (see `forms.resolved`)."""
    inner, may_be_none = without_none(_with_word(schema))
    if "enum" in inner:
        values = [*([None] if may_be_none else []), *inner["enum"]]
        return ChoiceField(values, schema.get("shown"))
    kind = inner.get("type")
    if kind in ("integer", "number"):
        return NumberField({**inner, **schema}, is_whole=kind == "integer", may_be_none=may_be_none)
    if kind == "boolean":
        return ChoiceField([None, True, False]) if may_be_none else SwitchField()
    if kind == "string":
        return TextField({**inner, **schema}, may_be_none=may_be_none)
    if kind == "array":
        return ListField({**inner, **schema}, may_be_none=may_be_none)
    field = JsonField(inner, may_be_none=True)
    field.set_value({} if kind == "object" and not may_be_none else None)
    return field


def _with_word(schema: Schema) -> Schema:
    """Return a number's schema with the one word that may stand instead, where there is one."""
    choices = schema.get("anyOf", ())
    words = [word for choice in choices for word in choice.get("enum", ())]
    numbers = [choice for choice in choices if choice.get("type") in ("integer", "number")]
    if len(choices) == 2 and len(words) == len(numbers) == 1:
        return {**numbers[0], "word": words[0]}
    return schema


def without_none(schema: Schema) -> tuple[Schema, bool]:
    """Return the schema without its `null` choice, and whether it had one."""
    choices = schema.get("anyOf")
    if not choices:
        return schema, False
    others = [choice for choice in choices if choice.get("type") != "null"]
    if len(others) == 1:
        return others[0], len(others) < len(choices)
    return {}, len(others) < len(choices)


def out_of_bounds(number: float, schema: Schema) -> str:
    """Return the sentence about a number out of its bounds, "" where it is inside."""
    checks = (
        ("minimum", lambda bound: number < bound, "at least {}"),
        ("exclusiveMinimum", lambda bound: number <= bound, "more than {}"),
        ("maximum", lambda bound: number > bound, "at most {}"),
        ("exclusiveMaximum", lambda bound: number >= bound, "less than {}"),
        ("multipleOf", lambda bound: bool(number % bound), "a multiple of {}"),
    )
    for key, is_wrong, text in checks:
        if key in schema and is_wrong(schema[key]):
            return f"This must be {text.format(shown_number(schema[key]))}."
    return ""


def shown_number(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a number as people write it: 0.001, 3e-5, 12."""
    if not isinstance(value, float):
        return str(value)
    if value.is_integer() and abs(value) < 1e6:
        return str(int(value))
    mantissa, sign, exponent = f"{value!r}".partition("e")
    if not sign and 0 < abs(value) < 1e-3:
        mantissa, sign, exponent = f"{value:.12e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}" if sign else mantissa


def unit_of(title: str) -> tuple[str, str]:
    """Split `Patch side (px)` into title and unit."""
    found = UNIT.search(title)
    return (title[: found.start()], found.group(1)) if found else (title, "")
