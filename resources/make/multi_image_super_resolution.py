"""Makes resources/models/multi_image_super_resolution.onnx: nine coarse frames to one, x3.

    python resources/make/multi_image_super_resolution.py --work DIR [--hours H] [--out OUT]
    python resources/make/multi_image_super_resolution.py --only-evaluate [--out OUT]

See made_restorer.py. It is evaluated as images of PROBA-V are (cPSNR: a border of 3 px, shifts and
a constant forgiven), data range 1, beside means of the frames registered with estimated and with
the true shifts.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from made_restorer import HELD_OUT_SEED, Figures, Gained, Plan, main, restored

from satstudio.core.grid import Size
from satstudio.metrics.measures.proba_v import cpsnr
from satstudio.patches.made import image_seed
from satstudio.pixels.compositing import frame_mean
from satstudio.pixels.frame_fusion import registered_mean, shift_and_add
from satstudio.pixels.registration import frame_shifts
from satstudio.pixels.resampling import bicubic
from satstudio.pixels.synthetic.low_frames import LowFrames
from satstudio.pixels.synthetic.low_series import LowModel, low_series
from satstudio.restore.models.model_file import ModelFile

RATIO, FRAMES, BAND = 3, 9, "B8"
HIDDEN = 0.3
FIRST = "bicubic of the first frame"
HELD_OUT, SIDE_PX = 100, 40

PLAN = Plan(
    name="multi_image_super_resolution",
    dataset="frames",
    choices={"count": 4000, "size_px": 32, "validation_share": 0.04, "hidden": HIDDEN},
    recipe={
        "method": "multi_image_super_resolution",
        "preset": "x3",
        "steps": 4000,
        "precision": "bf16",
        "options": {
            "size": 24,
            "width": 32,
            "encoder": 1,
            "decoder": 3,
            "schedule_steps": 4000,
            "drop_frames": 0.1,
        },
    },
)
LIMITS = (
    "Limits: it knows one band of reflectance (near infrared) of made land, frames that lie within "
    "half a pixel of the first one, and the blur of made sensors. What it adds to a real image is "
    "a guess where frames do not alias. One frame alone it was not trained for."
)


def evaluated(net: ModelFile) -> Iterator[str]:
    """Measure on the other maker's series, on those of its own, and with fewer frames."""
    yield f"On made scenes of another maker, {_figures(net, 'terrain')}."
    yield f"On made scenes of the maker that it learnt from, {_figures(net, 'fields')}."
    yield f"With 4 frames of the other maker, {_figures(net, 'terrain', 4)}."
    yield LIMITS


def _figures(net: ModelFile, maker: str, frames: int = FRAMES) -> str:
    found, gained = Figures(f"cPSNR of {frames} frames, x{RATIO}"), Gained()
    model = LowModel(Fraction(RATIO), (BAND,), frames, HIDDEN, maker)
    for number in range(HELD_OUT):
        made, target = low_series(Size(SIDE_PX, SIDE_PX), image_seed(HELD_OUT_SEED, number), model)
        answer = restored(net, {"low": made.pixels, "low_mask": made.clear[:, None]})
        rivals = _rivals(made)
        found.add(
            _cpsnr(target, answer), {name: _cpsnr(target, one) for name, one in rivals.items()}
        )
        gained.add(target, rivals[FIRST], answer, first_frame(made))
    return f"{found}; {gained}"


def _rivals(made: LowFrames) -> dict[str, np.ndarray]:
    frames, good = made.pixels, made.clear
    shifts = [(one.rows, one.cols) for one in frame_shifts(frames, good)]
    true = [tuple(shift / RATIO) for shift in made.shifts]
    mean = frame_mean(frames, good)
    return {
        FIRST: bicubic(first_frame(made), mean.seen, RATIO)[0],
        "mean of the frames": bicubic(mean.values, mean.seen, RATIO)[0],
        "registered mean": registered_mean(frames, good, shifts, RATIO).values,
        "registered mean with the true shifts": registered_mean(frames, good, true, RATIO).values,
        "shift and add": shift_and_add(frames, good, shifts, RATIO).values,
    }


def first_frame(made: LowFrames) -> np.ndarray:
    """Return the first frame, its holes filled with the mean of the others, to be fair."""
    return np.where(made.clear[0], made.pixels[0], frame_mean(made.pixels, made.clear).values)


def _cpsnr(target: np.ndarray, estimate: np.ndarray) -> float:
    return cpsnr(target, estimate, data_range=1.0)


if __name__ == "__main__":
    main(PLAN, evaluated)
