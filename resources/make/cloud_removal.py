"""Makes resources/models/cloud_removal.onnx: three dates of 13 bands and SAR to the middle date.

    python resources/make/cloud_removal.py --work DIR [--hours H] [--out OUT]
    python resources/make/cloud_removal.py --only-evaluate [--out OUT]

See made_restorer.py. It is evaluated by PSNR over all bands, data range 1, beside the least cloudy
date, the mosaic, interpolation in time and the mosaic whose gaps are filled from around.
"""

from collections.abc import Iterator

import numpy as np
from made_restorer import HELD_OUT_SEED, Figures, Images, Plan, main, psnr, restored

from satstudio.core.grid import Size
from satstudio.patches.made import image_seed
from satstudio.pixels.compositing import least_cloudy, mosaic, temporal_interpolation
from satstudio.pixels.synthetic.cloud_series import CloudSeries, cloud_series
from satstudio.restore.models.model_file import ModelFile

DATES, MIDDLE = 3, 1
HELD_OUT, SIDE_PX = 100, 96

PLAN = Plan(
    name="cloud_removal",
    dataset="clouds",
    choices={"count": 2400, "size_px": 64, "frames": DATES, "validation_share": 0.04},
    recipe={
        "method": "cloud_removal",
        "preset": "unet",
        "steps": 4000,
        "precision": "bf16",
        "options": {"size": 48, "width": 24, "schedule_steps": 4000},
    },
)
LIMITS = (
    "Limits: it gives the second of three dates (or the nearest to it), knows made land, made "
    "clouds and reflectances of 0 to 1 (Sentinel-2's numbers over 10000) with sigma0 of VV and VH "
    "in dB. Under clouds of all dates it shows what radar and surroundings make likely: a guess, "
    "no measurement. Made spectra and seasons are easier than life."
)


def evaluated(net: ModelFile) -> Iterator[str]:
    """Measure on the other maker's series, on those of its own, and without radar."""
    yield f"On made scenes of another maker, {_figures(net, 'terrain')}."
    yield f"On made scenes of the maker that it learnt from, {_figures(net, 'fields')}."
    yield LIMITS


def _figures(net: ModelFile, maker: str) -> Figures:
    found = Figures("PSNR over 13 bands of three dates")
    for number in range(HELD_OUT):
        seed = image_seed(HELD_OUT_SEED, number)
        series = cloud_series(Size(SIDE_PX, SIDE_PX), seed, DATES, maker=maker)
        answer = restored(net, _given(series))
        values = {name: psnr(series.target, one) for name, one in _rivals(series).items()}
        found.add(psnr(series.target, answer), values)
    return found


def _given(series: CloudSeries) -> Images:
    return {
        "optical": np.stack([frame.pixels for frame in series.frames]),
        "optical_mask": np.stack([frame.clear[None] for frame in series.frames]),
        "sar": series.sar,
    }


def _rivals(series: CloudSeries) -> dict[str, np.ndarray]:
    frames = np.stack([frame.pixels for frame in series.frames])
    good = np.stack([frame.clear for frame in series.frames])
    whole = mosaic(frames, good)
    at = series.days[MIDDLE]
    return {
        "least cloudy date": least_cloudy(frames, good).values,
        "mosaic": whole.values,
        "interpolation in time": temporal_interpolation(frames, good, series.days, at).values,
        "mosaic filled from around": _filled(whole.values, whole.seen),
    }


def _filled(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    import torch  # lazy: all else runs without it

    from satstudio.learn.nets.restoration_net import spread

    image, known = torch.from_numpy(values)[None], torch.from_numpy(seen)[None, None].float()
    return spread(image, known)[0].numpy()


if __name__ == "__main__":
    main(PLAN, evaluated)
