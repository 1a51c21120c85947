"""sublooks: two intensity images of one single-look complex image, with independent speckle.

The occupied band along azimuth is cut in two at its centre; each half, transformed back, is a look
of half the resolution (Cumming and Wong, "Digital Processing of Synthetic Aperture Radar Data",
2005, section 6.6). Fully developed speckle of separate frequencies is independent; points, which
are coherent over the whole band, are in both.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.pixels.phasor import intensity
from satstudio.pixels.spectral.axis_spectrum import STEPS, AxisSpectrum, estimate_spectrum

AZIMUTH = 0


def sublooks(
    samples: npt.NDArray[Any], spectrum: AxisSpectrum | None = None
) -> npt.NDArray[np.float32]:
    """Return the power of the lower and of the upper half of the azimuth band.

    Parameters
    ----------
    samples : (rows, cols) complex, rows along azimuth, 0 where there is no data; they count as
        periodic, so a margin of some pixels is to be dropped
    spectrum : along azimuth; None: estimated from the samples

    Returns
    -------
    (2, rows, cols) float32
        Each of the mean power of a uniform surface in the samples.
    """
    spectrum = spectrum or estimate_spectrum([samples], AZIMUTH)
    rows = samples.shape[AZIMUTH]
    turns = np.exp(-2j * np.pi * spectrum.centre * np.arange(rows))
    bins = np.fft.fft(samples * turns[:, None], axis=AZIMUTH)
    frequency = np.asarray(np.fft.fftfreq(rows), np.float64)
    reach = spectrum.kept / STEPS / 2
    power = spectrum.at(frequency)
    is_low, is_high = (
        (frequency >= -reach) & (frequency < 0),
        (frequency >= 0) & (frequency < reach),
    )
    halves = []
    for is_half in (is_low, is_high):
        seen = np.fft.ifft(bins * is_half[:, None], axis=AZIMUTH)
        share = float(power[is_half].sum() / power.sum())
        halves.append(intensity(seen) / np.float32(max(share, 1e-6)))
    return np.stack(halves).astype(np.float32)
