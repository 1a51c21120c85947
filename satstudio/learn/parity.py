"""check_parity: an exported model answers as torch does, on all that a scene can hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import CheckFailedError
from satstudio.learn.method import Exportable, Values
from satstudio.pixels.noise import complex_normal, real_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.restore.model_file import ModelCard, ModelFile

LARGEST_ERROR = 1e-4
"""Largest difference from torch, in the network's numbers (which are about 1)."""

BATCHES = (1, 3)
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
    given : complex or real noise (n, dim), or images (n, bands, rows, cols)
    unit : size of typical numbers; differences are judged by it
    """

    name: str
    given: Values
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
        wanted, answer = ready.reference(case.given), net.run(fed(case.given))
        found = deinterleave(answer) if np.iscomplexobj(wanted) else answer
        broken = int((~np.isfinite(found) | ~np.isfinite(wanted)).sum())
        if broken:
            raise CheckFailedError(
                f"{name} was not written: of {case.name} the exported model or torch makes "
                f"{broken} values that are not finite."
            )
        error = (np.abs(found - wanted) / (case.unit + np.abs(wanted))).max()
        if not error <= LARGEST_ERROR:
            raise CheckFailedError(
                f"{name} was not written: of {case.name} the exported model differs from torch by "
                f"{error:.1e}, more than {LARGEST_ERROR:.0e}."
            )


def fed(values: Values) -> npt.NDArray[np.float32]:
    """Return what the network is fed: complex values interleaved, real ones as they are."""
    return interleave(values) if np.iscomplexobj(values) else values


def example(ready: Exportable, card: ModelCard, seed: int, count: int) -> Values:
    """Return noise (count, dim), or speckle (count, bands, rows, cols) of other sides a count."""
    if ready.latent:
        draw = real_normal if ready.latent["dist"] == "normal" else complex_normal
        return draw(seed, count, ready.latent["dim"])
    multiple = card.size_multiple
    units = max(2, min(16, EXAMPLE_PX // multiple))
    return _speckle(
        card, seed, (count, card.bands_in, (units + count) * multiple, units * multiple)
    )


def cases(ready: Exportable, card: ModelCard) -> Iterator[Case]:
    """Yield everything that the two are compared on."""
    for count in BATCHES:
        yield Case(f"noise (batch {count})", example(ready, card, SEED, count))
    if ready.latent:
        yield Case("zeros", 0 * example(ready, card, SEED, 1))
        return
    side = -(-SIDE_PX // card.size_multiple) * card.size_multiple
    plain = _speckle(card, SEED, (1, card.bands_in, side, side + card.size_multiple))
    yield Case("zeros", 0 * plain)
    yield Case("filled gaps", _with(plain, 40, FILLED if _is_complex(card) else 1))
    for hole in HOLES_PX:
        yield Case(f"a block of zeros of {hole} px", _with(plain, hole, 0))
    for scale in SCALES:
        scaled = (np.float32(scale) * _with(plain, 9, 0)).astype(plain.dtype)
        yield Case(f"numbers {scale:g} times as large", scaled, scale)
    yield Case("a bright point", _with(plain, 1, BRIGHT))
    for band in range(card.bands_in):
        empty = plain.copy()
        empty[:, band] = 0
        yield Case(f"an empty band {band + 1}", empty)


def _speckle(card: ModelCard, seed: int, shape: tuple[int, ...]) -> Values:
    draw = complex_normal if _is_complex(card) else real_normal
    return draw(seed, shape[0], int(np.prod(shape[1:]))).reshape(shape)


def _is_complex(card: ModelCard) -> bool:
    return card.complex_layout == "interleaved"


def _with(images: Values, side: int, value: complex) -> Values:
    """Return images with a square of one value in the middle."""
    first = (images.shape[2] - side) // 2
    changed = images.copy()
    changed[:, :, first : first + side, first : first + side] = value
    return changed
