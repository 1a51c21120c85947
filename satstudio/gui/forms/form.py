"""Forms: JSON Schema -> form; form -> values."""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QGroupBox,
    QLabel,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.forms.fields import (
    Field,
    Schema,
    make_field,
    shown_number,
    unit_of,
    without_none,
)
from satstudio.gui.kit.widgets import WidthKeeper, label

SECTION_GAP = 8
PAGE_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
CONDITIONS = ("shown_if", "hidden_if")
BOUNDS = (
    ("minimum", "from {}"),
    ("exclusiveMinimum", "above {}"),
    ("maximum", "to {}"),
    ("exclusiveMaximum", "below {}"),
    ("multipleOf", "in steps of {}"),
)


class Form(QWidget):
    """Shows the fields of a Recipe's JSON Schema and gives their values back.

    Nested objects become groups. What is wrong stands under its field. A field whose schema has
    `forced: {unless: {other: value}, value, why}` is set and locked unless the others have these
    values, and says why. One with `shown_if: {other: [values]}` is shown where the others have one
    of these values, one with `hidden_if` where they have none; else it has its default.

    Parameters
    ----------
    schema : as `Recipe.model_json_schema()` gives it
    hidden : names that are not shown; their values, once set, are given back unchanged
    """

    changed = Signal()

    def __init__(self, schema: Schema, hidden: Iterable[str] = ()) -> None:
        super().__init__()
        self._hidden = frozenset(hidden)
        self._kept: dict[str, Any] = {}
        self._fields: dict[str, Field] = {}
        self._problems: dict[str, QLabel] = {}
        self._forced: dict[str, tuple[Schema, QLabel]] = {}
        self._conditions: dict[str, Schema] = {}
        self._groups: dict[str, Form] = {}
        self._section = ""
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._folded: frozenset[str] = frozenset()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._grid.setVerticalSpacing(5)
        definitions = schema.get("$defs", {})
        self._defaults: dict[str, Any] = {}
        for name, raw in schema.get("properties", {}).items():
            inner = resolved(raw, definitions)
            if "default" in inner:
                self._defaults[name] = inner["default"]
            if name not in self._hidden:
                self._add(name, inner, definitions)
        self.set_values(self._defaults)

    @property
    def caption_width(self) -> int:
        """Room that the captions take, so that what stands below can be in line."""
        items = [self._grid.itemAtPosition(row, 0) for row in range(self._grid.rowCount())]
        captions = [item.widget() for item in items if item is not None]
        names = {field.widget for field in self._fields.values()}
        return max(
            (
                made.sizeHint().width()
                for made in captions
                if isinstance(made, QLabel) and made.buddy() in names
            ),
            default=0,
        )

    def values(self) -> dict[str, Any]:
        """Return all values, nested as the schema is."""
        shown = {
            name: self._defaults.get(name) if self._says_nothing(name) else field.value()
            for name, field in self._fields.items()
        }
        groups = {name: group.values() for name, group in self._groups.items()}
        return {**self._kept, **shown, **groups}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values; those not named keep what they have."""
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].set_value(value)
            elif name in self._groups and isinstance(value, Mapping):
                self._groups[name].set_values(value)
            elif name in self._hidden:
                self._kept[name] = value
        self._force()
        self._show_problems()

    def reset(self) -> None:
        """Show the defaults of the schema."""
        self.set_values(self._defaults)

    def show_only(self, names: Iterable[str]) -> None:
        """Show these fields and hide the others, which are then never wrong."""
        self._folded = frozenset(self._rows) - frozenset(names)
        self._show_rows()
        self._force()
        self._show_problems()

    def mark(self, names: Iterable[str]) -> None:
        """Let the captions of these values stand out, and those of the others not."""
        marked = frozenset(names)
        for name, (caption, *_) in self._rows.items():
            font = caption.font()
            font.setBold(name in marked)
            caption.setFont(font)

    def titles(self) -> dict[str, str]:
        """Return what the form calls each value."""
        return {name: self.title(name) for name in self._fields}

    def problem(self) -> str:
        """Return the first thing that is wrong, with its field's name; "" where all is well."""
        for name, field in self._fields.items():
            if not self._is_away(name) and (text := field.problem()):
                return f"{self.title(name)}: {text}"
        return next((text for group in self._groups.values() if (text := group.problem())), "")

    def field(self, name: str) -> Field:
        """Return the editor of a value, `group.name` for nested ones."""
        group, dot, rest = name.partition(".")
        return self._groups[group].field(rest) if dot else self._fields[name]

    def title(self, name: str) -> str:
        """Return what the form calls a value."""
        return str(self._fields[name].widget.accessibleName())

    def show_problem(self, name: str, text: str) -> None:
        """Show a sentence under a field (what a later check said)."""
        group, dot, rest = name.partition(".")
        if dot and group in self._groups:
            self._groups[group].show_problem(rest, text)
        elif name in self._problems:
            self._problems[name].setText(text)
            self._problems[name].setVisible(bool(text) and not self._is_away(name))

    def _add(self, name: str, schema: Schema, definitions: Schema) -> None:
        inner, _ = without_none(schema)
        title = str(schema.get("title") or name.replace("_", " ").capitalize())
        if inner.get("type") == "object" and inner.get("properties"):
            self._add_group(name, title, {**inner, "$defs": definitions})
            return
        self._begin_section(str(schema.get("section", self._section)))
        field = make_field(schema)
        text, unit = unit_of(title)
        field.widget.setAccessibleName(text)
        tip = tip_of(title, schema, name)
        field.widget.setToolTip(tip)
        caption = label(text)
        caption.setBuddy(field.widget)
        caption.setToolTip(tip)
        row = self._grid.rowCount()
        self._grid.addWidget(caption, row, 0)
        self._grid.addWidget(field.widget, row, 1)
        shown_unit = label(unit, "unit")
        self._grid.addWidget(shown_unit, row, 2)
        self._rows[name] = (caption, field.widget, shown_unit)
        problem = label("", "problem")
        problem.hide()
        self._grid.addWidget(problem, row + 1, 0, 1, 3)
        self._fields[name], self._problems[name] = field, problem
        self._conditions[name] = {key: schema[key] for key in CONDITIONS if key in schema}
        if "forced" in schema:
            self._forced[name] = (schema["forced"], self._hidden_note(row + 2))
        field.widget.installEventFilter(self)
        field.changed.connect(self._on_changed)  # type: ignore[attr-defined] # FieldBase

    def _hidden_note(self, row: int) -> QLabel:
        note = label("", "note")
        note.hide()
        self._grid.addWidget(note, row, 0, 1, 3)
        return note

    def _begin_section(self, name: str) -> None:
        if name != self._section:
            self._section = name
            row = self._grid.rowCount()
            self._grid.setRowMinimumHeight(row, SECTION_GAP if row > 1 else 0)
            self._grid.addWidget(label(name, "heading"), row + 1, 0, 1, 3)

    def _add_group(self, name: str, title: str, schema: Schema) -> None:
        group = Form(schema)
        group.changed.connect(self.changed)
        box = QGroupBox(title)
        QVBoxLayout(box).addWidget(group)
        box.setToolTip(str(schema.get("description", "")))
        self._grid.addWidget(box, self._grid.rowCount(), 0, 1, 3)
        self._groups[name] = group

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Leave the wheel to the scroll area unless the field was clicked; undo to the page.

        A line of text has an undo of its own, of which no step of the page would know.
        """
        if event.type() == QEvent.Type.ShortcutOverride and _is_undo(event):
            event.ignore()
            return True
        is_wheel = event.type() == QEvent.Type.Wheel
        if is_wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    @Slot()
    def _on_changed(self) -> None:
        self._force()
        self._show_problems()
        self.changed.emit()

    def _says_nothing(self, name: str) -> bool:
        """Tell whether others have values with which this one has no meaning."""
        rules = self._conditions.get(name, {})
        wrong = any(self._fields[k].value() not in v for k, v in rules.get("shown_if", {}).items())
        return wrong or any(
            self._fields[k].value() in v for k, v in rules.get("hidden_if", {}).items()
        )

    def _is_away(self, name: str) -> bool:
        return name in self._folded or self._says_nothing(name)

    def _show_rows(self) -> None:
        for name, widgets in self._rows.items():
            is_away = self._is_away(name)
            for widget in widgets:
                widget.setVisible(not is_away)

    def _force(self) -> None:
        """Show what has a meaning; set and lock what others leave no choice of, and say why."""
        if any(self._conditions.values()):
            self._show_rows()
        for name, (rule, why) in self._forced.items():
            field, values = self._fields[name], self.values()
            is_free = all(values.get(key) == value for key, value in rule["unless"].items())
            if not is_free and field.value() != rule["value"]:
                field.set_value(rule["value"])
            field.widget.setEnabled(is_free)
            why.setText("" if is_free else str(rule["why"]))
            why.setVisible(not is_free and name not in self._folded)

    def _show_problems(self) -> None:
        for name, field in self._fields.items():
            self.show_problem(name, field.problem())


def _is_undo(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and any(event.matches(key) for key in PAGE_KEYS)


def resolved(schema: Schema, definitions: Schema) -> dict[str, Any]:
    """Return a schema with its `$ref`s replaced by what they mean."""
    made = dict(schema)
    reference = made.pop("$ref", None)
    if reference is not None:
        target = definitions.get(str(reference).rpartition("/")[2], {})
        made = {**resolved(target, definitions), **made}
    if "allOf" in made and len(made["allOf"]) == 1:
        made = {**resolved(made.pop("allOf")[0], definitions), **made}
    if "anyOf" in made:
        made["anyOf"] = [resolved(choice, definitions) for choice in made["anyOf"]]
    if "const" in made:
        made["enum"] = [made["const"]]
    return made


def tip_of(title: str, schema: Schema, key: str) -> str:
    """Return the tooltip of a field: meaning, bounds, default, and its key in a recipe."""
    inner = {**without_none(schema)[0], **schema}
    lines = [title, str(schema.get("description", ""))]
    bounds = [text.format(shown_number(inner[key])) for key, text in BOUNDS if key in inner]
    lines.append("Allowed: " + ", ".join(bounds) if bounds else "")
    if inner.get("default") is not None and inner["default"] != []:
        lines.append(f"Default: {shown_number(inner['default'])}")
    lines.append(f"Key: {key}")
    return "\n".join(line for line in lines if line)


class FormArea(QScrollArea):
    """Scrolls up and down only, and is always wide enough for what it holds."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(widget)
        self._keeper = WidthKeeper(self)


def with_foot(area: FormArea, foot: QLayout) -> QWidget:
    """Return a form that scrolls, above what is always in view: the button that starts."""
    rule = QFrame()
    rule.setFrameShape(QFrame.Shape.HLine)
    rule.setFrameShadow(QFrame.Shadow.Plain)
    rule.setForegroundRole(QPalette.ColorRole.Mid)
    below = QWidget()
    inner = QVBoxLayout(below)
    inner.setContentsMargins(10, 0, 10, 10)
    inner.addWidget(rule)
    inner.addLayout(foot)
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(area, 1)
    column.addWidget(below)
    return whole
