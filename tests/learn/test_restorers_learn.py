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


def learnt(patches, run, method, steps, preset="small", seed=0, **options):
    """The figures of a training's end."""
    recipe = TrainRecipe(
        method=method,
        preset=preset,
        steps=steps,
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
    found = learnt(patches, tmp_path / "run", "cloud_removal", 80, size=32)
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
        learnt(patches, tmp_path / f"clouds{sar}", "cloud_removal", 400, seed=seed, use_sar=sar)
        for sar in (True, False)
    )
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
