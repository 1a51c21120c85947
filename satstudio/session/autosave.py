"""save_session, restore_session: the session as JSON, kept in the state folder between starts."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from satstudio.core.files.json_text import parse_json, strict_json
from satstudio.core.files.replacing import write_text
from satstudio.core.grid import Window
from satstudio.core.paths import state_folder
from satstudio.core.version import VERSION
from satstudio.scenes.scene import STACK
from satstudio.session.session import Layer, Region, Session
from satstudio.session.viewport import Viewport

FORMAT = 1
COMPARISON = "compare"
"""Where the comparison of older files goes: the name of its page."""

log = logging.getLogger(__name__)
_ADAPTER: TypeAdapter[Session] = TypeAdapter(Session)
_LAYER: TypeAdapter[Layer] = TypeAdapter(Layer)
_REGION: TypeAdapter[Region] = TypeAdapter(Region)
_VIEWPORT: TypeAdapter[Viewport] = TypeAdapter(Viewport)
_WINDOW: TypeAdapter[Window] = TypeAdapter(Window)


@dataclass(frozen=True, slots=True)
class Restored:
    """A session as far as it could be made again, and one sentence for each thing that is gone."""

    session: Session
    notes: tuple[str, ...] = ()


def autosave_file() -> Path:
    """Return the path of the last session."""
    return state_folder() / "session.json"


def save_session(session: Session, path: Path | None = None) -> Path:
    """Write a session as JSON, in one piece; to the state folder unless a path is given."""
    values = _ADAPTER.dump_python(session, mode="json")
    document = {"format": FORMAT, "version": VERSION, "session": values}
    return write_text(path or autosave_file(), strict_json(document) + "\n")


def restore_session(path: Path | None = None) -> Restored:
    """Read a session; what is gone or damaged is left out, with a note.

    Files are looked for, so not on the GUI thread where they may lie on a lost network drive.
    """
    file = path or autosave_file()
    if not file.is_file():
        return Restored(Session())
    try:
        values = _values(parse_json(file.read_text("utf-8")))
    except (OSError, ValueError) as error:
        log.warning("Session %s: %s", file, error)
        return Restored(Session(), (f"The session {file.name} is damaged and was left out.",))
    return _built(values)


def _values(document: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(document, dict) or not isinstance(document.get("session"), dict):
        raise ValueError("no session in it")
    if document.get("format") != FORMAT:
        raise ValueError(f"format {document.get('format')} is of another version")
    values: dict[str, Any] = document["session"]
    return values


def _built(values: dict[str, Any]) -> Restored:
    notes: list[str] = []
    layers: list[Layer] = []
    active = -1
    for index, item in enumerate(_list(values.get("layers"))):
        layer = _checked(_LAYER, item, "A scene", notes)
        if layer is None:
            continue
        if not _is_there(layer.address):
            notes.append(f"{layer.address} is not there any more and was left out.")
            continue
        active = len(layers) if index == values.get("active") else active
        layers.append(layer)
    is_same = active >= 0
    kept = {
        "viewport": _optional(_VIEWPORT, values.get("viewport"), "The view", notes),
        "crop": _optional(_WINDOW, values.get("crop"), "The crop", notes),
    }
    regions = [
        region
        for item in _list(values.get("regions"))
        if (region := _checked(_REGION, item, "A region", notes)) is not None
    ]
    study = values.get("study")
    session = Session(
        layers=tuple(layers),
        active=active if is_same else len(layers) - 1,
        viewport=kept["viewport"] if is_same else None,
        crop=kept["crop"] if is_same else None,
        regions=tuple(regions),
        study=Path(study) if isinstance(study, str) and Path(study).is_dir() else None,
        page=str(values.get("page", "")),
        pages=_pages(values),
    )
    return Restored(session, tuple(notes))


def _pages(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what pages show; their state classes check it when it is asked for.

    Until version 1.0 only the comparison was kept, in two fields of its own.
    """
    found = values.get("pages")
    tables = found.items() if isinstance(found, dict) else ()
    pages = {name: table for name, table in tables if isinstance(table, dict)}
    old, mode = values.get("compare"), values.get("compare_mode")
    if isinstance(old, dict):
        pages.setdefault(COMPARISON, {**old, **({"mode": mode} if mode else {})})
    return pages


def _checked(
    adapter: TypeAdapter[Any],
    item: Any,  # noqa: ANN401 - whatever JSON holds
    what: str,
    notes: list[str],
) -> Any:  # noqa: ANN401 - what the adapter makes
    try:
        return adapter.validate_python(item)
    except ValidationError as error:
        log.warning("%s of the session: %s", what, error)
        notes.append(f"{what} of the last session is damaged and was left out.")
        return None


def _optional(
    adapter: TypeAdapter[Any],
    item: Any,  # noqa: ANN401 - as above
    what: str,
    notes: list[str],
) -> Any:  # noqa: ANN401 - as above
    return None if item is None else _checked(adapter, item, what, notes)


def _list(item: Any) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    return item if isinstance(item, list) else []


def _is_there(address: str) -> bool:
    if address.startswith(STACK):
        return all(_is_there(part) for part in address.removeprefix(STACK).split("|"))
    before = address.rpartition("#")[0]
    return Path(address).exists() or bool(before and Path(before).exists())
