"""Published: a table of a paper, as printed; reports have it beside what was found here."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from satstudio.core.recipe import Recipe


class Published(Recipe):
    """Figures of a paper, never ours."""

    title: str = Field(title="Title", description="Which table, which figure, of which data")
    head: tuple[str, ...] = Field((), title="Names of the columns")
    rows: tuple[tuple[str, ...], ...] = Field(title="Cells")
    best: tuple[tuple[int, int], ...] = Field((), title="Row and column of cells in bold")


def published_tables(printed: Sequence[Published]) -> list[dict[str, Any]]:
    """Return them as tables of a report, named as published."""
    return [
        {**one.model_dump(mode="json"), "title": f"As published: {one.title}", "is_numeric": True}
        for one in printed
    ]
