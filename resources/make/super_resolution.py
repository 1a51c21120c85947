"""Makes resources/models/super_resolution.onnx: four bands of one coarse image, x2.

    python resources/make/super_resolution.py --work DIR [--hours H] [--out OUT]
    python resources/make/super_resolution.py --only-evaluate [--out OUT]

See made_restorer.py. It is evaluated by PSNR over all bands, data range 1, beside bicubic
interpolation, and by what it improved, left out and invented (Aybar 2024) and whether the result
still says what its input said.
"""

from collections.abc import Iterator
from fractions import Fraction

from made_restorer import HELD_OUT_SEED, Figures, Gained, Plan, main, psnr, restored

from satstudio.core.grid import Size
from satstudio.patches.made import BANDS_OF, image_seed
from satstudio.pixels.resampling import bicubic
from satstudio.pixels.synthetic.low_series import LowModel, low_series
from satstudio.restore.models.model_file import ModelFile

RATIO, BANDS = 2, BANDS_OF["4"]
HELD_OUT, SIDE_PX = 100, 60

PLAN = Plan(
    name="super_resolution",
    dataset="low",
    choices={"count": 4000, "size_px": 48, "ratio": str(RATIO), "validation_share": 0.04},
    recipe={
        "method": "super_resolution",
        "preset": "small",
        "steps": 4000,
        "precision": "bf16",
        "options": {"schedule_steps": 4000},
    },
)
LIMITS = (
    "Limits: it knows reflectances of made land in four bands (blue, green, red, near infrared) "
    "and the blur of made sensors; a part of the margin is blur that it undoes, which bicubic "
    "interpolation does not. One image does not say what lies between its pixels: what it adds "
    "there is likely, not measured."
)


def evaluated(net: ModelFile) -> Iterator[str]:
    """Measure on the other maker's images, and on those of its own."""
    yield f"On made scenes of another maker, {_figures(net, 'terrain')}."
    yield f"On made scenes of the maker that it learnt from, {_figures(net, 'fields')}."
    yield LIMITS


def _figures(net: ModelFile, maker: str) -> str:
    found, gained = Figures(f"PSNR of four bands, x{RATIO}"), Gained()
    model = LowModel(Fraction(RATIO), BANDS, maker=maker)
    for number in range(HELD_OUT):
        made, target = low_series(Size(SIDE_PX, SIDE_PX), image_seed(HELD_OUT_SEED, number), model)
        low = made.pixels[0]
        answer, rival = restored(net, {"low": low}), bicubic(low, made.clear[0], RATIO)[0]
        found.add(psnr(target, answer), {"bicubic": psnr(target, rival)})
        gained.add(target, rival, answer, low)
    return f"{found}; {gained}"


if __name__ == "__main__":
    main(PLAN, evaluated)
