"""probe: what a network does to sizes and how far it looks, measured by running it.

The halo is the radius within which the answer changes when one pixel does (the receptive field,
Luo et al. 2016, measured), then checked and widened until two overlapping tiles of a real patch
agree inside it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from satstudio.core.errors import ModelError
from satstudio.core.progress import Progress
from satstudio.restore.foreign.foreign_graph import ForeignGraph, Image

SIDES: Final = (128, 112, 120, 96, 256, 64, 32)
"""Tiles that are tried, the usual one first; 112 is a multiple of 14, 120 of 3 and 5."""

MOST_SIDE: Final = 512
MULTIPLES: Final = (1, 2, 3, 4, 6, 7, 8, 12, 14, 16, 24, 28, 32, 48, 56, 64)
SAME: Final = 1e-5
"""Tiles agree where they differ by less, for the largest answer."""

PATIENCE_S: Final = 60.0
RUNS: Final = 10
"""A larger tile is tried only where so many runs of it take at most so long."""

SEED: Final = 7
SHIFTS: Final = ((0, 0), (1, 3), (6, 5))
"""Where the pixel that changes lies from the middle: strides see some more than others."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Sizes are pixels of the input.

    Attributes
    ----------
    side : of the tiles that it was tried with
    ratio : pixels of the answer for one of the input
    crop : pixels of the input that each side of the answer lacks
    halo : None: the answer looks over the whole tile
    seam : of two overlapping tiles, for the largest answer
    """

    side: int
    ratio: Fraction
    crop: int
    bands: int
    seconds: float
    halo: int | None = None
    multiple: int = 1
    seam: float = 0.0


def patch_side(side_px: int | None) -> int:
    """Return how large an image must be that a network of tiles of this side is tried on."""
    side = max(side_px or 0, MOST_SIDE)
    return side + side // 4


def probe(net: ForeignGraph, image: Image, progress: Progress) -> Probe:
    """Measure a network.

    Parameters
    ----------
    image : (bands, rows, cols) of at least `patch_side` px a side, in the network's numbers

    Raises
    ------
    ModelError
        If it takes no tile of any size that is tried, or its answer is no image of the same place.
    """
    progress.report(0.0, "Trying sizes")
    found = _sized(net, image)
    most = found.side if net.ends.side_px else MOST_SIDE
    while True:
        progress.report(0.2, "Measuring how far it looks")
        halo = _radius(net, image, found, progress)
        if halo is not None or not _may_grow(found, most):
            break
        found = _grown(found)
    progress.report(0.5, "Trying multiples")
    return _agreeing(net, image, replace(found, halo=halo), most, progress.part(0.5, 1.0))


# ------------------------------------------------------------------------------- sizes


def _sized(net: ForeignGraph, image: Image) -> Probe:
    """Return the first tile that runs, and how the answer's size follows from the tile's."""
    only = net.ends.side_px
    problem: ModelError | None = None
    for side in (only,) if only else SIDES:
        try:
            started = time.perf_counter()
            made = net.run(image[:, :side, :side])
        except ModelError as error:
            problem = problem or error
            continue
        seconds = time.perf_counter() - started
        if made.shape[1] != made.shape[2]:
            rows, cols = made.shape[1:]
            raise ModelError(f"{net.path.name} gives {rows} x {cols} px of {side} px tiles.")
        ratio, crop = _ratio(net, image, side, made.shape[1])
        return Probe(side, ratio, crop, made.shape[0], seconds)
    raise problem or ModelError(f"{net.path.name} takes no tile.")


def _ratio(net: ForeignGraph, image: Image, side: int, made: int) -> tuple[Fraction, int]:
    """Return pixels out for one in, and what the answer lacks on each side."""
    if net.ends.side_px is None:
        other = net.run(image[:, : side + side // 2, : side + side // 2]).shape[1]
        ratio = Fraction(other - made, side // 2)
    else:
        ratio = _fixed_ratio(net, image, side, made)
    if ratio <= 0 or ratio.denominator > 16:
        raise ModelError(
            f"{net.path.name} gives {made} px of {side} px tiles: no image of the same place."
        )
    lost = (side * ratio - made) / (2 * ratio)
    if lost < 0 or lost.denominator != 1:
        raise ModelError(
            f"{net.path.name} gives {made} px of {side} px tiles: {float(2 * lost):g} px are "
            "missing, which cannot be the same number on both sides."
        )
    return ratio, int(lost)


def _fixed_ratio(net: ForeignGraph, image: Image, side: int, made: int) -> Fraction:
    """Return the scale of a network of one size: by how much a change moves in the answer."""
    whole = Fraction(made, side)
    apart = side // 8
    if made >= side or apart == 0:
        return whole
    plain = net.run(image[:, :side, :side])
    places = []
    for place in (side // 2 - apart, side // 2 + apart):
        change = np.abs(net.run(_changed(image[:, :side, :side], place, place)) - plain).sum(axis=0)
        if not change.any():
            return whole
        places.append(float((change.sum(axis=1) @ np.arange(made)) / change.sum()))
    moved = (places[1] - places[0]) / (2 * apart)
    return Fraction(1) if abs(moved - 1) < abs(moved - float(whole)) else whole


# --------------------------------------------------------------------------- how far it looks


def _changed(tile: Image, row: int, col: int) -> Image:
    """Return a tile with one pixel moved far to the other side of its range."""
    low, high = tile.min(axis=(1, 2)), tile.max(axis=(1, 2))
    changed = tile.copy()
    middle = (low + high) / 2
    reach = np.maximum(high - low, 1e-3)
    changed[:, row, col] += np.where(changed[:, row, col] < middle, reach, -reach)
    return changed


def _may_grow(found: Probe, most: int) -> bool:
    """Tell whether tiles of twice the side can be tried, and in the time that anyone waits."""
    return 2 * found.side <= most and RUNS * 4 * found.seconds <= PATIENCE_S


def _grown(found: Probe) -> Probe:
    return replace(found, side=2 * found.side, seconds=4 * found.seconds)


def _radius(net: ForeignGraph, image: Image, found: Probe, progress: Progress) -> int | None:
    """Return how far from a pixel the answer changes with it; None where that is everywhere."""
    tile = image[:, : found.side, : found.side]
    radius = found.crop
    for seen in (tile, _noise_like(tile)):
        progress.check()
        one = _radius_on(net, seen, found)
        if one is None:
            return None
        radius = max(radius, one)
    return radius


def _noise_like(tile: Image) -> Image:
    """Return white noise in the range of a tile: it opens paths that a smooth image leaves shut."""
    low, high = (np.asarray(each)[:, None, None] for each in (tile.min((1, 2)), tile.max((1, 2))))
    drawn = np.random.default_rng(SEED).random(tile.shape, np.float32)
    noise: Image = (low + (high - low) * drawn).astype(np.float32)
    return noise


def _radius_on(net: ForeignGraph, tile: Image, found: Probe) -> int | None:
    plain = net.run(tile)
    least = SAME / 100 * max(float(np.abs(plain).max()), 1e-30)
    radius = 0
    for shift in SHIFTS:
        row, col = (found.side // 2 + min(each, found.side // 4) for each in shift)
        change = np.abs(net.run(_changed(tile, row, col)) - plain).max(axis=0) > least
        for axis, place in ((1, row), (0, col)):
            touched = np.flatnonzero(change.any(axis=axis))
            if not touched.size:
                continue
            first = Fraction(int(touched[0]), 1) / found.ratio + found.crop
            last = Fraction(int(touched[-1]) + 1, 1) / found.ratio + found.crop
            if touched[0] == 0 or touched[-1] == change.shape[0] - 1:
                return None
            radius = max(radius, place - int(first), -int(-last // 1) - 1 - place)
    return radius


# ---------------------------------------------------------------------------------- multiples


def _agreeing(
    net: ForeignGraph, image: Image, found: Probe, most: int, progress: Progress
) -> Probe:
    """Return the probe with a multiple and a halo with which overlapping tiles agree."""
    best: Probe | None = None
    for number, multiple in enumerate(_usable(found)):
        progress.report(number / len(MULTIPLES), f"Trying tiles at multiples of {multiple} px")
        if not _fits(net, image, found, multiple):
            continue
        halo = found.side // 4 if found.halo is None else found.halo
        seam = _seam(net, image, found, _step(found, multiple), halo)
        if best is None or seam < best.seam:
            best = replace(found, multiple=multiple, seam=seam)
        if seam <= SAME or found.halo is None:
            break
    if best is None:
        raise ModelError(
            f"{net.path.name} takes tiles of {found.side} px, but none that is an odd multiple of "
            f"up to {MULTIPLES[-1]} px."
        )
    if found.halo is None or best.seam <= SAME:
        return best
    return _widened(net, image, best, most, progress)


def _widened(net: ForeignGraph, image: Image, best: Probe, most: int, progress: Progress) -> Probe:
    """Return the probe with a halo that is wide enough; with none where no halo is."""
    halo = best.halo or 0
    while best.seam > SAME:
        progress.check()
        halo = halo + max(halo // 2, 4)
        if 3 * halo >= best.side:
            if not _may_grow(best, most):
                return replace(best, halo=None)
            best = _grown(best)
        seam = _seam(net, image, best, _step(best, best.multiple), halo)
        best = replace(best, halo=halo, seam=seam)
    return best


def _usable(found: Probe) -> Iterator[int]:
    for multiple in MULTIPLES:
        if (multiple * found.ratio).denominator == 1 and multiple <= max(found.side // 2, 1):
            yield multiple


def _fits(net: ForeignGraph, image: Image, found: Probe, multiple: int) -> bool:
    """Tell whether it takes a tile whose side is an odd multiple, and answers with that size."""
    if net.ends.side_px is not None:
        return found.side % multiple == 0
    count = found.side // multiple
    side = multiple * (count - (count % 2 == 0))
    try:
        made = net.run(image[:, :side, :side])
    except ModelError:
        return False
    wanted = (side - 2 * found.crop) * found.ratio
    return made.shape[1:] == (wanted, wanted)


def _step(found: Probe, multiple: int) -> int:
    """Return how far apart two tiles lie: an odd multiple, about an eighth of a side."""
    count = max(found.side // 8 // multiple, 1)
    return multiple * (count - (count % 2 == 0 and count > 1))


def _seam(net: ForeignGraph, image: Image, found: Probe, step: int, halo: int) -> float:
    """Return how far two tiles, one `step` on, differ where neither sees its edge."""
    side, ratio = found.side, found.ratio
    first = net.run(image[:, :side, :side])
    second = net.run(image[:, step : step + side, step : step + side])
    inner = max(halo - found.crop, 0)
    edge, moved = -int(-inner * ratio // 1), int(step * ratio)
    last = first.shape[1] - edge
    if moved + edge >= last:
        return float("inf")
    ours = first[:, moved + edge : last, moved + edge : last]
    theirs = second[:, edge : last - moved, edge : last - moved]
    largest = max(float(np.abs(first).max()), 1e-30)
    return float(np.abs(ours - theirs).max()) / largest
