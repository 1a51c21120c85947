import json

import pytest

from satstudio.core.errors import InputError
from satstudio.jobs.again import differences, run_choices


def test_what_a_run_was_made_with_is_read_from_its_folder(tmp_path):
    (tmp_path / "recipe.toml").write_text("steps = 3\n[options]\nlr = 0.1\n", "utf-8")
    (tmp_path / "run.json").write_text(json.dumps({"patches": "/sets/coast"}), "utf-8")
    choices = run_choices(tmp_path)
    assert choices.recipe == {"steps": 3, "options": {"lr": 0.1}}
    assert str(choices.patches.as_posix()) == "/sets/coast"


@pytest.mark.parametrize("text", [None, "", "[]", "{}"])
def test_a_folder_that_is_no_run_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "run.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match="no training run that another could be made like"):
        run_choices(tmp_path)


def test_differences_reach_into_tables_and_know_none_and_whole_numbers():
    before = {"steps": None, "batch": 8, "options": {"lr": 0.1, "gp": 10}}
    after = {"batch": 8.0, "seed": 1, "options": {"lr": 0.2, "gp": 10.0}}
    assert differences(before, after) == {"options.lr": (0.1, 0.2), "seed": (None, 1)}
    assert differences(before, before) == {}
