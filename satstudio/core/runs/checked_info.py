"""read_info: run.json of a run with values of the right kind only, and what is wrong with it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from satstudio.core.run_info import FILE, run_info
from satstudio.core.runs.run_log import LARGEST_STEP, is_figure

LARGEST_BYTES = 16_000_000


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_amount(value: object) -> bool:
    return is_figure(value) and value is not None and not (isinstance(value, float) and value < 0)


def _is_step(value: object) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and isinstance(value, int) and 0 <= value < LARGEST_STEP


KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "status": (_is_text, "a text"),
    "message": (_is_text, "a text"),
    "process": (_is_text, "a text"),
    "host": (_is_text, "a text"),
    "patches": (_is_text, "a text"),
    "method": (_is_text, "a text"),
    "steps": (_is_step, "a number of steps"),
    "seconds": (_is_amount, "a number of seconds"),
    "epoch": (_is_amount, "a number"),
    "images_per_s": (_is_amount, "a number"),
    "best": (_is_table, "a table"),
    "features": (_is_table, "a table"),
    "remarks": (_is_list, "a list"),
}
"""What the keys hold that the program reads from run.json; it may hold others."""

NEEDED = ("status", "steps", "seconds")


def read_info(run: Path) -> tuple[dict[str, Any], str]:
    """Return what run.json says, without values of the wrong kind; and a sentence about those."""
    path = run / FILE
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return {}, f"{FILE} cannot be read: it is too large"
        info = run_info(run)
    except FileNotFoundError:
        return {}, f"{FILE} is missing: the training ended before its first step"
    except OSError as error:
        return {}, f"{FILE} cannot be read: {error.strerror or error}"
    except RecursionError:
        return {}, f"{FILE} cannot be read: it is nested too deeply"
    except ValueError as error:
        return {}, f"{FILE} cannot be read: {error}"
    return checked_info(info)


def checked_info(info: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return run.json without values of the wrong kind, and what was wrong."""
    found = dict(info)
    wrong = []
    for key, (is_right, kind) in KINDS.items():
        if key in info and not is_right(info[key]) and info[key] is not None:
            wrong.append(f"'{key}' is not {kind}")
        if key in info and not is_right(info[key]):
            del found[key]
    missing = [f"'{key}'" for key in NEEDED if key not in info]
    if missing:
        wrong.append(f"{', '.join(missing)} missing")
    if "best" in found and not _is_step(found["best"].get("step", 0)):
        wrong.append("'best' has no step")
        del found["best"]
    return found, f"{FILE}: {'; '.join(wrong)}" if wrong else ""
