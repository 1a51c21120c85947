"""What published scripts compute under the names of metrics: to reproduce their tables only."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.images import Images, Reals, real_images
from satstudio.metrics.score import metric
from satstudio.metrics.similarity import padded_ssim_map

Pixels = npt.NDArray[Any]
ALLCLEAR = "allclear benchmark.py (8eacec2), images in 0..1, valid pixels of the target"
SEN12 = "SEN12MS-CR-TS test.py (2af9334), images in 0..1, no mask"
WORLDSTRAT = "worldstrat losses.py (39fe223), images in 0..1"
NO_MASK = "the script knows none; values must be finite"
PADDED = "11 x 11 px Gaussian, sigma 1.5, zeros beyond the border"
POSITIVE = (0.0, float("inf"))


def _difference(images: Images) -> Reals:
    first, second = images.values
    return np.asarray(first - second)


def _rms(difference: Reals) -> float:
    return float(np.sqrt(np.mean(difference**2))) if difference.size else float("nan")


def _decibel(difference: Reals) -> float:
    if not difference.size:
        return float("nan")
    square = float(np.mean(difference**2))
    return float("inf") if square == 0 else float(-10 * np.log10(square))


def _mean_abs(difference: Reals) -> float:
    return float(np.abs(difference).mean()) if difference.size else float("nan")


@metric(better="lower", source=ALLCLEAR, span=POSITIVE)
def compat_allclear_mae(reference: Pixels, estimate: Pixels, *, mask: Mask | None = None) -> float:
    """AllClear's mean absolute error."""
    return _mean_abs(_difference(real_images(reference, estimate, mask=mask)))


@metric(better="lower", source=ALLCLEAR, span=POSITIVE)
def compat_allclear_rmse(reference: Pixels, estimate: Pixels, *, mask: Mask | None = None) -> float:
    """AllClear's root mean squared error."""
    return _rms(_difference(real_images(reference, estimate, mask=mask)))


@metric(unit="dB", better="higher", source=ALLCLEAR)
def compat_allclear_psnr(reference: Pixels, estimate: Pixels, *, mask: Mask | None = None) -> float:
    """AllClear's PSNR; data range 1 without saying so."""
    return _decibel(_difference(real_images(reference, estimate, mask=mask)))


@metric(
    better="higher",
    source=f"{ALLCLEAR}; both images 0 at invalid pixels, map averaged at valid centres",
    span=(-1, 1),
    window=PADDED,
)
def compat_allclear_ssim(reference: Pixels, estimate: Pixels, *, mask: Mask | None = None) -> float:
    """AllClear's SSIM; not that of Wang: windows hang over the border and over invalid pixels."""
    images = real_images(reference, estimate, mask=mask)
    if not images.has_any:
        return float("nan")
    first, second = images.filled
    return float(padded_ssim_map(first, second, 1.0)[:, images.valid].mean())


@metric(
    unit="deg",
    better="lower",
    source=f"{ALLCLEAR}; the script sums over image rows, not bands, so this is no spectral angle",
    span=(0, 180),
    window="columns of the image",
)
def compat_allclear_sam(reference: Pixels, estimate: Pixels, *, mask: Mask | None = None) -> float:
    """AllClear's SAM, which is not a spectral angle; see sam for that."""
    images = real_images(reference, estimate, mask=mask)
    if not images.has_any:
        return float("nan")
    first, second = (_unit_columns(image) for image in images.arrays)
    angle = np.degrees(np.arccos(np.clip((first * second).sum(axis=1), -1, 1)))
    return float(np.average(angle.mean(axis=0), weights=images.valid.sum(axis=0)))


def _unit_columns(image: Reals) -> Reals:
    norms = np.linalg.norm(image, axis=1, keepdims=True)
    return np.asarray(image / np.maximum(norms, 1e-12))


@metric(better="lower", source=SEN12, span=POSITIVE, masks=NO_MASK)
def compat_sen12mscrts_mae(reference: Pixels, estimate: Pixels) -> float:
    """SEN12MS-CR-TS's mean absolute error."""
    return _mean_abs(_difference(real_images(reference, estimate)))


@metric(better="lower", source=SEN12, span=POSITIVE, masks=NO_MASK)
def compat_sen12mscrts_rmse(reference: Pixels, estimate: Pixels) -> float:
    """SEN12MS-CR-TS's root mean squared error."""
    return _rms(_difference(real_images(reference, estimate)))


@metric(unit="dB", better="higher", source=SEN12, masks=NO_MASK)
def compat_sen12mscrts_psnr(reference: Pixels, estimate: Pixels) -> float:
    """SEN12MS-CR-TS's PSNR; data range 1 without saying so."""
    return _decibel(_difference(real_images(reference, estimate)))


@metric(
    better="higher",
    source=f"{SEN12}; util/pytorch_ssim",
    span=(-1, 1),
    window=PADDED,
    masks=NO_MASK,
)
def compat_sen12mscrts_ssim(reference: Pixels, estimate: Pixels) -> float:
    """SEN12MS-CR-TS's SSIM; not that of Wang: windows hang over the border."""
    return float(padded_ssim_map(*real_images(reference, estimate).pair, 1.0).mean())


@metric(
    unit="rad",
    better="lower",
    source=f"{SEN12}; mean arccos over pixels, in radians; NaN if a spectrum is all zeros",
    span=(0, np.pi),
    masks=NO_MASK,
)
def compat_sen12mscrts_sam(reference: Pixels, estimate: Pixels) -> float:
    """SEN12MS-CR-TS's spectral angle, by arccos and in radians."""
    first, second = real_images(reference, estimate).arrays
    norms = (first**2).sum(axis=0) * (second**2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (first * second).sum(axis=0) / np.sqrt(norms)
    return float(np.arccos(np.clip(cosine, -1, 1)).mean())


@metric(
    better="lower",
    source=f"{WORLDSTRAT}; each band's mean made equal, then the smallest MSE of the centre crop "
    "over whole-pixel shifts",
    span=POSITIVE,
    window="shifts up to +-shift_px px",
    masks=NO_MASK,
)
def compat_worldstrat_registered_mse(
    reference: Pixels, estimate: Pixels, *, shift_px: int = 2
) -> float:
    """WorldStrat's registered mean squared error."""
    first, second = real_images(reference, estimate).arrays
    rows, cols = first.shape[1] - 2 * shift_px, first.shape[2] - 2 * shift_px
    if min(rows, cols) < 1:
        raise InputError(f"The images are too small for shifts of {shift_px} px.")
    second = second + (first - second).mean(axis=(1, 2), keepdims=True)
    centre = second[:, shift_px : shift_px + rows, shift_px : shift_px + cols]
    side = range(2 * shift_px + 1)
    squares = [
        ((first[:, down : down + rows, right : right + cols] - centre) ** 2).mean()
        for down in side
        for right in side
    ]
    return float(min(squares))
