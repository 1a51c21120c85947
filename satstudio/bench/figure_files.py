"""FigureTable, write_figures: figures of a comparison as TSV, CSV or strict JSON."""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.bench.figures import FigureRow
from satstudio.core.errors import InputError
from satstudio.core.files.replacing import write_text
from satstudio.metrics.score import METRICS

FORMAT = 1
ENDINGS = (".csv", ".json")
COLUMNS = (
    "scene", "figure", "value", "unit", "better", "n", "data_range", "mask", "window", "area",
    "metric", "definition", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Figures with all that they need to be understood.

    Attributes
    ----------
    reference : name of the scene that the others are compared with
    window : ROW,COL,ROWS,COLS of the pixels that they are of
    rows : scene -> its figures
    area : name of the window; empty where it has none
    others : tables of other areas of the same scenes, which follow in files
    """

    reference: str
    window: str
    rows: Mapping[str, Sequence[FigureRow]]
    area: str = ""
    others: tuple["FigureTable", ...] = ()

    def records(self) -> list[dict[str, Any]]:
        """Return one record a figure, under `COLUMNS`; None for what is not a finite number."""
        return [record for record, _ in self._records()]

    def as_text(self, separator: str = "\t") -> str:
        """Return lines of text with a head, for spreadsheets.

        A value that is no finite number is inf, -inf, or the words that the window shows.
        """
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
        writer.writerow(COLUMNS)
        for record, row in self._records():
            values = {**record, "value": _text(row)}
            writer.writerow(["" if values[name] is None else values[name] for name in COLUMNS])
        return stream.getvalue()

    def as_json(self) -> str:
        """Return strict JSON: no NaN, no infinity."""
        document = {
            "format": FORMAT,
            "kind": "comparison",
            "reference": self.reference,
            "window": self.window,
            "figures": self.records(),
        }
        return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def _records(self) -> Iterator[tuple[dict[str, Any], FigureRow]]:
        for scene, rows in self.rows.items():
            yield from ((self._record(scene, row), row) for row in rows)
        for table in self.others:
            yield from table._records()

    def _record(self, scene: str, row: FigureRow) -> dict[str, Any]:
        one = row.score
        masks = METRICS[row.metric].masks
        return {
            "scene": scene,
            "figure": row.label,
            "value": row.value if math.isfinite(row.value) else None,
            "unit": row.unit,
            "better": one.better,
            "n": one.n,
            "data_range": one.data_range,
            "mask": "; ".join(filter(None, ("pixels with data in both scenes", masks))),
            "window": self.window,
            "area": self.area,
            "metric": row.metric,
            "definition": one.definition,
            "note": one.note or ("" if math.isfinite(row.value) else _text(row)),
        }


def write_figures(table: FigureTable, out: Path, *, overwrite: bool = False) -> Path:
    """Write figures as CSV or JSON, by the ending of the name.

    Raises
    ------
    InputError
        If the name ends otherwise.
    """
    if out.suffix.lower() not in ENDINGS:
        raise InputError(f"{out.name}: figures are written as {' or '.join(ENDINGS)}.")
    text = table.as_json() if out.suffix.lower() == ".json" else table.as_text(",")
    return write_text(out, text, overwrite=overwrite)


def _text(row: FigureRow) -> str:
    return row.number if math.isnan(row.value) else repr(row.value)
