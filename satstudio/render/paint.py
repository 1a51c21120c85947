"""Fast roads from samples to colours: table look-ups in chunks that stay in the L2 cache.

The phase of a sample is coded by its octant (two signs, |im| > |re|) and the ratio of the smaller
to the larger part; its power by the bits of the float. Neither needs an arctan or a logarithm,
which numpy computes fast on few processors only. NaN becomes 0, fully transparent.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.render.colormaps import Colours
from satstudio.render.tables import (
    LEVELS,
    LINEAR_STEPS,
    RATIOS,
    Floats32,
    PowerSteps,
    hsv_table,
)

CHUNK_PX = 65536
Samples = npt.NDArray[Any]
Codes = npt.NDArray[np.uint16]


def hsv_pixels(z: Samples, steps: PowerSteps, levels: Codes) -> Colours:
    """Colour complex samples of any shape by phase and by `levels` (a step of r a power step)."""
    table, scratch = hsv_table(), _Scratch(z.size)

    def paint(chunk: Samples, out: Colours) -> None:
        work = scratch.of(chunk, steps.factor)
        np.copyto(work.index, work.phase_codes())
        work.index *= LEVELS
        power = _power(work.re, work.im)
        has_nan = np.isnan(power.max())
        bad = np.isnan(power) if has_nan else None
        np.copyto(work.place, steps.codes(power), casting="unsafe")
        work.index |= np.take(levels, work.place, out=work.codes, mode="clip")
        np.take(table, work.index, out=out, mode="clip")
        if bad is not None:
            out[bad] = 0

    return _in_chunks(z, paint)


def phase_pixels(z: Samples, table: Colours) -> Colours:
    """Colour complex samples by phase alone; `table` has a colour for each of `phase_turns`."""
    scratch = _Scratch(z.size)

    def paint(chunk: Samples, out: Colours) -> None:
        work = scratch.of(chunk, 1.0)
        np.copyto(work.place, work.phase_codes())
        np.take(table, work.place, out=out, mode="clip")
        work.re += work.im
        if np.isnan(work.re.max()):
            out[np.isnan(chunk)] = 0

    return _in_chunks(z, paint)


def power_pixels(values: Samples, steps: PowerSteps, table: Colours) -> Colours:
    """Colour complex samples by their power, or float32 powers; `table` has one a power step."""

    def paint(chunk: Samples, out: Colours) -> None:
        if np.iscomplexobj(chunk):
            power = _power(*_parts(chunk.astype(np.complex64, copy=False), steps.factor))
        else:
            power = np.maximum(chunk.astype(np.float32), np.float32(0))
            power *= np.float32(steps.factor**2)
        bad = np.isnan(power) if np.isnan(power.max()) else None
        np.take(table, steps.codes(power), out=out, mode="clip")
        if bad is not None:
            out[bad] = 0

    return _in_chunks(values, paint)


def linear_pixels(values: Samples, low: float, high: float, table: Colours) -> Colours:
    """Colour real numbers by a table of LINEAR_STEPS from `low` to `high`."""
    if high <= low:  # a step: what reaches `high` has the last colour
        low = high - max(abs(high) * 1e-9, 1e-300)
    is_wide = high - low > 1e-3 * max(abs(low), abs(high))
    is_short = values.dtype in (np.float32, np.float16)
    kind = np.float32 if is_wide and is_short and high - low > 1e-30 else np.float64
    gain = (LINEAR_STEPS - 1) / (high - low)

    def paint(chunk: Samples, out: Colours) -> None:
        place = np.subtract(chunk, kind(low), dtype=kind)
        bad = np.isnan(place) if np.isnan(place.max()) else None
        place *= kind(gain)
        place += kind(0.5)
        np.fmax(place, kind(0), out=place)
        np.fmin(place, kind(LINEAR_STEPS - 1), out=place)
        np.take(table, place.astype(np.uint16), out=out, mode="clip")
        if bad is not None:
            out[bad] = 0

    return _in_chunks(values, paint)


def table_pixels(values: Samples, table: Colours) -> Colours:
    """Colour 8- or 16-bit integers by a table with one colour a value, lowest value first."""
    unsigned = np.dtype(f"u{values.dtype.itemsize}")
    if values.dtype.kind == "i":  # negative numbers are the upper half of the unsigned ones
        table = np.roll(table, len(table) // 2)

    def paint(chunk: Samples, out: Colours) -> None:
        np.take(table, chunk.view(unsigned), out=out, mode="clip")

    return _in_chunks(values, paint)


def _in_chunks(values: Samples, paint: Callable[[Samples, Colours], None]) -> Colours:
    flat = np.ascontiguousarray(values).reshape(-1)
    out = np.empty(flat.size, np.uint32)
    with np.errstate(all="ignore"):  # inf, NaN and what overflows are painted, not reported
        for start in range(0, flat.size, CHUNK_PX):
            paint(flat[start : start + CHUNK_PX], out[start : start + CHUNK_PX])
    return out.reshape(values.shape)


def _parts(z: Samples, factor: float) -> tuple[Floats32, Floats32]:
    """Return own contiguous copies of the real and the imaginary parts."""
    work = _Scratch(z.size).of(z, factor)
    return work.re, work.im


def _power(re: Floats32, im: Floats32) -> Floats32:
    """Return re^2 + im^2 in the memory of `re`; `im` is spent too."""
    re *= re
    im *= im
    re += im
    return re


class _Scratch:
    """Memory for the steps of one chunk, used again for the next.

    Fresh arrays of this size cost more than the arithmetic: the system hands out their pages one
    by one, zeroed.

    Attributes
    ----------
    re, im : (n,) float32, the parts of the chunk
    codes : (n,) uint16; place, index : (n,) intp, what numpy takes places in tables as
    """

    def __init__(self, pixels: int) -> None:
        count = min(pixels, CHUNK_PX)
        self._floats = np.empty((5, count), np.float32)
        self._flags = np.empty((2, count), bool)
        self._codes = np.empty((2, count), np.uint16)
        self._places = np.empty((2, count), np.intp)

    def of(self, z: Samples, factor: float) -> "_Scratch":
        """Take in the parts of a chunk, each times `factor`."""
        pairs = z.astype(np.complex64, copy=False).view(np.float32)
        count = len(pairs) // 2
        self.re, self.im, self._larger, self._other, self._ratio = self._floats[:, :count]
        self._octant, self._flag = self._flags[:, :count]
        self.codes, self._steps = self._codes[:, :count]
        self.place, self.index = self._places[:, :count]
        np.copyto(self.re, pairs[0::2])
        np.copyto(self.im, pairs[1::2])
        if factor != 1.0:
            self.re *= np.float32(factor)
            self.im *= np.float32(factor)
        return self

    def phase_codes(self) -> Codes:
        """Return octant and ratio as one number, as `phase_turns` orders them."""
        larger, other, ratio = self._larger, self._other, self._ratio
        np.abs(self.re, out=larger)
        np.abs(self.im, out=other)
        octant, flag = self._octant.view(np.uint8), self._flag.view(np.uint8)
        np.signbit(self.im, out=self._octant)
        octant <<= 1
        np.signbit(self.re, out=self._flag)
        octant |= flag
        octant <<= 1
        np.greater(other, larger, out=self._flag)
        octant |= flag
        np.minimum(larger, other, out=ratio)
        np.maximum(larger, other, out=larger)
        np.maximum(larger, np.float32(1e-45), out=larger)  # the smallest float32: 0 / 0 is 0 here
        ratio /= larger
        ratio *= np.float32(RATIOS - 1)
        ratio += np.float32(0.5)
        np.fmin(ratio, np.float32(RATIOS - 0.5), out=ratio)  # inf / inf is NaN: 45 deg
        np.multiply(octant, np.uint16(RATIOS), out=self.codes)
        np.copyto(self._steps, ratio, casting="unsafe")
        codes: Codes = self.codes
        codes += self._steps
        return codes
