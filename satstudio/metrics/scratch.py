"""Arrays that a thread uses again: fresh memory costs more than the arithmetic done in it."""

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

_OWN = threading.local()


def scratch(use: str, shape: tuple[int, ...], dtype: type[np.floating[Any]]) -> npt.NDArray[Any]:
    """Return this thread's array for a use, with any content; the last shape is kept."""
    kept: dict[str, npt.NDArray[Any]] = _OWN.__dict__.setdefault("arrays", {})
    found = kept.get(use)
    if found is None or found.shape != shape or found.dtype != dtype:
        found = kept[use] = np.empty(shape, dtype)
    return found
