"""Files of earlier versions say other names; each is read as what it is called today."""

import pytest

from satstudio.core.files.old_keys import (
    OLD_KEYS,
    new_extractor,
    new_name,
    new_plan,
    new_row,
    old_key,
    with_new_keys,
)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("option", "longest", "initial_time"),
        ("log", "slope", "gradient_norm"),
        ("features", "hand", "handcrafted"),
        ("scores", "made", "generated"),
    ],
)
def test_every_old_key_has_its_name_of_today(kind, old, new):
    assert OLD_KEYS[kind][old] == new
    assert new_name(kind, old) == new_name(kind, new) == new
    assert with_new_keys(kind, {old: 1, "lr": 2}) == {new: 1, "lr": 2}


def test_these_are_all_old_keys():
    assert sum(map(len, OLD_KEYS.values())) == 4, "add the new one to the test above"


def test_a_key_that_its_reader_knows_stays():
    assert with_new_keys("option", {"longest": 3}, {"longest"}) == {"longest": 3}


def test_of_an_old_and_a_new_key_the_later_one_counts():
    assert with_new_keys("option", {"initial_time": 64, "longest": 32}) == {"initial_time": 32}


def test_features_keep_their_version():
    assert new_extractor("hand 1 (4 real bands, 34 numbers)").startswith("handcrafted 1 (4 real")
    assert new_extractor("handy.onnx") == "handy.onnx"
    assert new_extractor(None) is None


def test_a_plan_is_read_wherever_it_names_an_option_or_a_figure():
    plan = {
        "base": {"method": "dcgan", "options": {"longest": 4}, "longest": 8},
        "grid": {"longest": [1, 2]},
        "rows": [{"label": "a", "longest": 3}],
        "columns": "longest",
        "figures": ["swd", "slope"],
        "curves": ["slope"],
        "extractor": "hand",
    }
    assert new_plan(plan) == {
        "base": {"method": "dcgan", "options": {"initial_time": 4}, "initial_time": 8},
        "grid": {"initial_time": [1, 2]},
        "rows": [{"label": "a", "initial_time": 3}],
        "columns": "initial_time",
        "figures": ["swd", "gradient_norm"],
        "curves": ["gradient_norm"],
        "extractor": "handcrafted",
    }
    assert new_plan({"experiment": "variance", "longest": 16})["initial_time"] == 16


def test_a_row_is_called_as_a_row_of_today_but_its_run_stays_where_it_is():
    row = {
        "row": "space noise, longest 32",
        "key": "space-noise-longest-32-seed0",
        "label": "",
        "values": {"space": "noise", "longest": 32},
        "figures": {"slope": 1.0},
        "run": "runs/space-noise-longest-32-seed0",
    }
    found = new_row(row)
    assert found["row"] == "space noise, initial_time 32"
    assert found["key"] == "space-noise-initial-time-32-seed0"
    assert found["values"] == {"space": "noise", "initial_time": 32}
    assert found["figures"] == {"gradient_norm": 1.0}
    assert found["run"] == row["run"]
    assert old_key(found["key"]) == row["key"]
    assert new_row({"key": "longest-8-seed0-epoch1", "made": [0.5]}) == {
        "key": "initial-time-8-seed0-epoch1",
        "generated": [0.5],
    }


def test_a_label_of_the_users_own_is_left_alone():
    row = {"row": "longest 3", "key": "longest-3-seed0", "label": "longest 3", "values": {}}
    assert new_row(row) == row
