"""What the demo does around its steps; tests/flow walks all of it."""

import pytest
from made import made_complex, made_intensity

from satstudio.core.errors import InputError, RunError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.jobs.demo import demo
from satstudio.jobs.demo.demo import DemoRecipe, run_demo, sample_scene
from satstudio.jobs.job import Job


@pytest.fixture
def diverging(monkeypatch):
    def run_job(job, progress):
        raise RunError("Training diverged at step 9.")

    monkeypatch.setattr(demo, "run_job", run_job)


def test_a_training_that_diverges_goes_on_with_its_checkpoint_and_says_so(diverging, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "best-000000005.safetensors").touch()
    note = demo._train(Job(kind="train"), tmp_path, Progress())
    assert "ended early" in note
    assert "diverged at step 9" in note


def test_a_training_without_a_checkpoint_is_an_error(diverging, tmp_path):
    with pytest.raises(RunError, match="diverged"):
        demo._train(Job(kind="train"), tmp_path, Progress())


def test_the_sample_scene_is_there():
    assert sample_scene().stat().st_size <= 4 * 2**20


@pytest.mark.parametrize(("rows", "why"), [(64, "needs 128"), (200, "")])
def test_a_scene_must_be_complex_and_large_enough(tmp_path, rows, why):
    scene = made_complex(tmp_path, rows, rows)
    if why:
        with pytest.raises(InputError, match=why):
            demo._check_scene(str(scene))
    else:
        demo._check_scene(str(scene))
    with pytest.raises(InputError, match="not complex"):
        demo._check_scene(str(made_intensity(tmp_path)))


def test_the_folder_must_not_be_a_file(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="is a file"):
        run_demo(DemoRecipe(), tmp_path / "out", Progress())


def test_the_crop_is_a_whole_number_of_patches_inside_the_picture():
    outer = Window(100, 200, 1024, 300)
    inner = demo._crop_window(outer)
    assert (inner.rows % demo.PATCH_PX, inner.cols % demo.PATCH_PX) == (0, 0)
    assert outer.row <= inner.row
    assert inner.end_col <= outer.end_col


@pytest.mark.parametrize(("side", "stride"), [(1024, 32), (448, 16), (128, 8)])
def test_small_scenes_are_cut_closer(side, stride):
    assert demo._cutting(Window(0, 0, side, side), 0).stride_px == stride
