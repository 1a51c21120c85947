"""same_crs(first, other): whether two texts of well-known text (WKT) mean one coordinate system."""

import re
from functools import lru_cache
from typing import Any

TOKEN = re.compile(
    r'"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?|[\[\](),]'
)
DIGITS = 9
"""Of numbers that are compared: writers round differently."""

CODES = {"AUTHORITY", "ID"}
NUMBERS = {"PARAMETER", "SPHEROID", "ELLIPSOID", "PRIMEM", "UNIT", "LENGTHUNIT", "ANGLEUNIT"}
WAYS = {"PROJECTION", "METHOD"}
DATUMS = {"DATUM", "ENSEMBLE"}
UNKNOWN = {"", "unknown", "unnamed", "notspecified"}
SAME_DATUM = {"worldgeodeticsystem1984ensemble": "wgs1984", "worldgeodeticsystem1984": "wgs1984"}
"""Long names of WKT 2 beside those of WKT 1."""

Node = tuple[str, list[Any]]
"""A keyword and its values: texts and nodes."""


def same_crs(first: str, other: str) -> bool:
    """Tell whether two coordinate systems are one.

    Codes of authorities decide where both have one; else projection, parameters, ellipsoid, datum,
    meridian and unit do. Names and the order of words do not matter.
    """
    if first.split() == other.split():
        return True
    one, two = _facts(first), _facts(other)
    if one["code"] and two["code"] and one["code"][0] == two["code"][0]:
        return bool(one["code"] == two["code"])
    if not (one["numbers"] and two["numbers"]):
        return False
    datums = {one["datum"], two["datum"]} - UNKNOWN
    return bool(one["numbers"] == two["numbers"] and len(datums) <= 1)


@lru_cache(maxsize=64)
def _facts(text: str) -> dict[str, Any]:
    """Return code (authority, number), datum and the numbers that define a coordinate system."""
    keyword, values = _tree(text)
    code = next((tuple(map(_word, node[1][:2])) for node in _nodes(values, CODES)), ())
    found = list(_walk((keyword, values)))
    datum = next((_datum(node[1]) for node in found if node[0] in DATUMS), "")
    numbers = {_fact(node) for node in found if node[0] in NUMBERS | WAYS}
    return {"code": code, "datum": datum, "numbers": numbers}


def _fact(node: Node) -> tuple[str, ...]:
    """Return what one node says: names count of parameters and projections only."""
    keyword, values = node
    plain = [value for value in values if isinstance(value, str)]
    name = _word(plain[0]) if plain and keyword in {"PARAMETER", *WAYS} else ""
    group = {"SPHEROID": "ELLIPSOID", "PROJECTION": "METHOD"}.get(keyword, keyword)
    if group.endswith("UNIT"):
        group = "UNIT"
    return group, name, *(_number(value) for value in plain[1:])


def _datum(values: list[Any]) -> str:
    name = _word(values[0]) if values and isinstance(values[0], str) else ""
    name = SAME_DATUM.get(name, name)
    return name[1:] if name.startswith("d") and name[1:].endswith(("1984", "1989")) else name


def _number(text: str) -> str:
    try:
        return f"{float(text):.{DIGITS}g}"
    except ValueError:
        return _word(text)


def _word(text: object) -> str:
    """Return a name without what writers add to it."""
    return re.sub(r"[^a-z0-9.]", "", str(text).lower())


def _nodes(values: list[Any], keywords: set[str]) -> list[Node]:
    return [value for value in values if isinstance(value, tuple) and value[0] in keywords]


def _walk(node: Node) -> list[Node]:
    """Return a node and all inside it, but for codes."""
    inner = [value for value in node[1] if isinstance(value, tuple) and value[0] not in CODES]
    return [node, *(deep for value in inner for deep in _walk(value))]


def _tree(text: str) -> Node:
    """Return WKT as nested nodes; what is no WKT has no values."""
    root: Node = ("", [])
    stack = [root]
    for word in TOKEN.findall(text):
        if word in "[(":
            values = stack[-1][1]
            name = values.pop() if values and isinstance(values[-1], str) else ""
            values.append((name.upper(), []))
            stack.append(values[-1])
        elif word in "])":
            stack = stack[:-1] or [root]
        elif word != ",":
            stack[-1][1].append(word.strip('"'))
    return next((value for value in root[1] if isinstance(value, tuple)), root)
