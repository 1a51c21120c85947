"""PNG, grids and contact sheets from colours."""

from pathlib import Path

import numpy as np
from PIL import Image

from satstudio.core.files import replacing
from satstudio.render.compose import Picture


def save_png(colours: Picture, path: Path) -> Path:
    """Write colours (rows, cols, 4: B, G, R, A) as PNG, in one piece."""
    with replacing(path) as part:
        Image.fromarray(to_rgba(colours)).save(part, "PNG")
    return path


def to_rgba(colours: Picture) -> Picture:
    """Return R, G, B, A; alpha is 0 or 255 nearly everywhere, so premultiplied needs no change."""
    return np.ascontiguousarray(colours[..., [2, 1, 0, 3]])
