"""check_parity: an exported model answers as torch does, on all that a scene can hold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import CheckFailedError
from satstudio.core.port import BoundPort
from satstudio.learn.method import Exportable, Values
from satstudio.pixels.noise import complex_normal, real_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import ModelFile

LARGEST_ERROR = 1e-4
"""Largest difference from torch, in the network's numbers (which are about 1)."""

BATCHES = (1, 3)
MORE_FRAMES = 5
"""Of an input of any number of frames an example has up to so many more than the least."""

SEED = 20_000
HOLES_PX = (1, 2, 3, 4, 5, 7, 9, 17, 33, 65)
SCALES = (1e-6, 1e6)
BRIGHT = 100.0
"""Of an amplitude: 40 dB."""

FILLED = (1 + 1j) / 2**0.5
"""What gaps of complex samples are filled with before a network sees them: the typical power."""

EXAMPLE_PX = 128
"""Width of an example, unless 16 times what the network halves is less."""

SIDE_PX = 96
"""Of images with holes; rounded up to what the network takes."""


@dataclass(frozen=True, slots=True)
class Case:
    """What both are fed, and how large its numbers are.

    Attributes
    ----------
    name : for the sentence that says where they differ
    given : of each input: complex or real noise (n, dim), images (n, bands, rows, cols), of several
        frames (n, frames, bands, rows, cols); masks 0 or 1
    unit : size of typical numbers; differences are judged by it. Where the input is small, by the
        answer's own size up to 1: a bias stays what it is
    """

    name: str
    given: tuple[Values, ...]
    unit: float = 1.0


def check_parity(ready: Exportable, path: Path, name: str) -> None:
    """Compare a model file with torch on noise, zeros, holes, scales, bright points, empty bands.

    Parameters
    ----------
    name : of the file in the sentence of the error

    Raises
    ------
    CheckFailedError
        If an answer is not finite, or differs by more than 1e-4 of the input's unit and of itself.
    """
    net = ModelFile.load(path)
    for case in cases(ready, net.card):
        wanted, answer = ready.reference(*case.given), net.run(_named(net.card, case.given))
        found = deinterleave(answer) if np.iscomplexobj(wanted) else answer
        broken = int((~np.isfinite(found) | ~np.isfinite(wanted)).sum())
        if broken:
            raise CheckFailedError(
                f"{name} was not written: of {case.name} the exported model or torch makes "
                f"{broken} values that are not finite."
            )
        unit = max(case.unit, min(float(np.median(np.abs(wanted))), 1.0))
        error = (np.abs(found - wanted) / (unit + np.abs(wanted))).max()
        if not error <= LARGEST_ERROR:
            raise CheckFailedError(
                f"{name} was not written: of {case.name} the exported model differs from torch by "
                f"{error:.1e}, more than {LARGEST_ERROR:.0e}."
            )


def fed(values: Values) -> npt.NDArray[np.float32]:
    """Return what the network is fed: complex values interleaved, real ones as they are."""
    return interleave(values) if np.iscomplexobj(values) else values


def _named(card: ModelCard, given: Sequence[Values]) -> npt.NDArray[np.float32] | dict[str, Any]:
    if len(given) == 1:
        return fed(given[0])
    return {port.role: fed(one) for port, one in zip(card.inputs, given, strict=True)}


def example(ready: Exportable, card: ModelCard, seed: int, count: int) -> tuple[Values, ...]:
    """Return noise (count, dim), or speckle (count, bands, rows, cols) of other sides a count."""
    if ready.latent:
        draw = real_normal if ready.latent["dist"] == "normal" else complex_normal
        return (draw(seed, count, ready.latent["dim"]),)
    unit = card.unit_px
    units = max(2, min(16, EXAMPLE_PX // unit))
    return _images(card, seed, count, ((units + count) * unit, units * unit))


def cases(ready: Exportable, card: ModelCard) -> Iterator[Case]:
    """Yield everything that the two are compared on."""
    for count in BATCHES:
        yield Case(f"noise (batch {count})", example(ready, card, SEED, count))
    if ready.latent:
        yield Case("zeros", _each(example(ready, card, SEED, 1), lambda one: 0 * one))
        return
    if any(port.frames[0] != port.frames[1] for port in card.inputs):
        yield Case("the fewest frames", _fewest(example(ready, card, SEED, 1), card))
    side = -(-SIDE_PX // card.unit_px) * card.unit_px
    plain = _images(card, SEED, 1, (side, side + card.unit_px))
    yield Case("zeros", _each(plain, lambda one: 0 * one))
    filled = tuple(_with(one, 40, FILLED if np.iscomplexobj(one) else 1) for one in plain)
    yield Case("filled gaps", filled)
    for hole in HOLES_PX:
        holed = tuple(_with(one, hole, 0) for one in plain)
        yield Case(f"a block of zeros of {hole} px", holed)
    for scale in SCALES:
        scaled = tuple(
            one
            if port.dtype == "bool"
            else (np.float32(scale) * _with(one, 9, 0)).astype(one.dtype)
            for port, one in zip(card.inputs, plain, strict=True)
        )
        yield Case(f"numbers {scale:g} times as large", scaled, scale)
    bright = tuple(
        one if port.dtype == "bool" else _with(one, 1, BRIGHT)
        for port, one in zip(card.inputs, plain, strict=True)
    )
    yield Case("a bright point", bright)
    for number, one in enumerate(plain):
        for band in range(one.shape[-3]):
            empty = one.copy()
            empty[..., band, :, :] = 0
            given = (*plain[:number], empty, *plain[number + 1 :])
            name = f" of {card.inputs[number].role}" if len(plain) > 1 else ""
            yield Case(f"an empty band {band + 1}{name}", given)


def _fewest(given: Sequence[Values], card: ModelCard) -> tuple[Values, ...]:
    """Return no more frames of each input than it must have."""
    return tuple(
        one if port.frames == (1, 1) else one[:, : port.frames[0]]
        for port, one in zip(card.inputs, given, strict=True)
    )


def _each(given: Sequence[Values], change: Callable[[Values], Values]) -> tuple[Values, ...]:
    return tuple(change(one) for one in given)


def _images(card: ModelCard, seed: int, count: int, size: tuple[int, int]) -> tuple[Values, ...]:
    """Return an array an input, of `size` pixels of the first."""
    return tuple(
        _speckle(port, seed + number, count, size) for number, port in enumerate(card.inputs)
    )


def _speckle(port: BoundPort, seed: int, count: int, size: tuple[int, int]) -> Values:
    rows, cols = (int(side * port.scale) for side in size)
    shape: tuple[int, ...] = (count, port.band_count or 1, rows, cols)
    if port.frames != (1, 1):
        least, most = port.frames
        shape = (count, most or least + MORE_FRAMES - count, *shape[1:])
    draw = complex_normal if port.is_complex else real_normal
    drawn = draw(seed, shape[0], int(np.prod(shape[1:]))).reshape(shape)
    return (drawn > 0).astype(np.float32) if port.dtype == "bool" else drawn


def _with(images: Values, side: int, value: complex) -> Values:
    """Return images with a square of one value in the middle."""
    first = (images.shape[-2] - side) // 2
    changed = images.copy()
    changed[..., first : first + side, first : first + side] = value
    return changed
