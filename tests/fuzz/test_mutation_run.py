"""A short mutation run over every reader and study file; hours of it are run by hand."""

import time

import numpy as np
import pytest
from fuzz.crashproof import Child
from fuzz.mutation_run import MutationRun, inputs, placed
from fuzz.mutations import mutated
from fuzz.targets import TARGETS

BUDGET_S = 20.0
QUICK = [name for name in TARGETS if not TARGETS[name].needs_torch]


def test_damage_is_the_same_for_the_same_seed_and_other_for_others():
    for data in (bytes(range(256)) * 8, b'{"a": [1, 2.5, "b"], "c": null}\n' * 20):
        made = [mutated(data, np.random.default_rng(seed)) for seed in range(40)]
        again = [mutated(data, np.random.default_rng(seed)) for seed in range(40)]
        assert made == again
        assert len(set(made)) > 30
        assert sum(one != data for one in made) > 34


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiff-complex", "netcdf4", "safe-zip", "shards", "features-npy"])
def test_a_whole_file_gets_in_so_that_damage_is_what_is_refused(name, tmp_path):
    child, target = Child(), TARGETS[name]
    (tmp_path / "in").mkdir()
    target.make(tmp_path / "in")
    try:
        for index, words in enumerate(target.commands):
            out = tmp_path / f"out{index}"
            ready = placed(target, words, tmp_path / "in", out)
            assert child.run(ready, tmp_path / "home").code in (0, 3), words
    finally:
        child.close()


@pytest.mark.slow
def test_no_damaged_file_ends_hangs_or_confuses_a_command(tmp_path):
    run = MutationRun(tmp_path, QUICK)
    end = time.monotonic() + BUDGET_S
    try:
        for number, name in inputs(QUICK):
            run.one(name, 0, number)
            if time.monotonic() > end:
                break
    finally:
        run.close()
    assert run.tally.troubles == []


@pytest.mark.learn
@pytest.mark.nightly
def test_no_damaged_run_recipe_or_checkpoint_confuses_a_command(tmp_path):
    names = [name for name in TARGETS if TARGETS[name].needs_torch]
    run = MutationRun(tmp_path, names)
    try:
        for name in names:
            for number in range(5):
                run.one(name, 0, number)
    finally:
        run.close()
    assert run.tally.troubles == []
