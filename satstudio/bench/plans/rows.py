"""Rows: finished rows of a plan, one line of JSON each; open_folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satstudio.bench.plans.task import FAILED, Row
from satstudio.core.errors import InputError, RunError
from satstudio.core.files.json_text import parse_json
from satstudio.core.files.old_keys import new_plan, new_row, old_key
from satstudio.core.files.replacing import write_text, writing
from satstudio.core.recipe import Recipe, read_toml

FILE = "rows.jsonl"
PLAN = "plan.toml"
RUNS = "runs"


class Rows:
    """rows.jsonl of a folder; a row counts once its line is whole, the last one of a key."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._known = {row["key"]: row for row in read_rows(folder)}
        if self.path.is_file():  # a broken last line goes, and what came before a second try
            write_text(self.path, "".join(map(_line, self._known.values())))

    @property
    def all(self) -> tuple[Row, ...]:
        """The rows, in the order in which they came; with those of tasks that failed."""
        return tuple(self._known.values())

    def find(self, key: str) -> Row | None:
        """Return the finished row of a key; None where it is not finished, or failed."""
        row = self._known.get(key)
        return None if row is None or has_failed(row) else row

    def add(self, row: Row) -> None:
        """Append a row."""
        with writing(self.path), self.path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(_line(row))
        self._known[row["key"]] = row


def read_rows(folder: Path) -> tuple[Row, ...]:
    """Return the rows of a folder as they are; of a key that was tried again, the last one."""
    file = folder / FILE
    lines = file.read_text("utf-8").split("\n") if file.is_file() else []
    return tuple({row["key"]: row for row in map(_read, lines) if row}.values())


def has_failed(row: Mapping[str, Any]) -> bool:
    """Tell whether the task of a row failed; it is tried again when the plan goes on."""
    return row.get("status") == FAILED


def open_folder(out: Path, plan: Recipe, fixed: tuple[str, ...]) -> Rows:
    """Make the folder of a plan, or go on in that of an earlier start.

    Parameters
    ----------
    fixed : fields of the plan in which the earlier one must agree; rows and seeds may be added

    Raises
    ------
    InputError
        If the folder holds something else, or its plan differs in a fixed field.
    """
    file = out / PLAN
    if file.is_file():
        old = new_plan(read_toml(file))
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


def run_of(out: Path, key: str) -> Path:
    """Return the run folder of a trial; where an earlier version began it, the one of then."""
    own, earlier = out / RUNS / key, out / RUNS / old_key(key)
    return earlier if earlier.exists() and not own.exists() else own


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
    return new_row(row) if isinstance(row, dict) and isinstance(row.get("key"), str) else None
