"""parse_json, json_lines, strict_json: JSON whatever damage it took; ours is as its standard."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Table = dict[str, Any]


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Read a JSON text.

    Raises
    ------
    ValueError
        If it is none, is no UTF-8, or is nested so deeply that it cannot be read.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def strict_json(document: object, indent: int | None = 2) -> str:
    """Return a document as JSON; a number that JSON has none for as "nan", "inf" or "-inf"."""
    return json.dumps(
        _finite(document), indent=indent, ensure_ascii=False, allow_nan=False, default=str
    )


def _finite(value: object) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    if isinstance(value, Mapping):
        return {_key(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _key(key: object) -> object:
    return str(key) if isinstance(key, float) else key


def json_lines(path: Path) -> tuple[list[Table], list[bytes]]:
    """Read a file of one JSON object a line, as a log is.

    Returns
    -------
    tables : the lines that are objects, in their order; none where there is no such file
    damaged : the other lines as they are; what follows the last line's end, which a process that
        was killed left half-written, is neither
    """
    whole, _, _ = (path.read_bytes() if path.is_file() else b"").rpartition(b"\n")
    tables: list[Table] = []
    damaged: list[bytes] = []
    for line in filter(bytes.strip, whole.split(b"\n")):
        table = _table(line)
        if table is None:
            damaged.append(line)
        else:
            tables.append(table)
    return tables, damaged


def _table(line: bytes) -> Table | None:
    try:
        found = parse_json(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
