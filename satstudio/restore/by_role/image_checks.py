"""Finding, input_findings: what the images of each role are, and how they fit, in sentences."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from satstudio.core.errors import SatstudioError
from satstudio.core.port import BoundPort
from satstudio.core.quantity import title_of
from satstudio.restore.inputs import Frame, apart_of, frames_of, no_ground
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.pixel_size import pixel_size_remark
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.geometry.align import meets
from satstudio.scenes.geometry.rescaled import scaled_grid
from satstudio.scenes.scene import Scene, open_scene

State = Literal["good", "remark", "bad"]
FAR_DAYS = 31
"""Images of other roles that were taken further away show another state of the ground."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence.

    Attributes
    ----------
    state : good; remark: worth knowing; bad: nothing can be restored so
    """

    state: State
    text: str


def input_findings(
    card: ModelCard, name: str, scene: Scene, recipe: RestoreRecipe, *, is_learned: bool = True
) -> tuple[Finding, ...]:
    """Look at every image that a model would be given; nothing is raised.

    Bands, kind of values and quantity, number of frames, ground and grid, pixel size, dates.

    Parameters
    ----------
    is_learned : a network, to which the order of images may mean time
    """
    found: list[Finding] = []
    with ExitStack() as stack:
        first, series = "", dict[str, list[str]]()
        for port in card.inputs:
            scenes = [scene] if port is card.inputs[0] else []
            try:
                for address in recipe.inputs.get(port.role, ()):
                    scenes.append(open_scene(address))
                    stack.callback(scenes[-1].close)
                told = f"{name}, as '{port.role}',"
                bands = recipe.bands if port is card.inputs[0] else None
                frames = [frame for one in scenes for frame in frames_of(one, port, bands, told)]
            except SatstudioError as error:
                found.append(Finding("bad", str(error)))
                continue
            found += _of_port(port, frames)
            found += _of_twice(port, frames)
            found += _of_grids(port, frames, scene, recipe)
            dates = series[port.role] = [_date(frame) for frame in frames]
            found += _of_dates(port, frames, dates, first)
            if is_learned and port.mask_of is None and dates != sorted(dates) and all(dates):
                text = f"{port.role}: dates do not rise; a model may take the order for time."
                found.append(Finding("remark", text))
            if port.mask_of is not None:
                found += _of_order(port, dates, series.get(port.mask_of, ()))
            first = first or next(iter(dates), "")
            found += [
                Finding("remark", text)
                for frame in frames
                if (text := pixel_size_remark(port, name, frame.scene))
            ]
    return tuple(found)


def _of_port(port: BoundPort, frames: Sequence[Frame]) -> Iterator[Finding]:
    """Say what is there of a role, and whether that is enough."""
    least, most = port.frames
    count = len(frames)
    if not count:
        if port.mask_of is not None:
            text = f"{port.role}: none is given; where '{port.mask_of}' has data counts as clear."
            yield Finding("good", text)
        elif port.optional:
            yield Finding("remark", f"{port.role}: none is given; it does without.")
        else:
            yield Finding("bad", f"{port.role}: choose an image.")
        return
    many = "1 image" if count == 1 else f"{count} images"
    if count < least or (most is not None and count > most):
        wanted = f"{least}" if least == most else f"{least} or more"
        if most is not None and least != most:
            wanted = f"{least} to {most}"
        yield Finding("bad", f"{port.role}: {many}, but {wanted} are needed.")
        return
    bands = len(frames[0].bands)
    said = title_of(frames[0].scene.quantity) if port.mask_of is None else "clear where not 0"
    each = " each" * (count > 1)
    yield Finding("good", f"{port.role}: {many}, {bands} band{'s' * (bands != 1)}{each}, {said}.")


def _of_twice(port: BoundPort, frames: Sequence[Frame]) -> Iterator[Finding]:
    """Say which image stands there twice."""
    images = [(frame.scene.address, frame.bands) for frame in frames]
    for frame in frames:
        if images.count((frame.scene.address, frame.bands)) > 1 and port.mask_of is None:
            text = f"{port.role}: {frame.scene.name} is given twice, and counts twice."
            yield Finding("remark", text)
            return


def _of_grids(
    port: BoundPort, frames: Sequence[Frame], scene: Scene, recipe: RestoreRecipe
) -> Iterator[Finding]:
    grid, others = scaled_grid(scene.grid, port.scale), []
    for frame in frames:
        apart = "" if frame.scene is scene else apart_of(frame.scene.grid, grid)
        if apart and not meets(frame.scene.grid, grid):
            yield Finding("bad", no_ground(frame.scene, scene))
        elif apart and recipe.align:
            text = f"{frame.scene.name} is resampled onto the grid of {scene.name}: {apart}."
            yield Finding("remark", text)
        elif apart:
            text = f"{frame.scene.name} does not lie on {scene.name}: {apart}; tick Align images."
            yield Finding("bad", text)
        elif frame.scene is not scene:
            others.append(frame)
    if others and not (scene.grid.is_located and others[0].scene.grid.is_located):
        text = f"{port.role}: images of one size; nobody says where on the ground they lie."
        yield Finding("remark", text)
    elif others and port.mask_of is None:
        yield Finding("good", f"{port.role}: on the ground and grid of {scene.name}.")


def _of_dates(
    port: BoundPort, frames: Sequence[Frame], dates: Sequence[str], first: str
) -> Iterator[Finding]:
    """Say when images were taken: of a series their dates, of others how far from the scene."""
    if port.mask_of is not None or not frames:
        return
    known = [date for date in dates if date]
    if port.frames != (1, 1):
        if len(known) < len(dates):
            text = f"{port.role}: {len(dates) - len(known)} of {len(dates)} images say no date."
            yield Finding("remark", text)
        elif len(set(known)) < len(known):
            yield Finding("remark", f"{port.role}: two images have one date ({known[0]}).")
        else:
            yield Finding("good", f"{port.role}: {', '.join(known)}.")
        return
    days = _days_between(first, known[0]) if known else None
    if days is not None:
        text = f"{port.role}: {known[0]}, {days} day{'s' * (days != 1)} from the scene."
        yield Finding("remark" if days > FAR_DAYS else "good", text)


def _of_order(port: BoundPort, dates: Sequence[str], images: Sequence[str]) -> Iterator[Finding]:
    """Say where masks are of other dates than the images whose place they have."""
    for number, (mask, image) in enumerate(zip(dates, images, strict=False), 1):
        if mask and image and mask != image:
            text = (
                f"{port.role} {number} is of {mask}, but image {number} of '{port.mask_of}' of "
                f"{image}: give the masks in the order of the images."
            )
            yield Finding("remark", text)
            return


def _date(frame: Frame) -> str:
    return (frame.scene.band_info[frame.bands[0]].date or "")[:10]


def _days_between(one: str, other: str) -> int | None:
    try:
        return abs((datetime.fromisoformat(one) - datetime.fromisoformat(other)).days)
    except ValueError:
        return None
