"""page_state: what a page shows, read from the session's plain values and put back into them."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from satstudio.session.session import Session

T = TypeVar("T")
log = logging.getLogger(__name__)
_TOLD: set[str] = set()
"""Pages whose damaged state the log names already; it is read at each change."""

_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def page_state(session: Session, name: str, kind: type[T]) -> T:
    """Return what a page shows.

    Parameters
    ----------
    name : of the page
    kind : its frozen dataclass; made without arguments where the session says nothing, or where
        what it says is damaged or of another version
    """
    table = session.pages.get(name)
    if table is None:
        return kind()
    try:
        found: T = _adapter(kind).validate_python(table)
    except ValidationError as error:
        level = logging.DEBUG if name in _TOLD else logging.WARNING
        _TOLD.add(name)
        log.log(level, "State of the page %s: %s", name, error)
        return kind()
    return found


def with_page_state(session: Session, name: str, state: object) -> Session:
    """Return the session with what a page shows."""
    table = _adapter(type(state)).dump_python(state, mode="json")
    if not isinstance(table, Mapping):
        raise TypeError(f"the state of {name} is no dataclass")
    return replace(session, pages={**session.pages, name: table})


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
