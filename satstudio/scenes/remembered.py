"""remember, remembered, forget: what the user said of a file, for the next time it is opened.

Kept in `scenes.json` of the state folder, by path, image, size and time of change of the file:
another file under the same name is believed again. The newest 1000 stay.
"""

import json
import logging
from pathlib import Path
from typing import Any

from satstudio.core.errors import SatstudioError
from satstudio.core.files.replacing import write_text
from satstudio.core.paths import state_folder
from satstudio.scenes.address import Address, Choices, parse_fragment

MOST = 1000
log = logging.getLogger(__name__)


def remembered(path: Path, image: str | None) -> Choices:
    """Return what the user said of an image of a file; nothing where that is not known."""
    found = _load().get(_key(path, image))
    if not isinstance(found, dict) or found.get("file") != _file(path):
        return Choices()
    try:
        return parse_fragment(str(found.get("says", "")))[1]
    except SatstudioError:
        return Choices()


def remember(path: Path, image: str | None, choices: Choices) -> None:
    """Keep what the user said; nothing said is forgotten. A folder that forbids it is no error."""
    known = _load()
    had = known.pop(_key(path, image), None)
    if choices:
        known[_key(path, image)] = {"file": _file(path), "says": choices.text}
    elif had is None:
        return
    kept = dict(list(known.items())[-MOST:])
    try:
        write_text(_store(), json.dumps(kept, indent=1) + "\n")
    except (SatstudioError, OSError) as error:
        log.warning("What was said of %s is not kept: %s", path.name, error)


def _store() -> Path:
    return state_folder() / "scenes.json"


def _load() -> dict[str, Any]:
    try:
        found = json.loads(_store().read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(path: Path, image: str | None) -> str:
    return Address(str(path), image).text


def _file(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}|{status.st_mtime_ns}"
