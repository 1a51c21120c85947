"""Rows: finished rows of a sweep or experiment, one line of JSON each; its document."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from satstudio.core.errors import InputError, RunError
from satstudio.core.files import write_text, writing
from satstudio.core.json_text import parse_json
from satstudio.core.recipe import Recipe, read_toml
from satstudio.learn.device import machine, versions

FORMAT = 1
Row = dict[str, Any]


class Rows:
    """rows.jsonl of a folder; a row counts once its line is whole."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rows.jsonl"
        self._known: list[Row] = []
        if self.path.is_file():
            self._known = [
                row for row in map(_read, self.path.read_text("utf-8").split("\n")) if row
            ]
            write_text(self.path, "".join(map(_line, self._known)))  # a broken last line goes

    @property
    def all(self) -> tuple[Row, ...]:
        """The finished rows, in the order in which they were finished."""
        return tuple(self._known)

    def find(self, key: str) -> Row | None:
        """Return the finished row of a key; None where it is not finished."""
        return next((row for row in self._known if row["key"] == key), None)

    def add(self, row: Row) -> None:
        """Append a finished row."""
        with writing(self.path), self.path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(_line(row))
        self._known.append(row)


def open_folder(out: Path, plan: Recipe, fixed: tuple[str, ...]) -> Rows:
    """Make the folder of a plan, or go on in that of an earlier sitting.

    Parameters
    ----------
    fixed : fields of the plan in which the earlier one must agree; rows and seeds may be added

    Raises
    ------
    InputError
        If the folder holds something else, or its plan differs in a fixed field.
    """
    file = out / "plan.toml"
    if file.is_file():
        old = read_toml(file)
        new = plan.model_dump(mode="json", exclude_none=True)
        for name in fixed:
            if old.get(name) != new.get(name):
                raise InputError(
                    f"{out} was made with another '{name}'; choose another folder, or go on with "
                    f"its own plan ({file})."
                )
    elif out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(f"{out} exists already and is no sweep; choose another folder.")
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    plan.save(file)
    return Rows(out)


def write_document(out: Path, kind: str, report: Mapping[str, Any], **facts: object) -> Path:
    """Write report.json: what was found, and under `report` the page made of it.

    Parameters
    ----------
    report : fields of `bench.report.Report`; pictures lie in `out`
    """
    created, known = datetime.now(UTC).isoformat(timespec="seconds"), versions()
    document = {
        "format": FORMAT,
        "kind": kind,
        "created": created,
        "versions": known,
        "machine": machine(),
        **facts,
        "report": {**report, "facts": _origin(created, known) | report.get("facts", {})},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return write_text(out / "report.json", text + "\n")


def _origin(created: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return when, where and by what a report was made; a page's own facts go before these."""
    here = machine()
    return {
        "Written": created.replace("T", " ").replace("+00:00", " UTC"),
        "Machine": f"{here['cpu']}, cores: {here['cores']}",
        "Versions": ", ".join(f"{name} {value}" for name, value in known.items()),
    }


def _line(row: Mapping[str, Any]) -> str:
    try:
        return json.dumps(row, allow_nan=False) + "\n"
    except ValueError as error:
        raise RunError(f"The row {row.get('key')} holds a number that is not finite.") from error


def _read(line: str) -> Row | None:
    try:
        row = parse_json(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and "key" in row else None
