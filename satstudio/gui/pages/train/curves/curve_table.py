"""curve_table: the curves that are drawn as lines of comma-separated values, a step a line."""

import csv
import io
from collections.abc import Iterator

from satstudio.gui.pages.train.curves.curves import Curves


def curve_table(curves: Curves) -> str:
    """Return steps and values of the charts that are drawn; other runs in columns of their own.

    Columns are called by the keys of the log, those of other runs `NAME: KEY`. Values are as they
    were logged, whatever smoothing is drawn.
    """
    columns = {name: dict(zip(*points, strict=True)) for name, points in _columns(curves)}
    steps = sorted({step for column in columns.values() for step in column})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["step", *columns])
    for step in steps:
        writer.writerow([f"{step:.0f}", *(column.get(step, "") for column in columns.values())])
    return out.getvalue()


def _columns(curves: Curves) -> Iterator[tuple[str, tuple[list[float], list[float]]]]:
    keys = [curve.key for chart in curves.shown for curve in chart.curves]
    for key in keys:
        yield key, curves.points(key)
    for place, name in enumerate(curves.others.names):
        for key in keys:
            points = curves.others.points(place, key)
            if points[0]:
                yield f"{name}: {key}", points
