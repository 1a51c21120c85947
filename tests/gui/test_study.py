import json

from made import made_complex
from made_models import made_model

from satstudio.core.progress import Progress
from satstudio.core.runs.run_rows import RunRow, run_rows
from satstudio.gui.kit.study import free_name, models, patch_sets, previews
from satstudio.gui.pages.patches.set_view import _cells
from satstudio.gui.pages.train.runs.run_states import state_of
from satstudio.gui.pages.train.runs.sample_pictures import step_of
from satstudio.patches.cut import PatchRecipe, cut_patches


def made_run(folder, name="one", **info):
    run = folder / name
    (run / "samples").mkdir(parents=True)
    (run / "recipe.toml").write_text("", "utf-8")
    (run / "run.json").write_text(json.dumps(info), "utf-8")
    return run


def test_an_empty_or_missing_study_holds_nothing(tmp_path):
    assert patch_sets(tmp_path / "none") == ()
    assert run_rows(tmp_path) == ()


def test_a_damaged_patch_set_is_listed_with_its_problem(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "manifest.json").write_text("{", "utf-8")
    (row,) = patch_sets(tmp_path)
    assert row.name == "bad"
    assert row.problem


def test_a_set_tells_which_scenes_are_for_validation_alone(tmp_path):
    first, second = (made_complex(tmp_path, seed=seed, name=f"{seed}.tif") for seed in (1, 2))
    recipe = PatchRecipe(size_px=16, validation_scenes=(str(second),))
    cut_patches([first], recipe, tmp_path / "sets/made", Progress())
    (row,) = patch_sets(tmp_path / "sets")
    assert row.held_out == ("2.tif",)
    assert _cells(row)[-1] == "complex, validation from 2.tif"


def test_previews_come_in_the_order_of_their_steps(tmp_path):
    run = made_run(tmp_path)
    for step in (1200, 30, 7):
        (run / "samples" / f"step-{step:09d}.png").write_bytes(b"")
    assert [step_of(path) for path in previews(run)] == [7, 30, 1200]


def test_models_of_the_study_come_before_the_programs_own(tmp_path):
    own = made_model(tmp_path / "mine.onnx")
    assert models(tmp_path)[0] == own


def test_a_free_name_is_found(tmp_path):
    assert free_name(tmp_path, "set") == "set"
    (tmp_path / "set").mkdir()
    (tmp_path / "set-2").mkdir()
    assert free_name(tmp_path, "set") == "set-3"


def test_a_run_that_says_running_without_a_task_was_interrupted(tmp_path):
    assert state_of(RunRow("a", tmp_path, "running"), None) == "interrupted"
    assert state_of(RunRow("a", tmp_path, "done"), None) == "done"
    assert state_of(None, None) == ""
