"""find_points: coherent point scatterers in complex samples, and what they send back.

A corner reflector's samples are not speckle: its real and imaginary part share one phase, so the
one says nothing reliable of how strong the other is, and a network that learnt from speckle lowers
or spreads it. Points are taken out before and added after.

After CLEAN (Hoegbom 1974, "Aperture synthesis with a non-regular distribution of interferometer
baselines") with the response that the speckle's own spectrum implies; a constant-false-alarm rule
(peak over the local median) decides, places lie between pixels, and neighbours are fitted jointly.
A group that few points do not explain is a bright block, not points, and stays in the scene.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.pixels.spectral.axis_spectrum import AxisSpectrum

Complexes = npt.NDArray[np.complex64]
Reals = npt.NDArray[np.float64]
THRESHOLD_DB = 13.0
"""Peak over the mean power around it: exponential speckle is that bright once in 5e8 pixels."""

GROUND_PX, STEP_PX = 14, 7
"""Side of each of the four windows whose medians tell the power around, and their distance."""

NEAR_PX = 4
"""Points closer than this are one group."""

MOST_IN_GROUP = 3
"""More points than that beside each other are a bright block."""

STRONG_DB = 20.0
"""From this contrast on one of many may be a point among lesser ones."""

UNEXPLAINED = 3.0
"""Power beside a group, over the power around, that its points may leave."""

UNEXPLAINED_SHARE = 0.04
"""The same as a share of the group's peak: what an inexact response leaves of a strong point."""

_TURNS = np.arange(8)[:, None] * np.pi / 8
_AWAY = np.array([*range(-8, -1), *range(2, 9)])
LINES = np.stack([_AWAY * np.sin(_TURNS), _AWAY * np.cos(_TURNS)])
"""Places (px) along eight lines through a point, but for those next to it: (2, 8, 14)."""

FINEST = 64
"""Places between two pixels at which the response is known."""

COARSE = 4
"""Every so many of them are tried first."""

REACH_PX = 3
"""A place and an amplitude are fitted on 7 x 7 pixels."""

MOST = 4000
"""Points looked for in one block."""

TAILS_DB = ((25.0, 16), (35.0, 32), (np.inf, 64))
"""How far (px) the response of a point is followed, by its peak over the power around."""

LONGEST_PX = 64


@dataclass(frozen=True, slots=True)
class Point:
    """One point scatterer; place in pixels of the block, strength over the power around (dB)."""

    row: float
    col: float
    amplitude: complex
    contrast_db: float


class Response:
    """The system's response to a point, from the spectra of both axes."""

    def __init__(self, azimuth: AxisSpectrum, range_: AxisSpectrum) -> None:
        self._tables = (
            azimuth.response(FINEST, LONGEST_PX + 2),
            range_.response(FINEST, LONGEST_PX + 2),
        )

    def drawn(self, points: Sequence[Point], shape: tuple[int, int]) -> npt.NDArray[np.complex128]:
        """Return the sum of the points' responses on (rows, cols) pixels."""
        total = np.zeros(shape, np.complex128)
        for point in points:
            self.add(total, point, 1.0)
        return total

    def add(self, image: npt.NDArray[Any], point: Point, sign: float) -> None:
        """Add a point's response to an image, `sign` times."""
        reach = next(px for limit, px in TAILS_DB if point.contrast_db < limit)
        rows = _range(point.row, reach, image.shape[0])
        cols = _range(point.col, reach, image.shape[1])
        shape = self.shape(point, rows, cols)
        image[rows, cols] += (sign * point.amplitude) * shape

    def shape(self, point: Point, rows: slice, cols: slice) -> npt.NDArray[np.complex128]:
        """Return the response to a point of amplitude 1 on a part of the image."""
        down = self.along(0, rows.start - point.row, rows.stop - rows.start)
        across = self.along(1, cols.start - point.col, cols.stop - cols.start)
        return down[:, None] * across[None, :]

    def along(self, axis: int, first: float, count: int) -> npt.NDArray[np.complex128]:
        """Return `count` values of one axis from the distance `first` (px) on."""
        start = round((first + LONGEST_PX + 2) * FINEST)
        return self._tables[axis][start : start + count * FINEST : FINEST]


def find_points(samples: npt.NDArray[Any], response: Response) -> tuple[Point, ...]:
    """Find the points of a block.

    Parameters
    ----------
    samples : (rows, cols) complex, 0 where there is no data

    Returns
    -------
    tuple of Point
        With joint amplitudes; empty where all is speckle or bright blocks.
    """
    ground = _ground(samples)
    search = _Search(np.array(samples, np.complex128), ground, response)
    groups = _groups(search.greedy())
    kept = [point for group in groups for point in search.checked(group)]
    return tuple(kept)


def without_points(
    samples: npt.NDArray[Any], points: Sequence[Point], response: Response
) -> Complexes:
    """Return the samples less the points' responses."""
    shape = (samples.shape[0], samples.shape[1])
    return np.asarray(samples - response.drawn(points, shape), np.complex64)


def _ground(samples: npt.NDArray[Any]) -> Reals:
    """Return the mean power of exponential speckle around each pixel, by medians.

    The greatest of four windows beside the pixel: at the edge of a bright field the dark side
    does not tell (greatest-of constant false-alarm rate, Hansen 1973).
    """
    power = np.abs(samples).astype(np.float32) ** 2
    counts = tuple(side // STEP_PX + 2 for side in power.shape)
    ends = tuple(
        (count - 1) * STEP_PX + GROUND_PX - STEP_PX - side
        for count, side in zip(counts, power.shape, strict=True)
    )
    wide = np.pad(power, [(STEP_PX, end) for end in ends], mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (GROUND_PX, GROUND_PX))
    chosen = windows[::STEP_PX, ::STEP_PX, :, ::2].reshape(*counts, -1)
    middle = np.median(chosen, axis=-1)
    holed = (chosen == 0).any(axis=-1)
    middle[holed] = _medians(chosen[holed])  # beside zeros speckle is no brighter than elsewhere
    middle /= np.log(2)
    greatest = np.maximum(middle[1:], middle[:-1])
    greatest = np.maximum(greatest[:, 1:], greatest[:, :-1])
    grown = np.repeat(np.repeat(greatest, STEP_PX, 0), STEP_PX, 1)
    return np.asarray(grown[: samples.shape[0], : samples.shape[1]], np.float64)


def _medians(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the median of what has power in each row; 0 where nothing has."""
    ordered = np.sort(np.where(rows > 0, rows, np.inf), axis=-1)
    counts = (rows > 0).sum(axis=-1)
    places = np.stack([np.maximum(counts - 1, 0) // 2, counts // 2], axis=-1)
    places = np.minimum(places, rows.shape[-1] - 1)
    found = np.take_along_axis(ordered, places, axis=-1).mean(axis=-1)
    return np.where(counts > 0, found, 0).astype(np.float32)


class _Search:
    """Looks for points in what is left of one block."""

    def __init__(
        self, samples: npt.NDArray[np.complex128], ground: Reals, response: Response
    ) -> None:
        self._rest, self._ground, self._response = samples, ground, response
        self._steps = np.arange(-FINEST // 2, FINEST // 2 + 1, COARSE) / FINEST
        tables = [
            np.stack(
                [response.along(axis, -REACH_PX - step, 2 * REACH_PX + 1) for step in self._steps]
            )
            for axis in (0, 1)
        ]
        self._down, self._across = tables

    def greedy(self) -> list[Point]:
        """Take the brightest place out again and again until none stands out."""
        rest = self._rest
        limit = 10 ** (THRESHOLD_DB / 10)
        floor = np.where(self._ground > 0, self._ground, np.inf)
        ratio = np.abs(rest) ** 2 / floor
        found: list[Point] = []
        while len(found) < MOST:
            row, col = divmod(int(ratio.argmax()), ratio.shape[1])
            if ratio[row, col] < limit:
                break
            point = self._fitted(rest, row, col)
            found.append(point)
            self._response.add(rest, point, -1.0)
            part = _around(row, col, 64, rest.shape)
            fresh = np.abs(rest[part]) ** 2 / floor[part]
            ratio[part] = np.where(ratio[part] > 0, fresh, 0)
        return found

    def checked(self, group: list[Point]) -> list[Point]:
        """Return a group with joint amplitudes; where it is no group of points, those that are."""
        group = [point for point in group if self._is_over_lines(point)]
        if not group:
            return []
        found = self._jointly(group, group) if len(group) <= MOST_IN_GROUP else []
        if found or len(group) == 1:
            return found
        strong = [point for point in group if point.contrast_db >= STRONG_DB]
        alone = [point for point in strong if self._jointly([point], group, 0.0)]
        return self._jointly(alone, alone, math.inf) if alone else []

    def _is_over_lines(self, point: Point) -> bool:
        """Tell whether a point stands out of what lies along each line through it.

        On a bright hedge or wall, which is narrow, the windows tell the ground beside it.
        """
        rows = np.clip(np.round(point.row + LINES[0]).astype(int), 0, self._rest.shape[0] - 1)
        cols = np.clip(np.round(point.col + LINES[1]).astype(int), 0, self._rest.shape[1] - 1)
        middle = np.median(np.abs(self._rest[rows, cols]) ** 2, axis=1).max() / np.log(2)
        return abs(point.amplitude) ** 2 >= 10 ** (THRESHOLD_DB / 10) * float(middle)

    def _jointly(
        self, chosen: list[Point], group: list[Point], near_share: float = UNEXPLAINED
    ) -> list[Point]:
        """Return points with joint amplitudes; none where they do not explain what is seen.

        Parameters
        ----------
        group : all whose power is to be explained, the chosen ones among them
        near_share : how often the power around may be left beside them; 0: only a share of the peak
        """
        rows = [point.row for point in chosen]
        cols = [point.col for point in chosen]
        top, left = int(min(rows)) - REACH_PX, int(min(cols)) - REACH_PX
        box = (
            slice(max(top, 0), int(max(rows)) + REACH_PX + 2),
            slice(max(left, 0), int(max(cols)) + REACH_PX + 2),
        )
        rest = self._rest[box]
        box = _whole(box, rest.shape)
        seen = rest.ravel().copy()
        for point in group:
            seen += point.amplitude * self._response.shape(point, *box).ravel()
        matrix = np.stack([self._response.shape(point, *box).ravel() for point in chosen], 1)
        amplitudes, *_ = np.linalg.lstsq(matrix, seen, rcond=1e-6)
        rest = np.abs(seen - matrix @ amplitudes) ** 2
        peak = float(np.max(np.abs(amplitudes) ** 2))
        ground = float(np.mean(self._ground[box]))
        if rest.mean() > max(near_share * ground, UNEXPLAINED_SHARE * peak):
            return []
        return [
            replace(point, amplitude=complex(amplitude))
            for point, amplitude in zip(chosen, amplitudes, strict=True)
        ]

    def _fitted(self, rest: npt.NDArray[Any], row: int, col: int) -> Point:
        """Fit place and amplitude of one point near a pixel; at an edge on the pixels there are."""
        inside = _around(row, col, REACH_PX, rest.shape)
        down = _columns(self._down, inside[0], row)
        across = _columns(self._across, inside[1], col)
        energy = np.outer(*((np.abs(table) ** 2).sum(1) for table in (down, across)))
        match = down.conj() @ rest[inside] @ across.conj().T
        score = np.abs(match) ** 2 / energy
        at = divmod(int(score.argmax()), score.shape[1])
        amplitude = complex(match[at] / energy[at])
        contrast = abs(amplitude) ** 2 / self._ground[row, col]
        return Point(
            row + _on_table(self._steps[at[0]] + _peak(score[:, at[1]], at[0]) * COARSE / FINEST),
            col + _on_table(self._steps[at[1]] + _peak(score[at[0]], at[1]) * COARSE / FINEST),
            amplitude,
            float(10 * np.log10(max(contrast, 1e-9))),
        )


def _columns(table: npt.NDArray[Any], inside: slice, middle: int) -> npt.NDArray[Any]:
    """Return the columns of responses for pixels around a middle one that are inside."""
    first = inside.start - middle + REACH_PX
    return table[:, first : first + inside.stop - inside.start]


def _on_table(place: float) -> float:
    """Return the place that the response is known for: the same from wherever it is counted."""
    return round(place * FINEST) / FINEST


def _peak(score: Reals, at: int) -> float:
    """Return where a parabola through three scores has its peak, in steps from the middle one."""
    if not 0 < at < len(score) - 1:
        return 0.0
    low, middle, high = score[at - 1 : at + 2]
    bend = low - 2 * middle + high
    return float(0.5 * (low - high) / bend) if bend < 0 else 0.0


def _range(place: float, reach: int, length: int) -> slice:
    first = math.floor(place) - reach  # downwards for places before the block too
    start = max(first, 0)
    return slice(start, max(min(first + 2 * reach + 1, length), start))


def _whole(box: tuple[slice, slice], shape: tuple[int, ...]) -> tuple[slice, slice]:
    rows, cols = (slice(one.start, one.start + n) for one, n in zip(box, shape, strict=True))
    return rows, cols


def _around(row: int, col: int, reach: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    return (
        slice(max(row - reach, 0), min(row + reach + 1, shape[0])),
        slice(max(col - reach, 0), min(col + reach + 1, shape[1])),
    )


def _groups(points: list[Point]) -> Iterator[list[Point]]:
    """Yield points that lie near each other together."""
    from scipy.spatial import cKDTree  # lazy: only where there are points

    if not points:
        return
    tree = cKDTree([(point.row, point.col) for point in points])
    waiting = set(range(len(points)))
    while waiting:
        group, edge = [], [waiting.pop()]
        while edge:
            one = edge.pop()
            group.append(points[one])
            near = waiting.intersection(tree.query_ball_point(tree.data[one], NEAR_PX))
            waiting -= near
            edge += near
        yield group
