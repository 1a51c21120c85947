"""low_series: coarse frames of made land, and the fine image that is to be found from them."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.cloud_series import CLOUD_MAKER
from satstudio.pixels.synthetic.cover_spectra import YEAR_DAYS
from satstudio.pixels.synthetic.land_cover import Maker, land_cover
from satstudio.pixels.synthetic.low_frames import LowFrames, Passes, Sensor, low_frames, transfer

FINE_MODULATION = 0.5
"""Of the optics of the fine sensor at its own Nyquist frequency."""


@dataclass(frozen=True, slots=True)
class LowModel:
    """What series are made of.

    Attributes
    ----------
    ratio : fine pixels to a coarse one
    bands : of `cover_spectra.BANDS`
    frames : how many
    most_hidden : largest share of a frame under clouds
    maker : of ground and clouds
    """

    ratio: Fraction
    bands: tuple[str, ...]
    frames: int = 1
    most_hidden: float = 0.0
    maker: Maker = "fields"


def low_series(size: Size, seed: int, model: LowModel) -> tuple[LowFrames, npt.NDArray[np.float32]]:
    """Return the frames of a seed, of this size, and the fine image behind them.

    Optics of the coarse sensor pass 0.4 to 0.7 at its Nyquist frequency, with the detector 0.25 to
    0.45, as satellites have it; so frames alias, which is what several of them make good.

    Returns
    -------
    LowFrames; (bands, rows, cols) float32 reflectance, each side that of the frames times the ratio

    Raises
    ------
    ValueError
        If these are no whole pixels.
    """
    rng = np.random.default_rng([seed, 7106])
    margin = 4 * ceil(model.ratio)
    sides = (size.rows * model.ratio, size.cols * model.ratio)
    if any(side.denominator != 1 for side in sides):
        raise ValueError(f"{size.rows} x {size.cols} px times {model.ratio} are no whole pixels")
    whole = Size(*(int(side) + 2 * margin for side in sides))
    ground = land_cover(whole, seed, model.maker)
    scene = ground.reflectance(float(rng.uniform(1, YEAR_DAYS)), 0.0, model.bands)
    sensor = Sensor(model.ratio, float(rng.uniform(0.4, 0.7)), float(rng.uniform(0.002, 0.006)))
    passes = Passes(model.frames, model.most_hidden, CLOUD_MAKER[model.maker])
    frames = low_frames(scene, sensor, passes, seed, margin)
    own = transfer(scene.shape[-2:], Sensor(Fraction(1), FINE_MODULATION))
    sharp = np.fft.ifft2(np.fft.fft2(scene) * own).real
    inner = np.s_[:, margin : whole.rows - margin, margin : whole.cols - margin]
    return frames, np.clip(sharp[inner], 0, 1).astype(np.float32)
