"""Random fields, parcels and lines that made ground of every kind is drawn with."""

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size

Reals = npt.NDArray[np.float64]
Rng = np.random.Generator


def places(size: Size) -> tuple[Reals, Reals]:
    """Return the row (rows, 1) and the column (1, cols) of every pixel."""
    rows = np.arange(size.rows, dtype=np.float64)[:, None]
    return rows, np.arange(size.cols, dtype=np.float64)[None, :]


def voronoi(size: Size, rng: Rng, side_px: float) -> tuple[npt.NDArray[np.int64], Reals]:
    """Return each pixel's Voronoi cell and its distance to the cell's seed; some are stretched."""
    from scipy.spatial import cKDTree  # lazy: synthetic scenes only

    stretch = np.exp(rng.uniform(-0.7, 0.7))
    turn = rng.uniform(0, np.pi)
    row, col = places(size)
    down = (row * np.cos(turn) - col * np.sin(turn)) * stretch
    across = (row * np.sin(turn) + col * np.cos(turn)) / stretch
    points = np.stack([down.ravel(), across.ravel()], 1)
    count = max(3, int(size.pixels / side_px**2))
    seeds = points[rng.integers(0, len(points), count)] + rng.uniform(0, 1, (count, 2))
    away, nearest = cKDTree(seeds).query(points)
    return nearest.reshape(size.rows, size.cols), away.reshape(size.rows, size.cols)


def distance_to_line(size: Size, rng: Rng, bend: float) -> Reals:
    """Return the distance (px) to a line through the scene; `bend` makes it wind."""
    turn = rng.uniform(0, np.pi)
    row, col = places(size)
    row, col = row - rng.uniform(0, size.rows), col - rng.uniform(0, size.cols)
    along, away = row * np.sin(turn) + col * np.cos(turn), row * np.cos(turn) - col * np.sin(turn)
    period = rng.uniform(60, 200)
    winding = bend * period / (2 * np.pi) * np.sin(2 * np.pi * along / period)
    return np.asarray(np.abs(away - winding), np.float64)


def spectral_field(size: Size, rng: Rng, slope: float) -> Reals:
    """Return a Gaussian field, mean 0 and standard deviation 1, of amplitude spectrum f^-slope."""
    down, across = np.fft.fftfreq(size.rows)[:, None], np.fft.rfftfreq(size.cols)[None, :]
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf
    return _shaped(size, rng, frequency**-slope)


def open_field(size: Size, rng: Rng, slope: float) -> Reals:
    """Return the same, cut out of a larger field, so that opposite edges do not match."""
    whole = Size(size.rows + max(size.rows // 4, 2), size.cols + max(size.cols // 4, 2))
    field = spectral_field(whole, rng, slope)[: size.rows, : size.cols]
    return np.asarray((field - field.mean()) / max(float(field.std()), 1e-12), np.float64)


def smooth_field(size: Size, rng: Rng, length_px: float) -> Reals:
    """Return a Gaussian field, mean 0 and standard deviation 1, of this correlation length."""
    down, across = np.fft.fftfreq(size.rows)[:, None], np.fft.rfftfreq(size.cols)[None, :]
    return _shaped(size, rng, np.exp(-((np.pi * length_px) ** 2) * (down**2 + across**2)))


def soft_step(values: Reals) -> Reals:
    """Return a step 0..1 (logistic), flat where it would overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def _shaped(size: Size, rng: Rng, gain: Reals) -> Reals:
    white = np.fft.rfft2(rng.standard_normal((size.rows, size.cols)))
    field: Reals = np.fft.irfft2(white * gain, (size.rows, size.cols))
    field -= field.mean()
    return field / max(float(field.std()), 1e-12)


def gamma_of(normal: Reals, order: Reals) -> Reals:
    """Turn normal values into gamma ones of mean 1 (Wilson and Hilferty 1931: a cube of a normal).

    Parameters
    ----------
    order : shape parameter, at least 1.5; small is rough
    """
    third = 1 / (9 * order)
    return np.maximum(1 - third + normal * np.sqrt(third), 0.05) ** 3
