"""plain: any result of a job function as JSON values."""

from pathlib import Path

from pydantic import JsonValue, TypeAdapter

_ADAPTER: TypeAdapter[object] = TypeAdapter(object)


def plain(result: object) -> JsonValue:
    """Return a path as text, a recipe or dataclass as a table, lists and tables of these."""
    if isinstance(result, Path):
        return str(result)
    dumped: JsonValue = _ADAPTER.dump_python(result, mode="json")
    return dumped
