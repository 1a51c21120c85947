"""A despeckler on synthetic scenes never learnt from, beside rivals that were tuned elsewhere."""

import numpy as np
import pytest

from satstudio.bench.despeckling.synthetic_figures import figures_of, points_of, scale_of, zeros_of
from satstudio.bench.despeckling.synthetic_scenes import SyntheticPlan, evaluate_on_synthetic_scenes
from satstudio.bench.despeckling.synthetic_truths import (
    SPECTRA,
    point_levels,
    point_scene,
    synthetic_truth,
)
from satstudio.core.errors import Cancelled
from satstudio.core.progress import Progress
from satstudio.pixels.filters import boxcar
from satstudio.pixels.synthetic.scenes import surface
from satstudio.restore.recipe import RestoreRecipe

QUICK = SyntheticPlan(
    spectra=("white",), rivals=("lee", "tv"), side_px=128, tuning_px=128, only_grounds=True
)


def power_of(samples):
    return np.abs(samples.astype(np.complex128)) ** 2


@pytest.fixture(scope="module")
def blurred():
    """An evaluation of what no expert would use."""
    plan = QUICK.changed(only_grounds=False, rivals=("lee",))
    return evaluate_on_synthetic_scenes("baseline:boxcar", plan, RestoreRecipe(filter_px=25))


@pytest.mark.slow
def test_whitening_around_a_rival_helps_it_where_neighbours_are_correlated():
    plan = QUICK.changed(spectra=(".6 Hamming off centre",), rivals=("lee",))
    plain = evaluate_on_synthetic_scenes("baseline:boxcar", plan)
    white = evaluate_on_synthetic_scenes(
        "baseline:boxcar", plan.changed(parts=("whitening", "points"))
    )
    assert white.figures == plain.figures  # the model itself is judged as before
    assert [one.psnr_db for one in white.rivals] != [one.psnr_db for one in plain.rivals]
    fields = [next(one for one in found.rivals if one.ground == "fields")
              for found in (plain, white)]  # fmt: skip
    assert fields[1].psnr_db > fields[0].psnr_db
    assert "whitening and points around the rivals" in white.as_text()


def test_what_blurs_everything_fails_the_bars(blurred):
    text = " ".join(blurred.failures)
    assert blurred.margins[0].gain_db < -1
    for said in ("dB over Lee", "a quartile's power", "flux of points", "peak of points"):
        assert said in text
    assert blurred.scale_change < 1e-3  # what it does well is not told to fail
    assert "scale" not in text


@pytest.mark.slow
def test_the_power_before_the_gain_is_told_where_there_is_a_gain():
    plan = QUICK.changed(rivals=("lee",))
    plain = evaluate_on_synthetic_scenes("baseline:tv", plan)
    gained = evaluate_on_synthetic_scenes("baseline:tv", plan, RestoreRecipe(power="on"))
    for before, after in zip(plain.figures, gained.figures, strict=True):
        assert before.ungained_db is None
        assert after.ungained_db == pytest.approx(before.power_db, abs=1e-4)
    fields = next(one for one in gained.figures if one.ground == "fields")
    assert abs(fields.power_db) < abs(fields.ungained_db)
    changed = gained.changed(figures=(fields.changed(ungained_db=-0.6),))
    assert "power before the gain -0.60 dB (white, fields)" in changed.failures


def test_the_weakest_scene_is_the_headline_and_stands_first(blurred):
    gains = [one.gain_db for one in blurred.margins]
    assert gains == sorted(gains)
    assert len(gains) == 3
    assert blurred.margins[0].text in blurred.headline
    lines = blurred.as_text().splitlines()
    assert lines[1] == blurred.headline
    assert blurred.margins[0].ground in lines[3]
    for one in blurred.figures:
        assert f"{one.psnr_db:.2f}" in blurred.as_text()


@pytest.mark.slow
def test_a_margin_is_that_over_the_best_rival_of_the_same_scene():
    found = evaluate_on_synthetic_scenes("baseline:tv", QUICK)
    for margin in found.margins:
        here = [one for one in found.rivals if one.ground == margin.ground]
        mine = next(one for one in found.figures if one.ground == margin.ground)
        assert [one.name for one in here] == ["Lee", "total variation"]
        assert margin.gain_db == mine.psnr_db - max(one.psnr_db for one in here)
    settings = {one.setting for one in found.rivals if one.name == "Lee"}
    assert all(setting.endswith(" px") for setting in settings)
    assert found.points == ()
    assert all("points" not in text for text in found.failures if "clutter" not in text)


@pytest.mark.slow
def test_what_changes_nothing_keeps_power_points_and_scale():
    plan = QUICK.changed(only_grounds=False, rivals=("lee",))
    found = evaluate_on_synthetic_scenes("baseline:identity", plan)
    assert max(abs(one.power_db) for one in found.figures) < 1e-4
    assert {(round(one.flux, 4), round(one.peak, 4)) for one in found.points} == {(1.0, 1.0)}
    assert (found.lost, found.changed_db) == (0, 0.0)
    assert found.scale_change < 1e-5
    assert found.margins[-1].gain_db < 0


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_the_expected_power_is_the_mean_of_many_scenes(spectrum):
    scene = synthetic_truth(spectrum, "roads", 128, 5)
    bands, rng = (scene.band, scene.band), np.random.default_rng(0)
    drawn = np.mean([power_of(surface(scene.reflectivity, bands, rng)) for _ in range(300)], 0)
    ratio = drawn / scene.ground_power
    assert ratio.mean() == pytest.approx(1, abs=0.01)
    assert ratio.std() < 0.07  # of 300 looks: .058


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_the_truth_itself_is_ahead_of_all_and_has_no_bias(spectrum):
    scene = synthetic_truth(spectrum, "roads", 256, 3)
    truth = scene.ground_power + power_of(scene.response)
    found = figures_of("truth", "", scene, truth)
    rival = figures_of("boxcar", "", scene, boxcar(scene.intensity, 5))
    assert found.psnr_db > rival.psnr_db
    assert abs(found.power_db) < 0.1
    assert found.clutter_db == pytest.approx(0, abs=1e-6)
    assert 0 < found.n < 256**2  # near points it is not the ground that one sees


def test_a_quartile_too_dark_is_seen_in_that_quartile_alone():
    scene = synthetic_truth("white", "fractal", 128, 1)
    darkest = scene.reflectivity <= np.quantile(scene.reflectivity, 0.25)
    found = figures_of("x", "", scene, np.where(darkest, 0.5, 1) * scene.intensity)
    assert found.quartiles_db == pytest.approx((-3.01, 0, 0, 0), abs=0.02)
    assert found.clutter_db is None


def test_clutter_beside_points_is_seen_where_it_is_eaten():
    scene = synthetic_truth(".8 Hamming", "roads", 256, 2)
    truth = scene.ground_power + power_of(scene.response)
    eaten = np.where(scene.is_clutter, 0.8, 1) * truth
    assert figures_of("x", "", scene, eaten).clutter_db == pytest.approx(-0.97, abs=0.01)
    away = np.hypot(*(np.argwhere(scene.is_clutter)[:, None] - scene.points[:, :2]).T)
    assert away.min() >= 4
    assert away.min(axis=0).max() <= 8


def test_points_stand_on_pixels_or_between_them_a_hundred_of_each_level():
    for place, least in (("on", 0), ("between", 0.25)):
        scene = point_scene(".9 flat", place, 512, 0)
        away = np.abs(scene.points[:, :2] - np.round(scene.points[:, :2]))
        assert away.min() >= least
        levels = point_levels(scene)
        assert min(np.sum(levels == level) for level in (20, 30, 40)) >= 100
        row, col = np.round(scene.points[:, :2]).astype(int).T
        over = 10 * np.log10(scene.points[:, 2] / scene.reflectivity[row, col])
        np.testing.assert_allclose(over, levels, atol=1e-4)
        if place == "on":
            peaks = power_of(scene.response)[row, col]
            assert np.median(peaks / scene.points[:, 2]) == pytest.approx(1, abs=0.02)


def test_half_the_flux_is_told():
    for one in points_of("half", lambda samples: power_of(samples) / 2, 128):
        assert (one.flux, one.peak) == pytest.approx((0.5, 0.5))


def test_pixels_lost_beside_zeros_are_counted_and_changes_seen():
    def careless(samples):
        return np.where(boxcar(samples == 0, 3) > 0, 0, power_of(samples))

    lost, changed = zeros_of(careless, 128)
    assert lost == 3 * (5**2 - 3**2) + (26**2 - 24**2)  # a ring around each of four blocks
    assert changed == 0
    _, changed = zeros_of(lambda samples: boxcar(power_of(samples), 9), 128)
    assert changed > 1


def test_what_depends_on_units_is_told():
    assert scale_of(power_of) < 1e-5
    assert scale_of(lambda samples: power_of(samples) + 1e-3) > 1


def test_scenes_are_the_same_each_time_and_none_is_another():
    first, again = (synthetic_truth("white", "fields", 128, 0) for _ in range(2))
    np.testing.assert_array_equal(first.samples, again.samples)
    other = synthetic_truth("white", "fields", 128, 1)
    assert not np.array_equal(first.reflectivity, other.reflectivity)


def test_an_evaluation_stops_when_asked():
    with pytest.raises(Cancelled):
        evaluate_on_synthetic_scenes(
            "baseline:boxcar", QUICK, None, Progress(is_stopped=lambda: True)
        )
