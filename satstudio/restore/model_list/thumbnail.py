"""model_thumbnail, model_thumbnails: what a model makes as a small picture, kept in the cache.

A generator: its first image. A model of complex samples: the middle of the sample scene, before and
after. Any other: a synthetic image in the network's own numbers, before and after.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import Cancelled, ModelError, SatstudioError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.grid import Window
from satstudio.core.paths import cache_folder, resources_folder
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.pixels.scaling import scaled
from satstudio.render.compose import Picture
from satstudio.render.picture import grid_picture, save_png
from satstudio.restore.foreign.trial_patch import EIGHT_BITS, made_image
from satstudio.restore.foreign.trial_pictures import small_picture
from satstudio.restore.generate.samples import generate
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.open_engine import check_fit
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster
from satstudio.scenes.scene import open_scene

SIDE_PX: Final = 128
SAMPLE: Final = "demo/sample_slc.tif"
Values = npt.NDArray[Any]


def thumbnail_file(model: Path) -> Path:
    """Return where the picture of a model lies, or will; another file has another picture."""
    return cache_folder() / "thumbnails" / f"{sha256_of(model)}.png"


def model_thumbnail(model: Path, progress: Progress) -> Path:
    """Return the picture of what a model makes; made where it is not in the cache.

    Raises
    ------
    ModelError
        If it is no model that can be run on its own.
    """
    out = thumbnail_file(model)
    if out.is_file():
        return out
    progress.report(0.1, f"Running {model.name}")
    pictures = _pictures(ModelFile.load(model), progress)
    progress.report(0.9, "Drawing")
    return save_png(grid_picture(pictures, len(pictures), pad=2), out)


def _pictures(net: ModelFile, progress: Progress) -> list[Picture]:
    card = net.card
    if card.takes == "noise":
        return [small_picture(generate(net, [0])[0][:, :SIDE_PX, :SIDE_PX])]
    check_fit(card, net.path.name)
    if card.takes == "image" and card.is_complex:
        return _of_sample(net, progress)
    return _of_synthetic(net)


def _of_sample(net: ModelFile, progress: Progress) -> list[Picture]:
    """Return the middle of the sample scene before and after, as moduli of its first band."""
    with closing(open_scene(resources_folder() / SAMPLE)) as scene:
        if net.card.bands_in > len(scene.bands):
            raise ModelError(
                f"{net.path.name} takes {net.card.bands_in} bands; the sample has one."
            )
        size = scene.grid.size
        rows, cols = min(size.rows, SIDE_PX), min(size.cols, SIDE_PX)
        window = Window((size.rows - rows) // 2, (size.cols - cols) // 2, rows, cols)
        before = np.abs(scene.read(window).pixels)
        tile = _one_tile(net, max(rows, cols))
        recipe = RestoreRecipe(window=window, tile_px=tile, power="off")  # no gain shows here
        made = restore_raster(scene, net.path, recipe, progress)
    after = np.abs(made.pixels) if made.is_complex else np.sqrt(np.maximum(made.pixels, 0))
    return [small_picture(before[:1]), small_picture(after[:1])]


def _one_tile(net: ModelFile, side: int) -> int | None:
    """Return a tile that just holds the picture, as a whole one may take half a minute."""
    card = net.card
    if net.inputs[card.first.role].shape[-1] is not None:
        return None
    unit = card.unit_px
    margin = -(-card.halo_px // unit) * unit
    return min(card.tile_px, -(-side // unit) * unit + 2 * margin)


def _of_synthetic(net: ModelFile) -> list[Picture]:
    """Return a synthetic image in the network's numbers, and the network's answer."""
    card = net.card
    node = net.inputs[card.first.role]
    side = node.shape[-1] or max(SIDE_PX // card.unit_px, 1) * card.unit_px
    fed = {port.role: _numbers(port, int(side * port.scale)) for port in card.inputs}
    before = fed[card.first.role].reshape(-1, *fed[card.first.role].shape[-2:])
    return [small_picture(before), small_picture(net.run(fed)[0])]


def _numbers(port: BoundPort, side: int) -> Values:
    """Return what a port is fed: (1, channels, side, side), of frames (1, frames, ...)."""
    channels = (port.band_count or 1) * (2 if port.is_complex else 1)
    image = made_image(channels, side)
    if port.scaling is None:
        numbers = np.ones_like(image)
    elif port.scaling.kind == "range":
        numbers = 2 * image / np.float32(EIGHT_BITS) - 1
    elif port.scaling.kind != "linear":
        numbers = scaled(image, port.scaling)
    elif port.scaling.offset == 0:
        numbers = image / np.float32(EIGHT_BITS)
    else:  # fitted to mean 0 and standard deviation 1
        numbers = (image - image.mean()) / image.std()
    made = numbers.astype(np.float32)[None]
    frames = port.frames[1] or port.frames[0]
    return made if port.frames == (1, 1) else np.repeat(made[:, None], frames, axis=1)


def model_thumbnails(models: Sequence[Path], progress: Progress) -> dict[str, str]:
    """Return the pictures of models by path; each is announced (`drawn`) as soon as it is there.

    A model that cannot be run on its own has none.
    """
    made: dict[str, str] = {}
    for model in progress.over(list(models), "Drawing what models make"):
        try:
            picture = model_thumbnail(model, Progress(is_stopped=lambda: progress.is_stopped))
        except (SatstudioError, OSError) as error:
            if isinstance(error, Cancelled):
                raise
            continue
        made[str(model)] = str(picture)
        progress.announce("drawn", model=str(model), picture=str(picture))
    return made
