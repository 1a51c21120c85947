"""Plans: what lists say of them, how many runs they are, what choices change in them."""

import pytest

from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan
from satstudio.core.errors import InputError, RecipeError
from satstudio.jobs.plans import PlanChoices, describe_plan, list_plans, open_plan, with_choices

PLANS = {info.name: info for info in list_plans()}
TRAINING = {
    "title": "Two",
    "base": {"method": "dcgan", "steps": 9, "anneal_steps": 9},
    "rows": [{"label": "a"}, {"label": "b", "anneal_steps": 9}, {"label": "c"}],
    "grid": {"lr": [1, 2]},
    "seeds": [4, 7],
}


def test_every_plan_that_comes_along_is_described():
    assert {"nss/hadamard", "nss/losses", "cvwgan/fourier", "dcgan/by-epoch"} <= set(PLANS)
    assert all(info.title and info.about for info in PLANS.values())
    assert not PLANS["nss/hadamard"].takes_patches
    assert PLANS["nss/variance"].runs == 0


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("nss/losses", 8),
        ("nss/initial-time", 21),
        ("nss/losses-and-spaces", 20),
        ("nss/critic-percentiles", 4),
        ("dcgan/by-epoch", 1),
        ("cvwgan/fourier", 1),
        ("hubble/table1", 12),
        ("hubble/table2", 4),
    ],
)
def test_the_number_of_runs_is_that_of_rows_times_the_grid(name, runs):
    assert PLANS[name].runs == runs


def test_networks_for_fid_and_is_are_chosen_for_plans_of_trainings_only():
    info = describe_plan("mine", TRAINING)
    choices = PlanChoices(seeds=1, extractor="fid.onnx", classifier="classes.onnx", images=500)
    plan = with_choices(info, choices)
    assert [plan[key] for key in ("extractor", "classifier", "images")] == [
        "fid.onnx", "classes.onnx", 500,
    ]  # fmt: skip
    assert not {"extractor", "classifier", "images"} & with_choices(info, PlanChoices()).keys()
    with pytest.raises(InputError, match="takes no networks"):
        with_choices(PLANS["nss/hadamard"], choices)


def test_lists_say_the_steps_of_the_plan_where_its_texts_leave_room_for_them():
    said = " ".join(PLANS["nss/initial-time"].differs)
    assert "32 px, 1200 steps of the patch set" in said
    assert not any("{steps}" in text for info in PLANS.values() for text in info.differs)


def test_the_number_of_runs_is_that_of_the_trials():
    info = describe_plan("mine", TRAINING)
    assert info.runs * info.seeds == 12
    for name in ("nss/losses", "nss/schedules", "cvwgan/fourier"):
        info = PLANS[name]
        assert info.runs * info.seeds == len(SweepPlan.build(info.values).trials())


def test_choices_change_seeds_steps_and_what_falls_over_them():
    info = describe_plan("mine", TRAINING)
    plan = with_choices(info, PlanChoices(seeds=4, steps=50, threads=1))
    assert plan["seeds"] == [4, 7, 0, 1]
    assert plan["base"] == {"method": "dcgan", "steps": 50, "anneal_steps": 50, "threads": 1}
    assert [row.get("anneal_steps") for row in plan["rows"]] == [None, 50, None]
    assert TRAINING["base"]["steps"] == 9, "the plan itself stays"
    assert with_choices(info, PlanChoices(seeds=1))["seeds"] == [4]


def test_choices_fit_experiments_that_are_no_table():
    plan = with_choices(PLANS["nss/hadamard"], PlanChoices(seeds=1, steps=5))
    assert (plan["seeds"], plan["steps"]) == (2, 5)
    plan = with_choices(PLANS["dcgan/by-epoch"], PlanChoices(seeds=2, steps=80))
    assert (plan["seeds"], plan["epoch_steps"]) == ([0, 1], 10)
    info = PLANS["hubble/table1"]
    plan = with_choices(info, PlanChoices(seeds=1, steps=10, threads=1))
    assert {row["steps"] for row in plan["rows"] if "continues" in row} == {10}
    assert {row["steps"] for row in plan["rows"] if "continues" not in row} == {5}
    assert with_choices(PLANS["nss/variance"], PlanChoices()) == PLANS["nss/variance"].values


def test_a_file_that_is_no_plan_is_refused(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("steps = 3\n", "utf-8")
    with pytest.raises(RecipeError, match="is no plan of a sweep"):
        open_plan(file)
    file.write_text('experiment = "alchemy"\n', "utf-8")
    with pytest.raises(InputError, match="alchemy"):
        open_plan(file)
    file.write_text('title = "Mine"\n[base]\nsteps = 1\n', "utf-8")
    assert open_plan(file).title == "Mine"
