"""Makes resources/models/cloud_removal.onnx: three dates of 13 bands and SAR to the middle date.

    python resources/make/cloud_removal.py --work DIR [--hours H] [--out OUT]
    python resources/make/cloud_removal.py --only-evaluate [--out OUT]

See made_restorer.py. It is evaluated by PSNR over all bands, data range 1, beside the least cloudy
date, the mosaic, interpolation in time and the mosaic whose gaps are filled from around; then by
band, by the width of what no date shows, and with the SAR image replaced by its means.
"""

from collections.abc import Iterator

import numpy as np
from made_restorer import HELD_OUT_SEED, Figures, Images, Plan, main, psnr, restored

from satstudio.core.grid import Size
from satstudio.patches.made import image_seed
from satstudio.pixels.compositing import least_cloudy, mosaic, temporal_interpolation
from satstudio.pixels.gaps import gap_widths, harmonic, in_classes
from satstudio.pixels.synthetic.cloud_series import CloudSeries, cloud_series
from satstudio.pixels.synthetic.cover_spectra import BANDS
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
        "steps": 2600,
        "precision": "bf16",
        "options": {"size": 48, "width": 24, "lr": 0.005, "schedule_steps": 2600},
    },
)
LIMITS = (
    "Limits: it gives the second of three dates (or the nearest to it), knows made land, made "
    "clouds and reflectances of 0 to 1 (Sentinel-2's numbers over 10000) with sigma0 of VV and VH "
    "in dB. Under clouds of all dates it shows what radar and surroundings make likely: a guess, "
    "no measurement. Made spectra and seasons are easier than life: on real dry land under made "
    "clouds it leaves clear pixels as they are, but where no date is clear it is below the mosaic "
    "filled from around (baseline filled_mosaic); prefer that one there."
)


def evaluated(net: ModelFile) -> Iterator[str]:
    """Measure on the other maker's series, on those of its own, by part, and without radar."""
    yield f"On made scenes of another maker, {_figures(net, 'terrain')}."
    yield f"On made scenes of the maker that it learnt from, {_figures(net, 'fields')}."
    yield from _in_parts(net)
    yield LIMITS


def _in_parts(net: ModelFile) -> Iterator[str]:
    """Say what it gains in each band and width of gap, and what SAR adds, on the other maker's."""
    of_sar, never = Figures("with SAR"), Figures("with SAR")
    parts: dict[str, Figures] = {}
    for number in range(HELD_OUT):
        seed = image_seed(HELD_OUT_SEED, number)
        series = cloud_series(Size(SIDE_PX, SIDE_PX), seed, DATES, maker="terrain")
        given = _given(series)
        mean = np.broadcast_to(series.sar.mean((1, 2), keepdims=True), series.sar.shape)
        made, blind = restored(net, given), restored(net, {**given, "sar": mean})
        of_sar.add(psnr(series.target, made), {"SAR's means": psnr(series.target, blind)})
        rivals = {name: one for name, one in _rivals(series).items() if "filled" in name}
        for band, name in enumerate(BANDS):
            values = {rival: psnr(series.target[band], one[band]) for rival, one in rivals.items()}
            parts.setdefault(name, Figures(name)).add(psnr(series.target[band], made[band]), values)
        hidden = np.logical_and.reduce([~frame.clear for frame in series.frames])
        for name, where in in_classes(gap_widths(~hidden)).items():
            if where.any():
                inside = [one[:, where] for one in (series.target, made, *rivals.values())]
                values = [psnr(inside[0], one) for one in inside[1:]]
                one = parts.setdefault(name, Figures(name))
                one.add(values[0], dict(zip(rivals, values[1:], strict=True)))
        if hidden.any():
            pair = [psnr(series.target[:, hidden], one[:, hidden]) for one in (made, blind)]
            never.add(pair[0], {"SAR's means": pair[1]})
    for rival in parts[BANDS[0]].rivals:
        told = (f"{name} {one.gain_over(rival):+.2f}" for name, one in parts.items())
        yield f"Over the {rival}, dB: {', '.join(told)}."
    yield f"What SAR adds to all pixels, {of_sar}; to those that no date shows, {never}."


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
    between = temporal_interpolation(frames, good, series.days, series.days[MIDDLE])
    return {
        "least cloudy date": least_cloudy(frames, good).values,
        "mosaic": whole.values,
        "interpolation in time": between.values,
        "mosaic, filled": harmonic(whole.values, whole.seen),
        "interpolation in time, filled": harmonic(between.values, between.seen),
    }


if __name__ == "__main__":
    main(PLAN, evaluated)
