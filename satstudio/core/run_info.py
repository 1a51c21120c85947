"""run_info: what run.json says of a training, and whether that is still true."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satstudio.core.errors import WriteError
from satstudio.core.files.json_text import parse_json, strict_json
from satstudio.core.files.replacing import write_text
from satstudio.core.system.processes import is_dead, is_running, own_mark

FILE = "run.json"
RUNNING, INTERRUPTED, ELSEWHERE = "running", "interrupted", "elsewhere"


def own_process() -> dict[str, str]:
    """Return what run.json says of the process that trains."""
    return {"process": own_mark(), "host": platform.node()}


def run_info(run: Path) -> dict[str, Any]:
    """Return what run.json of a run says.

    Where its process has ended without a last word, the status is `interrupted`; that is written
    too, where it can be.

    Raises
    ------
    OSError, ValueError
        If run.json is missing or damaged.
    """
    info = _read(run)
    if not _is_interrupted(info):
        return info
    info = _read(run)  # another may have begun to continue it meanwhile
    if _is_interrupted(info):
        info["status"] = INTERRUPTED
        try:
            write_text(run / FILE, strict_json(info) + "\n")
        except WriteError:  # not ours to write: it is known all the same
            return info
    return info


def status_of(info: Mapping[str, Any]) -> str:
    """Return the status that run.json tells, as far as that can be known.

    `interrupted` where the process has ended without a last word, or none is named; `elsewhere`
    where it is one of another computer, of which nothing is known.
    """
    status = str(info.get("status", "failed"))
    if status != RUNNING or is_running(_mark(info)):
        return status
    return ELSEWHERE if _mark(info) and not is_dead(_mark(info)) else INTERRUPTED


def trained_by(info: Mapping[str, Any]) -> str | None:
    """Return the number of the other process of this machine that trains a run; None: none."""
    mark = _mark(info)
    is_busy = info.get("status") == RUNNING and mark != own_mark() and is_running(mark)
    return mark.partition("-")[0] if is_busy else None


def _is_interrupted(info: Mapping[str, Any]) -> bool:
    return info.get("status") == RUNNING and is_dead(_mark(info))


def _mark(info: Mapping[str, Any]) -> str:
    return str(info.get("process", ""))


def _read(run: Path) -> dict[str, Any]:
    info = parse_json((run / FILE).read_bytes())
    if not isinstance(info, dict):
        raise ValueError("it holds no table")
    return info
