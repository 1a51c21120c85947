"""What the demo restores, and what it says where the despeckler does not fit."""

import json

import numpy as np
import pytest
import rasterio
from made import phase_ramp, speckle, speckle_power, write_geotiff

from satstudio.bench.despeckling.real_scenes import EVALUATED
from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.jobs.demo import restored as demo_restored
from satstudio.jobs.demo.demo import DemoRecipe, run_demo, sample_scene
from satstudio.jobs.demo.restored import (
    DemoRestored,
    despeckle_demo,
    draw_demo,
    evaluate_demo,
    plan_restoring,
    restored_fact,
    restored_section,
)

WHOLE = Window(0, 0, 256, 256)


@pytest.fixture
def polarimetric(tmp_path):
    """Two bands of single-look speckle over two fields."""
    scene = np.stack([speckle(256, 256, seed=seed) for seed in range(2)])
    scene[:, :, 128:] *= 5
    return write_geotiff(tmp_path / "two.tif", scene, names=["HH", "HV"])


def test_the_sample_scene_is_restored_whole_and_judged_on_rows_that_were_never_learnt():
    task = plan_restoring(str(sample_scene()), Window(128, 128, 1024, 1024))
    assert (task.why_not, task.is_sample, task.window) == ("", True, None)
    assert task.evaluated == EVALUATED
    assert EVALUATED.row <= task.detail.row < task.detail.end_row <= EVALUATED.end_row


def test_of_a_large_scene_with_bands_a_window_of_the_first_is_restored_and_drawn(
    polarimetric, tmp_path, monkeypatch
):
    monkeypatch.setattr(demo_restored, "MOST_PX", 40_000)
    window = Window(20, 30, 160, 192)
    task = plan_restoring(str(polarimetric), window)
    out = tmp_path / "out"
    made = despeckle_demo(task, out / "restored.tif", Progress())
    found = evaluate_demo(task, out / "filtered.tif", Progress())
    pictures = out / "compare.png", out / "ratio.png"
    draw_demo(task, (out / "filtered.tif", made), pictures, Progress())
    with rasterio.open(made) as after, rasterio.open(out / "filtered.tif") as lee:
        assert after.shape == lee.shape == (160, 192)
        assert after.descriptions == ("HH",)
        assert after.tags()["SATSTUDIO_WINDOW"] == str(window)
    assert found.window == window
    assert all(picture.stat().st_size > 10_000 for picture in pictures)
    assert sorted(path.name for path in out.iterdir()) == [
        "compare.png", "filtered.tif", "ratio.png", "restored.tif"
    ]  # fmt: skip
    section = restored_section(DemoRestored(task=task, evaluation=found), out)
    assert "Nobody knows the reflectivity" in section.text
    assert str(task.detail) in section.pictures[0].caption
    document = DemoRestored(task=task, evaluation=found).document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_scene_of_many_looks_is_left_alone_with_the_reason(tmp_path):
    smooth = np.sqrt(speckle_power(256, 256, looks=20)) * phase_ramp(256, 256)
    task = plan_restoring(str(write_geotiff(tmp_path / "s.tif", smooth)), WHOLE)
    restored = DemoRestored(task=task)
    assert restored.document() == {"note": task.why_not}
    assert "made for single-look scenes" in restored_section(restored, tmp_path).text
    assert restored_fact(restored) == "not despeckled"


def test_without_its_despeckler_the_demo_does_not_start(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_restored, "resources_folder", lambda: tmp_path)
    with pytest.raises(InputError, match="install satstudio again"):
        run_demo(DemoRecipe(scene=str(sample_scene())), tmp_path / "out", Progress())
    assert not (tmp_path / "out").exists()
