"""Made SAR amplitudes: fields, rough land, water and point targets under four-look speckle."""

import numpy as np

LOOKS = 4


def sar_like(count: int, side: int = 32, seed: int = 0):
    """Log-intensities (count, 1, side, side) float32 in about -1..1."""
    random = np.random.default_rng(seed)
    ground = np.stack([_ground(side, random) for _ in range(count)])
    looks = random.exponential(size=(LOOKS, count, side, side)).mean(0)
    return np.clip((ground + np.log(looks)) / 3.5, -1, 1)[:, None].astype(np.float32)


def _ground(side: int, random):
    """The log of one patch's reflectivity."""
    rows, cols = np.mgrid[:side, :side] - (side - 1) / 2
    fields = 0.9 * np.sign(np.sin(_along(rows, cols, random) * 2 * np.pi / random.uniform(4, 12)))
    rough = 0.7 * _rough(side, random)
    ground = (fields, rough, 0.25 * fields + 0.5 * rough)[random.integers(3)]
    shore = _along(rows, cols, random) > side * random.uniform(-0.15, 0.65)
    water = shore & (random.random() < 0.6)
    targets = (random.random((side, side)) < 0.004) & ~shore
    return np.where(water, -2.2, ground) + 3.0 * targets


def _along(rows, cols, random):
    """Distance from the middle along a direction of chance."""
    angle = random.uniform(0, 2 * np.pi)
    return np.cos(angle) * cols + np.sin(angle) * rows


def _rough(side: int, random):
    """A field of unit spread whose power falls as 1 / f^3."""
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None])
    radius[0, 0] = np.inf
    field = np.fft.ifft2(np.fft.fft2(random.standard_normal((side, side))) / radius**1.5).real
    return field / field.std()
