"""Restorers learn from made sets, by so many decibels more than the baselines of their tasks."""

import json

import pytest

from satstudio.core.progress import Progress
from satstudio.learn.loop.loop import train
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.patches.importing import make_patches

CLOUDS = {"size_px": 48, "bands": "4"}
FRAMES = {"size_px": 16}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Sets by what they are of, each made once."""
    folder, known = tmp_path_factory.mktemp("sets"), {}

    def one(name, count, seed, choices):
        key = f"{name}-{count}-{seed}"
        if key not in known:
            options = {"count": count, "seed": seed, "validation_share": 64 / count, **choices}
            known[key] = make_patches(name, options, folder / key, Progress())
        return known[key]

    return one


def learnt(patches, run, method, steps, preset="small", seed=0, batch=8, **options):
    """The figures of a training's end."""
    recipe = TrainRecipe(
        method=method,
        preset=preset,
        steps=steps,
        batch=batch,
        seed=seed,
        threads=1,
        device="cpu",
        check_every_s=9999,
        sample_every_s=9999,
        options={"schedule_steps": steps, **options},
    )
    train(patches, recipe, run, Progress())
    return json.loads((run / "log.jsonl").read_text("utf-8").splitlines()[-1])


def margins(figures, *rivals):
    return [figures["psnr"] - figures[f"psnr_{rival}"] for rival in rivals]


@pytest.mark.slow
def test_frames_become_finer_than_their_registered_mean(tmp_path, made, record_testsuite_property):
    patches = made("frames", 300, 0, FRAMES)
    found = learnt(patches, tmp_path / "run", "multi_image_super_resolution", 120)
    plain, registered = margins(found, "frame_mean", "registered_mean")
    record_testsuite_property("x3 over registered mean dB, 120 steps", registered)
    assert plain >= 0.5
    assert registered >= 0.3


@pytest.mark.slow
def test_clouds_are_removed_better_than_by_the_mosaic(tmp_path, made, record_testsuite_property):
    patches = made("clouds", 200, 0, CLOUDS)
    found = learnt(patches, tmp_path / "run", "cloud_removal", 80, batch=16)
    over_mosaic, over_time = margins(found, "mosaic", "temporal_interpolation")
    record_testsuite_property("cloud removal over mosaic dB, 80 steps", over_mosaic)
    assert over_mosaic >= 5
    assert over_time >= 1
    assert found["psnr_never_clear"] > found["psnr_never_clear_best"]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(3))
def test_margins_hold_with_every_seed(tmp_path, made, record_testsuite_property, seed):
    frames = learnt(
        made("frames", 600, seed, FRAMES),
        tmp_path / "frames", "multi_image_super_resolution", 350, seed=seed,
    )  # fmt: skip
    plain, registered = margins(frames, "frame_mean", "registered_mean")
    patches = made("clouds", 600, seed, CLOUDS)
    seen, blind = (
        learnt(
            patches, tmp_path / f"clouds{sar}", "cloud_removal", 400,
            seed=seed, batch=16, use_sar=sar,
        )
        for sar in (True, False)
    )  # fmt: skip
    over_mosaic, over_filled = margins(seen, "mosaic", "mosaic_filled")
    by_sar = seen["psnr"] - blind["psnr"]
    for name, value in (
        ("x3 over mean", plain),
        ("x3 over registered mean", registered),
        ("cloud removal over mosaic", over_mosaic),
        ("cloud removal over filled mosaic", over_filled),
        ("what SAR adds", by_sar),
    ):
        record_testsuite_property(f"{name} dB, seed {seed}", value)
    assert plain >= 0.5
    assert registered >= 0.3
    assert over_mosaic >= 5
    assert over_filled >= 1
    assert by_sar >= 0.3


@pytest.mark.nightly
def test_gaps_are_filled_better_than_by_the_smoothest_values(
    tmp_path, made, record_testsuite_property
):
    """Narrow gaps are; those of 5 to 16 px are not, at this budget (-.25 dB)."""
    patches = made("gaps", 2500, 0, {"size_px": 32})
    options = {"size": 32, "width": 16, "levels": 3, "more_gaps": 0}
    found = learnt(patches, tmp_path / "run", "gap_filling", 900, batch=16, **options)
    narrow = found["psnr_gaps_to_4px"] - found["psnr_gaps_to_4px_best"]
    record_testsuite_property("gaps over smoothest dB", found["gain_over_best"])
    record_testsuite_property("gaps to 4 px over smoothest dB", narrow)
    assert found["gain_over_best"] >= 0.1
    assert narrow >= 0.3


@pytest.mark.nightly
def test_one_image_becomes_finer_than_by_interpolation(tmp_path, made, record_testsuite_property):
    patches = made("low", 200, 0, {"size_px": 32})
    found = learnt(patches, tmp_path / "run", "super_resolution", 300, size=24)
    record_testsuite_property("x2 over bicubic dB", found["gain_over_best"])
    assert found["gain_over_best"] >= 0.4
    assert found["wins_over_best"] >= 0.8


@pytest.mark.nightly
def test_intensity_is_despeckled_likelier_than_by_filters(
    tmp_path, made, record_testsuite_property
):
    patches = made("speckle", 120, 0, {"size_px": 96})
    options = {"preset": "fast", "batch": 4, "size": 64}
    found = learnt(patches, tmp_path / "run", "despeckle_intensity", 300, **options)
    record_testsuite_property("likelihood over the best filter", found["gain_over_best"])
    assert found["gain_over_best"] > 0
