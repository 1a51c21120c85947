"""Masks beside a result, and that of a scene's points: where they are stronger than the ground."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.quantity import tag_of
from satstudio.core.raster import Mask, Pixels
from satstudio.restore.engines import Engine
from satstudio.scenes.scene import Scene
from satstudio.scenes.write import Layout

BAND = "points"
NODATA = 255
PALETTE = {0: (0, 0, 0, 255), 1: (255, 30, 170, 255), NODATA: (0, 0, 0, 0)}
"""Red, green, blue, alpha: without them other programs show 0 and 1 as the same black."""

CLASSES_TAG = "SATSTUDIO_CLASSES"
CLASSES = "0 ground, 1 point stronger than the ground around it"


def check_outs(out: Path, *masks: Path | None) -> tuple[Path, ...]:
    """Return the files to write; raises InputError where two have one name."""
    outs = [out]
    for mask in filter(None, masks):
        if mask.resolve() in (path.resolve() for path in outs):
            raise InputError(f"{mask.name} is written already; give the mask another name.")
        outs.append(mask)
    return tuple(outs)


def check_points(engine: Engine, scene: Scene) -> None:
    """Raise InputError where no points are looked for, with what to do about it."""
    if engine.points_mask is not None:
        return
    if not scene.is_complex:
        raise InputError(
            f"{scene.name} holds {scene.dtype} values; a mask of points needs complex samples."
        )
    raise InputError(
        f"{engine.name} restores {scene.name} without looking for points, so there is no mask of "
        "them: switch points on (--points), or save no mask."
    )


def mask_layout(of_result: Layout, band: str, classes: str) -> Layout:
    """Return the file of a mask: classes on the result's grid, with the result's history."""
    details = of_result.details
    tags = {**details.tags, "SATSTUDIO_QUANTITY": tag_of("class"), CLASSES_TAG: classes}
    nodata = None if details.has_mask else NODATA
    plain = replace(
        details,
        tags=tags,
        band_tags=(),
        scales=(),
        offsets=(),
        colours=("palette",),
        palette=PALETTE,
    )
    return Layout(of_result.grid, (band,), "uint8", nodata, plain, is_cog=of_result.is_cog)


def points_layout(of_result: Layout) -> Layout:
    """Return the file of the mask of the points."""
    return mask_layout(of_result, BAND, CLASSES)


def points_pixels(engine: Engine, window: Window, valid: Mask) -> Pixels:
    """Return (1, rows, cols) uint8 of a window of the scene: 1 points, 0 ground, 255 no data."""
    if engine.points_mask is None:
        raise InputError(f"{engine.name} looks for no points.")
    found = engine.points_mask(window)
    return mask_pixels(found, valid)


def mask_pixels(found: Mask, valid: Mask) -> Pixels:
    """Return (1, rows, cols) uint8: 1 where something was found, 0 elsewhere, 255 no data."""
    return np.where(valid, found, np.uint8(NODATA)).astype(np.uint8)[None]
