"""check_invented, invented_layout, invented_pixels: the mask of what a model made up."""

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.raster import Mask, Pixels
from satstudio.restore.engines import Engine
from satstudio.restore.points_mask import mask_layout, mask_pixels
from satstudio.scenes.write import Layout

BAND = "invented"
CLASSES = "0 some image shows it, 1 invented: no image shows it clearly"


def check_invented(engine: Engine) -> None:
    """Raise InputError where a model gives no value that no image shows."""
    if engine.invented is None:
        raise InputError(
            f"{engine.name} gives no values where no image shows the ground: there is nothing that "
            "it invents. Leave out the mask of what is invented (--invented-mask)."
        )


def invented_layout(of_result: Layout) -> Layout:
    """Return the file of the mask: classes on the result's grid, with the result's history."""
    return mask_layout(of_result, BAND, CLASSES)


def invented_pixels(engine: Engine, window: Window, valid: Mask) -> Pixels:
    """Return (1, rows, cols) uint8 of a window of the scene: 1 invented, 0 seen, 255 no data.

    Parameters
    ----------
    valid : (rows, cols) on the result's grid, where it has data
    """
    if engine.invented is None:
        raise InputError(f"{engine.name} invents nothing.")
    return mask_pixels(engine.invented(window), valid)
