"""Two sub-looks of a single-look complex scene: pairs of intensity without a second date."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from satstudio.core.errors import InputError, SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.patches.dataset import DATASETS, Contents, Dataset, Example, RoleContents, RoleImage
from satstudio.patches.manifest import INPUT, PatchSource, Split
from satstudio.patches.sources import scene_sha256
from satstudio.pixels.spectral.sublooks import sublooks
from satstudio.scenes.gdal.process import reader_kept
from satstudio.scenes.scene import Scene, open_scene

Power = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

MARGIN_PX = 32
"""Read around a patch and dropped: what is read counts as periodic."""


class SublooksRecipe(Recipe):
    """How a scene becomes pairs."""

    size_px: int = Field(128, ge=32, le=2048, title="Patch side (px)")
    validation_share: float = Field(
        0.1,
        ge=0,
        lt=1,
        title="Share kept for validation",
        description="Of the patches, the last ones: the end of the scene",
    )


def _open_sublooks(root: Path, options: SublooksRecipe, progress: Progress) -> Contents:
    with closing(_opened(root)) as scene:
        if not scene.is_complex:
            raise InputError(
                f"{root} holds real values; sub-looks are made of single-look complex samples."
            )
        windows = _windows(scene.grid.size, options.size_px)
        if len(windows) * len(scene.bands) < 2:
            raise InputError(
                f"{root} has {scene.grid.size.rows} x {scene.grid.size.cols} px; choose smaller "
                f"patches than {options.size_px} px, so that there are some."
            )
        source = PatchSource(
            address=scene.address,
            sha256=scene_sha256(scene, {}, progress),
            rows=scene.grid.size.rows,
            cols=scene.grid.size.cols,
            driver=scene.driver,
            spacing_m=scene.grid.spacing_m,
        )
        count = len(windows) * len(scene.bands)
    role = RoleContents(("power",), options.size_px, "unit_power", "power")
    return Contents(
        roles={INPUT: role, "target": role},
        sources=(source,),
        count=count,
        examples=_examples(root, windows, options),
    )


def _opened(root: Path) -> Scene:
    try:
        return open_scene(root)
    except SceneReadError as error:
        raise InputError(str(error)) from error


def _windows(size: Size, side: int) -> list[Window]:
    """Return patches side by side, from the top; what is left at the edges is not used."""
    return [
        Window(row, col, side, side)
        for row in range(0, size.rows - side + 1, side)
        for col in range(0, size.cols - side + 1, side)
    ]


def _examples(root: Path, windows: list[Window], options: SublooksRecipe) -> Iterator[Example]:
    kept = round(options.validation_share * len(windows))
    with reader_kept(), closing(open_scene(root)) as scene:
        for number, window in enumerate(windows):
            split: Split = "train" if number < len(windows) - kept else "validation"
            place = (window.row, window.col, window.rows, window.cols)
            for band in range(len(scene.bands)):
                first, second, valid = _looks(scene, window, band)
                images = {
                    INPUT: RoleImage(first[None], 0, place, valid),
                    "target": RoleImage(second[None], 0, place, valid),
                }
                yield Example(split, images)


def _looks(scene: Scene, window: Window, band: int) -> tuple[Power, Power, Flags]:
    """Return both looks of a window, and where it has data."""
    size = scene.grid.size
    top, left = max(window.row - MARGIN_PX, 0), max(window.col - MARGIN_PX, 0)
    bottom = min(window.end_row + MARGIN_PX, size.rows)
    right = min(window.end_col + MARGIN_PX, size.cols)
    raster = scene.read(Window(top, left, bottom - top, right - left), bands=[band])
    valid = raster.valid & np.isfinite(raster.pixels[0])
    inner = np.s_[window.row - top :, window.col - left :]
    cut = np.s_[: window.rows, : window.cols]
    first, second = (look[inner][cut] for look in sublooks(np.where(valid, raster.pixels[0], 0)))
    return first, second, valid[inner][cut]


DATASETS.add(
    "sublooks",
    Dataset(
        title="Sub-looks of a single-look complex scene",
        layout="a single-look complex scene; rows along azimuth",
        options=SublooksRecipe,
        open=_open_sublooks,
    ),
)
