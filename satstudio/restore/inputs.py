"""open_inputs: the images that a model takes, by role, each frame on the first one's ground."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from satstudio.core.errors import GridMismatchError, InputError, ModelError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.port import DTYPE_WORDS, BoundPort
from satstudio.core.raster import Mask, Pixels
from satstudio.core.scaling import Scaling
from satstudio.pixels.phasor import interleave
from satstudio.pixels.scaling import scaled, scaled_into
from satstudio.restore.blocks import BlockReader, Samples
from satstudio.restore.centring import Centre
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.quantities import Exchange, check_quantity
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.geometry.align import aligned, meets
from satstudio.scenes.geometry.rescaled import scaled_grid, scaled_window
from satstudio.scenes.scene import Scene, open_scene

STRIP_ROWS = 64
"""Scaling takes several times the memory of what it scales."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of a port: which bands of which scene."""

    scene: Scene
    bands: tuple[int, ...]


class InputImages:
    """All frames of one port, read together, in the network's numbers.

    Attributes
    ----------
    port : of the card
    frames : in their order; none where masks follow from the port that they are of
    """

    def __init__(self, port: BoundPort, frames: Sequence[Frame]) -> None:
        self.port = port
        self._scaling = port.scaling
        self.frames = tuple(frames)
        self._readers = [BlockReader(frame.scene, frame.bands) for frame in frames]
        self._exchanges = [Exchange(port.quantity, frame.scene) for frame in frames]

    @property
    def bands_read(self) -> float:
        """Bands of all frames, counted for one pixel of the first port."""
        each = sum(len(frame.bands) * (1 + frame.scene.is_complex) for frame in self.frames)
        return each * float(self.port.scale) ** 2

    def window(self, window: Window) -> Window:
        """Return what a window of the first port's pixels is in this one's."""
        return scaled_window(window, self.port.scale)

    def shape(self, side_px: int) -> tuple[int, ...]:
        """Return the shape of what the network is fed of a tile of the first port's pixels."""
        port, side = self.port, int(side_px * self.port.scale)
        frames = () if port.frames == (1, 1) else (max(len(self.frames), port.frames[0]),)
        return (1, *frames, (port.band_count or 1) * (1 + port.is_complex), side, side)

    def rescale(self, scaling: Scaling) -> None:
        """Take another scaling than the port's, one whose gain was fitted on the scene."""
        self._scaling = scaling

    def read(self, window: Window, first: Samples | None = None) -> list[Samples]:
        """Read a window of the first port's pixels from every frame.

        Parameters
        ----------
        first : what was read of the first frame already
        """
        there = self.window(window)
        known = [] if first is None else [first]
        return known + [reader.read(there) for reader in self._readers[len(known) :]]

    def numbers(self, samples: Sequence[Samples], window: Window, centre: Centre | None) -> Pixels:
        """Return (1, channels, rows, cols), or (1, frames, channels, rows, cols), float32.

        Parameters
        ----------
        window : of the first port's pixels, that the samples are of
        centre : takes the scene's own carrier out
        """
        if not samples:
            return self._zeros(window)
        channels = len(samples[0].values) * (1 + self.port.is_complex)
        shape = (1, len(samples), channels, *samples[0].values.shape[1:])
        images = np.empty(shape, np.float32)
        for number, each in enumerate(samples):
            values = self._exchanges[number].taken(self._readers[number].filled(each))
            if centre is not None:
                values = centre.removed(values, window)
            self._scale(values, images[:, number])
        return images[:, 0] if self.port.frames == (1, 1) else images

    def masks(self, good: Sequence[Mask], window: Window) -> Pixels:
        """Return masks (rows, cols) of the frames as the network takes them: 1 is valid."""
        if not good:
            return self._zeros(window)
        planes = [np.repeat(mask[None, None], self.port.band_count or 1, axis=1) for mask in good]
        images = [plane.astype(np.float32) for plane in planes]
        return images[0] if self.port.frames == (1, 1) else np.stack(images, axis=1)

    def _zeros(self, window: Window) -> Pixels:
        """Return what stands for images that were not given."""
        there, port = self.window(window), self.port
        frames = () if port.frames == (1, 1) else (port.frames[0],)
        channels = (port.band_count or 1) * (1 + port.is_complex)
        return np.zeros((1, *frames, channels, there.rows, there.cols), np.float32)

    def _scale(self, values: Pixels, into: Pixels) -> None:
        """Put values (bands, rows, cols), in the network's numbers, into (1, channels, ...)."""
        if self._scaling is None:
            into[0] = values != 0
            return
        for row in range(0, values.shape[1], STRIP_ROWS):
            rows = slice(row, row + STRIP_ROWS)
            if self.port.is_complex:
                into[:, :, rows] = interleave(scaled(values[:, rows], self._scaling)[None])
            else:
                scaled_into(values[:, rows], self._scaling, into[0, :, rows])


def open_inputs(
    card: ModelCard, name: str, scene: Scene, recipe: RestoreRecipe, stack: ExitStack
) -> tuple[InputImages, ...]:
    """Open what a card takes: `scene` for its first input, the recipe's images for the others.

    Parameters
    ----------
    name : of the model, for messages
    stack : closes what is opened here

    Raises
    ------
    ModelError
        If an image is missing, or is not what its port says.
    GridMismatchError
        If one does not lie on the first one's ground and nobody asked to align it.
    """
    roles = [port.role for port in card.inputs]
    unknown = next((role for role in recipe.inputs if role not in roles), None)
    if unknown is not None:
        raise ModelError(f"{name} has no input '{unknown}'; it takes {', '.join(roles)}.")
    opened = []
    for port in card.inputs:
        scenes = [scene] if port is card.inputs[0] else []
        for address in recipe.inputs.get(port.role, ()):
            scenes.append(open_scene(address))
            stack.callback(scenes[-1].close)
        if not scenes and not (port.mask_of or port.optional):
            raise ModelError(
                f"{name} takes {', '.join(roles)}; give '{port.role}' too "
                f"(--input {port.role}=PATH)."
            )
        bands = recipe.bands if port is card.inputs[0] else None
        told = name if port is card.inputs[0] else f"{name}, as '{port.role}',"
        frames = [frame for each in scenes for frame in frames_of(each, port, bands, told)]
        _check_count(port, frames, name)
        placed = _placed(
            frames, scaled_grid(scene.grid, port.scale), scene, is_aligned=recipe.align
        )
        opened.append(InputImages(port, list(placed)))
    return tuple(opened)


def frames_of(
    scene: Scene, port: BoundPort, bands: Sequence[int] | None, name: str
) -> Iterator[Frame]:
    """Yield the frames that a scene holds: the scenes of a stack, else groups of its bands."""
    parts: Sequence[Scene] = getattr(scene.source, "scenes", ()) if port.frames != (1, 1) else ()
    for part in parts or (scene,):
        _check_kind(part, port, name)
        chosen = _chosen(part, port, bands)
        count = port.band_count or 1
        if len(chosen) % count or (port.frames == (1, 1) and len(chosen) != count):
            raise ModelError(
                f"{name} takes {count} band(s); {len(chosen)} of {part.name} are chosen: name its "
                "bands, or take another model or image."
            )
        for first in range(0, len(chosen), count):
            yield Frame(part, chosen[first : first + count])


def _chosen(scene: Scene, port: BoundPort, bands: Sequence[int] | None) -> tuple[int, ...]:
    """Return the bands that the user named, else those that the port names, else all."""
    every = range(len(scene.bands))
    if bands is not None:
        if max(bands) not in every:
            raise InputError(
                f"{scene.name} has bands 0 to {len(scene.bands) - 1}, not {max(bands)}."
            )
        return tuple(bands)
    names = port.bands if isinstance(port.bands, tuple) else ()
    if names and len(names) != len(every) and set(names) <= set(scene.bands):
        return tuple(scene.bands.index(name) for name in names)
    return tuple(every)


def _check_kind(scene: Scene, port: BoundPort, name: str) -> None:
    if port.dtype != "bool" and port.is_complex != scene.is_complex:
        wanted = DTYPE_WORDS[port.dtype]
        raise ModelError(f"{name} takes {wanted}; {scene.name} has {scene.dtype}.")
    if port.dtype == "bool" and scene.is_complex:
        raise ModelError(f"{name} takes a mask as '{port.role}'; {scene.name} is complex.")
    check_quantity(port.quantity, name, scene)


def _check_count(port: BoundPort, frames: Sequence[Frame], name: str) -> None:
    least, most = port.frames
    if not frames and (port.mask_of or port.optional):
        return
    if len(frames) < least or (most is not None and len(frames) > most):
        wanted = f"{least}" if least == most else f"{least} to {most or 'any number'}"
        raise ModelError(f"{name} takes {wanted} images as '{port.role}', not {len(frames)}.")


def _placed(
    frames: Sequence[Frame], grid: GeoGrid, first: Scene, *, is_aligned: bool
) -> Iterator[Frame]:
    """Yield frames that lie on a grid, brought there where the user agreed."""
    for frame in frames:
        scene = frame.scene
        apart = apart_of(scene.grid, grid)
        if not apart or scene is first:
            yield frame
        elif not meets(scene.grid, grid):
            raise GridMismatchError(no_ground(scene, first))
        elif is_aligned:
            yield Frame(aligned(scene, grid), frame.bands)
        else:
            raise GridMismatchError(
                f"{scene.name} does not lie on {first.name}: {apart}; let it be aligned (Align "
                "images on the Restore page, --align of the command)."
            )


def no_ground(scene: Scene, first: Scene) -> str:
    """Return what is said of an image that was taken elsewhere."""
    return f"{scene.name} shows nothing of the ground of {first.name}; choose another image."


def apart_of(grid: GeoGrid, wanted: GeoGrid) -> str:
    """Return why a grid is not the one wanted; a side that was rounded otherwise is the same."""
    size, other = grid.size, wanted.size
    is_near = abs(size.rows - other.rows) <= 1 and abs(size.cols - other.cols) <= 1
    is_located = grid.is_located and wanted.is_located
    return wanted.apart(replace(grid, size=other) if is_near and is_located else grid)


def on_grid(mask: Mask, ratio: Fraction, first: Window, wanted: Window) -> Mask:
    """Return a mask at other pixels: of each wanted one, that in which its centre lies.

    Parameters
    ----------
    mask : (rows, cols) of the window `first`
    ratio : pixels of the mask for one of the wanted grid
    wanted : window of that grid
    """
    inside = wanted.moved(-first.row, -first.col)
    if ratio == 1 and inside.is_inside(Size(*mask.shape)):
        return mask[inside.slices]
    rows = _nearest(wanted.row, wanted.rows, ratio, first.row, first.rows)
    cols = _nearest(wanted.col, wanted.cols, ratio, first.col, first.cols)
    found: Mask = mask[rows[:, None], cols]
    return found


def _nearest(
    start: int, count: int, ratio: Fraction, first: int, length: int
) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    doubled = 2 * np.arange(start, start + count, dtype=np.int64) + 1
    places = doubled * ratio.numerator // (2 * ratio.denominator) - first
    return np.clip(places, 0, length - 1).astype(np.intp)
