"""Hadamard bases: what is real, what is measured, and which space keeps the high frequencies."""

import json
import statistics

import pytest
import torch
from made_sweeps import rows_of, run_plan

from satstudio.bench.plans.papers.hadamard_plan import REAL_STD, HadamardPlan, welch_t
from satstudio.core.errors import Cancelled, InputError, RecipeError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.experiments.hadamard_gan import (
    Setting,
    coefficients,
    real_images,
    stripes,
    teach,
)

SMALL = {"seeds": 2, "steps": 6, "batch": 8, "hidden": 8}
TWO = [{"space": "scale"}, {"space": "noisy_scale"}]


def test_the_bases_are_orthogonal_stripes_by_frequency():
    bases = stripes()
    assert torch.equal(bases @ bases.T, 64 * torch.eye(8))
    images = bases.reshape(8, 8, 8)
    assert torch.equal(images, images[:, :1].expand(8, 8, 8))  # equal rows
    changes = (images[:, 0, 1:] != images[:, 0, :-1]).sum(1)
    assert changes.tolist() == list(range(8))


def test_the_coefficients_of_real_images_are_uniform():
    found = coefficients(real_images(2, 4000, torch.Generator().manual_seed(0)))
    assert found.std(1).numpy() == pytest.approx(REAL_STD, rel=0.03)
    assert float(found.abs().max()) <= 1 + 1e-5


def test_welch_t_is_that_of_a_text_book():
    one, other = (1.0, 2.0, 3.0, 4.0), (2.0, 4.0, 6.0, 8.0)
    assert welch_t(one, other) == pytest.approx(2.5 / (5 / 12 + 5 / 3) ** 0.5, rel=1e-6)


def test_seeds_do_not_see_each_other_and_a_seed_of_all_gives_the_same():
    plan = HadamardPlan(cases=TWO, **SMALL)
    one, again = (teach(Setting(**plan.setting(plan.cases[1])), Progress()) for _ in range(2))
    assert one.looks == again.looks
    assert len(set(one.looks[-1].high_std)) == 2


def test_finished_cases_are_kept_and_a_stopped_one_begins_anew(tmp_path):
    plan = HadamardPlan(cases=TWO, **SMALL)
    looks = iter(range(10**6))
    with pytest.raises(Cancelled):
        run_plan(plan, None, tmp_path / "out", Progress(is_stopped=lambda: next(looks) > 10))
    first = rows_of(tmp_path / "out")
    assert [row["space"] for row in first] == ["scale"]
    report = run_plan(plan, None, tmp_path / "out", Progress())
    rows = rows_of(tmp_path / "out")
    assert rows[:1] == first
    document = json.loads(report.read_text("utf-8"))
    assert document["rows"] == rows
    table = document["report"]["sections"][0]["tables"][0]
    spread = rows[1]["looks"][-1]["high_std"]
    assert table["rows"][1][1] == f"{statistics.mean(spread):.3f} ± {statistics.stdev(spread):.3f}"
    assert "n = 2" in table["title"]
    with pytest.raises(InputError, match="another 'steps'"):
        run_plan(plan.changed(steps=7), None, tmp_path / "out", Progress())


@pytest.mark.nightly
def test_scale_space_loses_the_high_frequencies_and_noisy_scale_space_keeps_them(tmp_path):
    plan = HadamardPlan(cases=TWO, seeds=12)
    run_plan(plan, None, tmp_path / "out", Progress())
    scale, noisy = (tuple(row["looks"][-1]["high_std"]) for row in rows_of(tmp_path / "out"))
    assert statistics.mean(scale) <= 0.45
    assert statistics.mean(noisy) >= 0.50
    assert welch_t(scale, noisy) > 4


@pytest.mark.nightly
def test_where_the_time_falls_the_coefficients_come_as_near_as_they_should(tmp_path):
    plan = HadamardPlan.load(resources_folder() / "recipes/nss/hadamard-annealed.toml")
    run_plan(plan.changed(cases=TWO[1:], seeds=12), None, tmp_path / "out", Progress())
    distance = rows_of(tmp_path / "out")[0]["looks"][-1]["distance"]
    assert statistics.mean(distance) <= 0.105


def test_a_space_that_there_is_not_is_refused_before_anything_is_written(tmp_path):
    plan = HadamardPlan(cases=[{"space": "curved"}], **SMALL)
    with pytest.raises(RecipeError, match="space"):
        run_plan(plan, None, tmp_path / "out")
    assert not (tmp_path / "out").exists()
