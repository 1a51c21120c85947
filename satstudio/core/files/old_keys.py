"""OLD_KEYS: what keys and names in files of earlier versions are called now; the one table of them.

Recipes, plans, logs and rows are read through it, so that they open and go on as before; they are
written with the new names.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal

Kind = Literal["option", "log", "features", "scores"]

OLD_KEYS: Mapping[Kind, Mapping[str, str]] = {
    # options of methods: recipes, presets, plans of sweeps and experiments
    "option": {"longest": "initial_time"},
    # figures of a log: log.jsonl, and what plans and rows take from it
    "log": {"slope": "gradient_norm"},
    # ways to extract features: recipes, plans, run.json
    "features": {"hand": "handcrafted"},
    # scores of a critic: rows of the experiment `critic`
    "scores": {"made": "generated"},
}


def new_name(kind: Kind, name: object) -> Any:  # noqa: ANN401 - what is no name stays as it is
    """Return what is called so today; a name that never changed stays."""
    return OLD_KEYS[kind].get(name, name) if isinstance(name, str) else name


def with_new_keys(
    kind: Kind, table: Mapping[str, Any], known: Collection[str] = ()
) -> dict[str, Any]:
    """Return a table with its keys as they are called today.

    Parameters
    ----------
    known : keys that the reader knows; an old one among them is its own and stays
    """
    return {key if key in known else new_name(kind, key): value for key, value in table.items()}


def new_extractor(name: object) -> Any:  # noqa: ANN401 - what is no name stays as it is
    """Return the name of features, also `hand 1 (...)` with its version, as it is today."""
    if not isinstance(name, str):
        return name
    first, space, rest = name.partition(" ")
    return f"{new_name('features', first)}{space}{rest}"


def new_plan(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan of a sweep or an experiment with the keys of today."""
    plan = _with_new_options(values)
    if _is_list(plan.get("rows")):
        plan["rows"] = [
            _with_new_options(row) if isinstance(row, Mapping) else row for row in plan["rows"]
        ]
    for name in ("figures", "curves"):
        if _is_list(plan.get(name)):
            plan[name] = [new_name("log", one) for one in plan[name]]
    if "columns" in plan:
        plan["columns"] = new_name("option", plan["columns"])
    if "extractor" in plan:
        plan["extractor"] = new_extractor(plan["extractor"])
    return plan


def new_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of rows.jsonl with the keys of today; its run stays where it is."""
    found = with_new_keys("scores", row)
    tables: tuple[tuple[str, Kind], ...] = (
        ("values", "option"),
        ("figures", "log"),
        ("beside", "log"),
    )
    for name, kind in tables:
        if isinstance(found.get(name), Mapping):
            found[name] = with_new_keys(kind, found[name])
    for old, new in OLD_KEYS["option"].items():
        is_key = old in row.get("values", OLD_KEYS["option"]) and old not in row.get("label", "")
        for name, spelled in (("row", new), ("key", _in_names(new))):
            if is_key and isinstance(found.get(name), str):
                found[name] = _respelled(found[name], old, spelled)
    return found


def old_key(key: str) -> str:
    """Return the key that earlier versions gave a row, and called its run's folder by."""
    for old, new in OLD_KEYS["option"].items():
        key = _respelled(key, _in_names(new), _in_names(old))
    return key


def _in_names(key: str) -> str:
    """Return a key as names of folders spell it."""
    return key.replace("_", "-")


def _respelled(text: str, one: str, other: str) -> str:
    """Return a text in which a key before its value is spelled otherwise."""
    return re.sub(rf"(?<!\w){one}(?=[ -])", other, text)


def _with_new_options(table: Mapping[str, Any]) -> dict[str, Any]:
    found = with_new_keys("option", table)
    for name in ("base", "options", "grid"):
        if isinstance(found.get(name), Mapping):
            found[name] = _with_new_options(found[name])
    return found


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)
