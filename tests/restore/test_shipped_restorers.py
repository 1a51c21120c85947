"""The restorers that come with the program: above their rivals on made scenes of another maker."""

from fractions import Fraction

import numpy as np
import pytest
from shipped_models import MODELS, psnr, restored

from satstudio.bench.despeckling.synthetic_scenes import SyntheticPlan, evaluate_on_synthetic_scenes
from satstudio.core.grid import Size
from satstudio.metrics.measures.proba_v import cpsnr
from satstudio.pixels.compositing import mosaic, temporal_interpolation
from satstudio.pixels.frame_fusion import registered_mean
from satstudio.pixels.resampling import bicubic
from satstudio.pixels.synthetic.cloud_series import cloud_series
from satstudio.pixels.synthetic.low_series import LowModel, low_series
from satstudio.pixels.synthetic.speckle_pair import SpeckleModel, speckle_pair
from satstudio.restore.models.model_file import read_card

NOT_LEARNT = 9_000_000
"""Seeds from here on: those of the training are drawn below 2^63, and none of them is so small."""

OTHER_MAKER = "terrain"


SHIPPED = {
    "cloud_removal": "cloud_removal",
    "multi_image_super_resolution": "multi_image_super_resolution",
    "super_resolution": "super_resolution",
    "intensity_despeckler": "despeckle_intensity",
}
"""File -> method."""


@pytest.mark.parametrize("name", SHIPPED)
def test_the_card_says_what_it_is_worth_and_where_it_is_not(name):
    card = read_card(MODELS / f"{name}.onnx")
    assert (MODELS / f"{name}.onnx").stat().st_size <= 5_000_000
    assert card.method == SHIPPED[name]
    for what in ("hours on one core", "on made scenes", "weakest", "Limits:"):
        assert what in card.notes
    assert card.inputs[0].quantity == ("sigma0" if card.task == "despeckle" else "reflectance")


def test_clouds_are_removed_better_than_by_mosaic_and_interpolation():
    gains = []
    for seed in range(NOT_LEARNT, NOT_LEARNT + 12):
        series = cloud_series(Size(64, 64), seed, 3, maker=OTHER_MAKER)
        frames = np.stack([frame.pixels for frame in series.frames])
        good = np.stack([frame.clear for frame in series.frames])
        made = restored("cloud_removal", optical=frames, optical_mask=good[:, None], sar=series.sar)
        rivals = (
            mosaic(frames, good),
            temporal_interpolation(frames, good, series.days, series.days[1]),
        )
        gains.append(
            [psnr(series.target, made) - psnr(series.target, one.values) for one in rivals]
        )
    over_mosaic, over_interpolation = np.mean(gains, axis=0)
    assert over_mosaic > 7
    assert over_interpolation > 1


def test_frames_become_finer_than_their_registered_mean():
    gains = []
    model = LowModel(Fraction(3), ("B8",), 9, 0.3, OTHER_MAKER)
    for seed in range(NOT_LEARNT, NOT_LEARNT + 8):
        frames, target = low_series(Size(32, 32), seed, model)
        made = restored(
            "multi_image_super_resolution", low=frames.pixels, low_mask=frames.clear[:, None]
        )
        shifts = [tuple(shift / 3) for shift in frames.shifts]  # the true ones: hard to beat
        rival = registered_mean(frames.pixels, frames.clear, shifts, 3).values
        gains.append(cpsnr(target, made, data_range=1.0) - cpsnr(target, rival, data_range=1.0))
    assert np.mean(gains) > 0.5


def test_one_image_becomes_finer_than_by_bicubic():
    gains = []
    model = LowModel(Fraction(2), ("B2", "B3", "B4", "B8"), maker=OTHER_MAKER)
    for seed in range(NOT_LEARNT, NOT_LEARNT + 8):
        frames, target = low_series(Size(48, 48), seed, model)
        low = frames.pixels[0]
        rival = bicubic(low, frames.clear[0], 2)[0]
        gains.append(psnr(target, restored("super_resolution", low=low)) - psnr(target, rival))
    assert np.mean(gains) > 0.3


def test_intensity_is_despeckled_and_keeps_its_power_and_its_unit():
    for seed in range(NOT_LEARNT, NOT_LEARNT + 3):
        pair = speckle_pair(Size(96, 96), seed, SpeckleModel(change=0, maker=OTHER_MAKER))
        made = restored("intensity_despeckler", input=pair.first[None])[0]
        away = [np.std(np.log(power / pair.sigma0)) for power in (pair.first, made)]
        assert away[1] < 0.7 * away[0]
        assert abs(10 * np.log10(made.mean() / pair.first.mean())) < 1
        louder = restored("intensity_despeckler", input=1e4 * pair.first[None])[0]
        np.testing.assert_allclose(louder, 1e4 * made, rtol=1e-3)


@pytest.mark.nightly
def test_intensity_keeps_points_and_zeros_and_any_unit_within_its_bars():
    """Bars of the despeckler of complex samples, 1 dB lower; `resources/make` has the long form."""
    plan = SyntheticPlan(spectra=("white",), rivals=("lee",), side_px=192, tuning_px=128)
    found = evaluate_on_synthetic_scenes(MODELS / "intensity_despeckler.onnx", plan)
    assert found.slack_db == 1
    assert {point.level_db for point in found.points} == {20, 30, 40}
    assert found.lost == 0
    missed = [text for text in found.failures if not text.startswith("zeros change")]
    assert not missed
