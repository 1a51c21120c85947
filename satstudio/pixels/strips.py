"""in_strips: a filter over strips of rows, which stay in the cache, on several cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
STRIP_ROWS = 64


def in_strips(
    function: Callable[[Pixels, Mask], Floats],
    power: Pixels,
    good: Mask,
    reach_px: int,
    threads: int = 1,
    strip_rows: int = STRIP_ROWS,
) -> Floats:
    """Return what `function` makes of the whole image, strip by strip.

    Parameters
    ----------
    function : of pixels and where they count, both (..., rows, cols); it mirrors the image beyond
        its edges without repeating the edge pixel, and lets go of Python's lock
    reach_px : how far a pixel's answer depends on others
    threads : strips at work at once
    strip_rows : rows of a strip; more where much is read around it
    """
    rows = power.shape[-2]
    if rows <= strip_rows:
        return function(power, good)
    margins = [(0, 0)] * (power.ndim - 2) + [(reach_px, reach_px), (0, 0)]
    padded, known = (np.pad(image, margins, mode="reflect") for image in (power, good))
    made = np.empty(power.shape, np.float32)

    def strip(row: int) -> None:
        end = min(row + strip_rows, rows)
        part = np.s_[..., row : end + 2 * reach_px, :]
        answer = function(padded[part], known[part])
        made[..., row:end, :] = answer[..., reach_px : reach_px + end - row, :]

    starts = range(0, rows, strip_rows)
    if threads == 1:
        for row in starts:
            strip(row)
        return made
    with ThreadPoolExecutor(threads, "strips") as pool:
        for done in [pool.submit(partial(strip, row)) for row in starts]:
            done.result()
    return made
