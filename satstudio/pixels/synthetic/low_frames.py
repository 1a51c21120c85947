"""low_frames: what a coarser sensor sees of a fine image: shifted, blurred, sampled, noisy.

The image is taken as band-limited, so that a sensor at any place is evaluated exactly: its
transfer function is applied to the spectrum (optics: a Gaussian of a given modulation at the
coarse Nyquist frequency; detector: the sinc of a pixel that collects light over its whole side),
then the Fourier series is summed at the centres of the coarse pixels. So shifts and ratios may be
any fraction. Frames of one sensor are brought onto each other to the nearest pixel before; so they
differ by a shift of half a coarse pixel at most, a gain and an offset (drift of light and
calibration), noise, and clouds that hide parts of them (as in PROBA-V: Martens et al. 2019).
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.clouds import LACIS_HANSEN, CloudMaker, cloud_depth
from satstudio.pixels.synthetic.random_fields import Reals

Flags = npt.NDArray[np.bool_]

LEAST_SEEN = 0.03
"""A pixel is hidden from this reflectance of a cloud on."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor of coarse pixels.

    Attributes
    ----------
    ratio : fine pixels to a coarse one, along an axis; at least 1
    modulation : of its optics, without the detector, at half a cycle a coarse pixel; 0 to 1
    noise : standard deviation of what it adds to a reflectance, in one of 0.3
    """

    ratio: Fraction
    modulation: float = 0.55
    noise: float = 0.004


@dataclass(frozen=True, slots=True)
class Passes:
    """How often a sensor passes, and what it finds.

    Attributes
    ----------
    most_hidden : largest share of a frame that clouds take, about; the first frame has least
    maker : of the clouds
    """

    count: int = 9
    most_hidden: float = 0.0
    maker: CloudMaker = "fractal"


@dataclass(frozen=True, slots=True, eq=False)
class LowFrames:
    """Frames of one ground, and what is true of them.

    Attributes
    ----------
    pixels : (frames, bands, rows, cols) float32
    clear : (frames, rows, cols) which pixels no cloud hides
    shifts : (frames, 2) float64, rows and columns in *fine* pixels: frame k at place p shows the
        ground at p + shifts[k] / ratio of the first frame, whose own shift is 0 and whose grid is
        that of the fine image
    gains, offsets : (frames,) which the reflectance was multiplied by, and what was added to it;
        1 and 0 of the first frame: colours are its own
    """

    pixels: npt.NDArray[np.float32]
    clear: Flags
    shifts: Reals
    gains: Reals
    offsets: Reals


def low_frames(
    fine: npt.NDArray[np.float32], sensor: Sensor, passes: Passes, seed: int, margin_px: int
) -> LowFrames:
    """Return frames of a fine image.

    Parameters
    ----------
    fine : (bands, rows, cols) reflectance
    margin_px : so many fine pixels at each side belong to no frame; at least 3 ratios, or what is
        shifted and blurred wraps around

    Raises
    ------
    ValueError
        If what is left within the margin are no whole coarse pixels.
    """
    rng = np.random.default_rng([seed, 7105])
    size = _size(fine, sensor.ratio, margin_px)
    count, reach = passes.count, float(sensor.ratio) / 2
    shifts = rng.uniform(-reach, reach, (count, 2))
    shifts[0] = 0
    gains, offsets = np.exp(rng.normal(0, 0.03, count)), rng.normal(0, 0.005, count)
    gains[0], offsets[0] = 1, 0
    shares = rng.uniform(0, passes.most_hidden, count)
    clearest = int(shares.argmin())
    shares[[0, clearest]] = shares[[clearest, 0]]
    spectrum = np.fft.fft2(fine) * transfer(fine.shape[-2:], sensor)
    pixels, clear = [], []
    for shift, gain, offset, share in zip(shifts, gains, offsets, shares, strict=True):
        depth = LACIS_HANSEN * cloud_depth(size, float(share), rng, passes.maker)
        cloud = depth / (1 + depth)
        seen = _sampled(spectrum, size, sensor.ratio, margin_px + shift)
        seen = (cloud + (1 - cloud) ** 2 * seen) * gain + offset
        deviation = sensor.noise * np.sqrt(np.maximum(seen, 0.01) / 0.3)
        pixels.append(seen + deviation * rng.standard_normal(seen.shape))
        clear.append(cloud < LEAST_SEEN)
    return LowFrames(np.stack(pixels).astype(np.float32), np.stack(clear), shifts, gains, offsets)


def transfer(shape: tuple[int, ...], sensor: Sensor) -> Reals:
    """Return the modulation transfer function (rows, cols), in the order of `numpy.fft.fftfreq`."""
    ratio = float(sensor.ratio)
    down, across = (np.fft.fftfreq(side) * ratio for side in shape)
    optics = np.log(max(sensor.modulation, 1e-6)) / 0.25
    along = [np.exp(optics * turns**2) * np.sinc(turns) for turns in (down, across)]
    return np.asarray(along[0][:, None] * along[1][None])


def _size(fine: npt.NDArray[np.float32], ratio: Fraction, margin_px: int) -> Size:
    rows, cols = ((side - 2 * margin_px) / ratio for side in fine.shape[-2:])
    if rows.denominator != 1 or cols.denominator != 1:
        raise ValueError(f"{fine.shape[-2:]} px are no whole coarse pixels of {ratio} px")
    return Size(int(rows), int(cols))


def _sampled(
    spectrum: npt.NDArray[np.complex128], size: Size, ratio: Fraction, first: Reals
) -> Reals:
    """Sum the Fourier series at the centres of coarse pixels, the first at the corner `first`."""
    half = (float(ratio) - 1) / 2
    waves = []
    for side, count, start in zip(spectrum.shape[-2:], (size.rows, size.cols), first, strict=True):
        at = start + half + np.arange(count) * float(ratio)
        wave = np.exp(2j * np.pi * at[:, None] * np.fft.fftfreq(side)) / side
        if side % 2 == 0:
            wave[:, side // 2] = 0  # nobody knows where between pixels the highest frequency is
        waves.append(wave)
    return np.asarray((waves[0] @ spectrum @ waves[1].T).real)
