"""Azimuth times of the lines of a radar image, as tags that travel with crops of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from satstudio.core.grid import Window

FIRST, LAST = "FIRST_LINE_TIME", "LAST_LINE_TIME"
INTERVAL = "AZIMUTH_TIME_INTERVAL_S"
RUNS = "LINE_TIMES"
"""`ROW:TIME ROW:TIME ...`: from each of these rows on, lines follow each other by the interval."""

LINE_TAGS = (FIRST, LAST, INTERVAL, RUNS)
OF_SCENE = {"START_TIME": FIRST, "STOP_TIME": LAST}
"""Tags that say of the whole image what these say of its lines."""

Run = tuple[int, datetime]


def line_tags(runs: Sequence[Run], interval_s: float, rows: int) -> dict[str, str]:
    """Return the tags that say when each line was seen.

    Parameters
    ----------
    runs : row and time of the first line of each burst; of an image without bursts row 0 alone
    interval_s : between two lines of a burst
    rows : of the image
    """
    return {
        FIRST: _text(_time(runs, interval_s, 0)),
        LAST: _text(_time(runs, interval_s, rows - 1)),
        INTERVAL: repr(interval_s),
        RUNS: " ".join(f"{row}:{_text(time)}" for row, time in runs),
    }


def cropped_tags(tags: Mapping[str, str], window: Window) -> dict[str, str]:
    """Return the tags of a scene as they are of a window: its lines have times of their own.

    The start and stop of the product itself stay, as `PRODUCT_START_TIME` and `PRODUCT_STOP_TIME`.
    """
    try:
        interval_s, runs = float(tags[INTERVAL]), _runs(tags[RUNS])
    except (KeyError, ValueError):  # nothing is known of its lines, or not in this way
        return dict(tags)
    first = (window.row, _time(runs, interval_s, window.row))
    later = [run for run in runs if window.row < run[0] < window.end_row]
    moved = [(row - window.row, time) for row, time in (first, *later)]
    found = line_tags(moved, interval_s, window.rows)
    of_scene = {name: found[line] for name, line in OF_SCENE.items() if name in tags}
    of_product = {f"PRODUCT_{name}": tags[name] for name in of_scene}
    return {**of_product, **tags, **of_scene, **found}


def _runs(text: str) -> list[Run]:
    parts = [part.partition(":") for part in text.split()]
    return [(int(row), datetime.fromisoformat(time)) for row, _, time in parts]


def _time(runs: Sequence[Run], interval_s: float, row: int) -> datetime:
    """Return when a line was seen: counted from the burst that it lies in."""
    start, time = max((run for run in runs if run[0] <= row), default=runs[0])
    return time + timedelta(seconds=(row - start) * interval_s)


def _text(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")
