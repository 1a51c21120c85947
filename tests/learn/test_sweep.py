"""Sweeps: rows x seeds become runs, one table; finished rows are kept; plans are checked."""

import json
import re
import statistics

import numpy as np
import pytest
import torch
from made_patches import made_patches
from made_sweeps import check_trials, rows_of, run_plan

from satstudio.bench.plans.sweeps.report_page import sweep_page
from satstudio.bench.plans.sweeps.summary import groups_of, nearest_run, ranking_of
from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan
from satstudio.core.errors import Cancelled, InputError, RecipeError, RunError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.core.system.machine import cpu_model
from satstudio.learn.experiments import train_trial as module
from satstudio.learn.loop.guard import Diverged
from satstudio.learn.method import METHODS
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.metrics.sets.distances import REFERENCES
from satstudio.metrics.trials import Statistic

BASE = {"method": "dcgan", "preset": "tiny", "steps": 3, "threads": 1, "samples": 2}
TWO = {"base": BASE, "grid": {"lr": [1e-3, 1e-4]}, "seeds": [0, 1]}


def textures(count, seed=0):
    """Real images (count, 1, 16, 16)."""
    random = np.random.default_rng(seed)
    return (100 + 20 * random.standard_normal((count, 1, 16, 16))).astype(np.float32)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real") / "made"
    return made_patches(folder, size=16, values=textures(12), validation=0)


@pytest.fixture(scope="module")
def done(images, tmp_path_factory):
    out = tmp_path_factory.mktemp("sweep") / "out"
    run_plan(SweepPlan.build(TWO), images, out, Progress())
    return out


def last_line(run):
    return json.loads((run / "log.jsonl").read_text("utf-8").splitlines()[-1])


def test_every_row_is_trained_with_every_seed(done):
    rows = rows_of(done)
    assert [(row["values"], row["seed"]) for row in rows] == [
        ({"lr": lr}, seed) for lr in (1e-3, 1e-4) for seed in (0, 1)
    ]
    for row in rows:
        line = last_line(done / row["run"])
        assert line["step"] == 3
        for name in ("swd", "ks_modulus", "spectrum_distance_db", "n"):
            assert {**row["figures"], "n": row["n"]}[name] == line[name]
        assert row["beside"]["swd_coloured"] == line["swd_coloured"]
        assert row["beside"]["ks_modulus_floor"] == line["ks_modulus_floor"]
        assert row["n_real"] == 12
        assert row["machine"]["cpu"]
        assert row["machine"]["threads"] == 1
        assert row["versions"]["torch"]
        assert row["finished"][:2] == "20"


def test_the_table_holds_the_numbers_of_the_runs(done):
    document = json.loads((done / "report.json").read_text("utf-8"))
    rows = rows_of(done)
    for group, lr in zip(document["groups"], (1e-3, 1e-4), strict=True):
        for name, found in group["figures"].items():
            values = [row["figures"][name] for row in rows if row["values"]["lr"] == lr]
            assert found == {
                "mean": pytest.approx(statistics.mean(values)),
                "std": pytest.approx(statistics.stdev(values)),
                "n": 2,
            }
    table = document["report"]["sections"][0]["tables"][0]
    assert [line[0] for line in table["rows"]] == [
        "lr 0.001", "lr 0.0001", *REFERENCES.values(),
    ]  # fmt: skip
    assert [line[-1] for line in table["rows"]] == ["2", "2", "", "", ""]
    assert table["head"][1] == "Sliced Wasserstein distance (std. dev.) \N{DOWNWARDS ARROW}"
    assert table["rows"][2][1] == f"{rows[0]['beside']['swd_floor']:.4g}"
    said = " ".join(document["report"]["sections"][0]["remarks"])
    assert "Kolmogorov-Smirnov distance of the modulus: " in said
    assert "lower is better" in said
    assert f"{rows[0]['n']} generated images and 12 different real ones" in said


def test_the_page_says_when_and_on_what_machine_and_each_single_run(done):
    document = json.loads((done / "report.json").read_text("utf-8"))
    facts = document["report"]["facts"]
    assert facts["Trained"].startswith("20")
    assert cpu_model() in facts["Machine"]
    assert "threads used: 1" in facts["Machine"]
    assert f"torch {torch.__version__}" in facts["Versions"]
    (table,) = document["report"]["sections"][2]["tables"]
    rows = rows_of(done)
    assert [line[:3] for line in table["rows"]] == [
        [row["row"], str(row["seed"]), f"{row['figures']['swd']:.4g}"] for row in rows
    ]
    assert table["head"][-4:] == ["Step", "Generated (n)", "Real (n)", "Time (s)"]


def made_row(name, seed, values, **more):
    return {
        "key": f"{name}-{seed}", "row": name, "label": name, "values": {}, "seed": seed,
        "run": f"runs/{name}-seed{seed}", "status": "done", "figures": values, "n": 64, "step": 300,
        "seconds": 1.0, "patches": "made", **more,
    }  # fmt: skip


def made_page(rows, tmp_path, **plan):
    for row in rows:
        (tmp_path / row["run"]).mkdir(parents=True, exist_ok=True)
        (tmp_path / row["run"] / "log.jsonl").write_text("", "utf-8")
    return sweep_page(SweepPlan.build({"base": BASE, **plan}), rows, tmp_path)["sections"][0]


def bold(section):
    (table,) = section["tables"]
    return {(table["rows"][row][0], table["head"][column]) for row, column in table["best"]}


@pytest.mark.parametrize(
    ("figure", "values", "best"),
    [
        ("diversity", {"collapsed": 0.1, "right": 0.9, "noisy": 1.7}, "right"),
        ("inception_score", {"poor": 1.2, "good": 3.0}, "good"),
        ("swd", {"poor": 0.6, "good": 0.1}, "good"),
        ("critic_loss", {"one": 0.6, "other": 0.1}, None),
    ],
)
def test_the_best_is_what_is_better_for_the_figure_itself(figure, values, best, tmp_path):
    rows = [
        made_row(name, seed, {figure: value + 0.001 * seed})
        for name, value in values.items()
        for seed in range(2)
    ]
    for better in (None, "lower", "higher") if best else (None,):
        plan = {"figures": [figure], **({"better": better} if better else {})}
        assert {name for name, _ in bold(made_page(rows, tmp_path, **plan))} == ({best} - {None})


def test_what_chance_may_have_chosen_is_not_called_the_best(tmp_path):
    near = [("a", (0.10, 0.20)), ("b", (0.12, 0.22)), ("far", (0.9, 0.91))]
    rows = [
        made_row(name, seed, {"swd": value})
        for name, both in near
        for seed, value in enumerate(both)
    ]
    section = made_page(rows, tmp_path, figures=["swd"])
    assert bold(section) == set()
    (said,) = [text for text in section["remarks"] if "not distinguishable" in text]
    assert "a has the best mean" in said
    assert " from b:" in said
    assert "far" not in said
    single = made_page([row for row in rows if row["seed"] == 0], tmp_path, figures=["swd"])
    assert bold(single) == set()
    assert any("one seed each" in text for text in single["remarks"])


def test_texts_of_a_plan_say_the_steps_that_were_run(tmp_path):
    rows = [made_row("a", seed, {"swd": 0.1}) for seed in range(2)]
    section = made_page(rows, tmp_path, figures=["swd"], differs=["Here {steps} steps."])
    assert "Here 300 steps." in section["remarks"]
    for path in resources_folder().glob("recipes/**/*.toml"):
        plan = read_toml(path)
        for text in plan.get("differs", ()):
            assert not re.search(r"\d[\d ]* steps", text), f"{path.name} tells steps: {text}"


def test_a_finished_sweep_trains_nothing_and_more_seeds_train_only_those(done, images, monkeypatch):
    begun = []
    plan = SweepPlan.build(TWO)
    real = module.train

    def counted(patches, recipe, *rest, **more):
        begun.append(recipe.seed)
        return real(patches, recipe, *rest, **more)

    monkeypatch.setattr(module, "train", counted)
    before = (done / "report.json").read_text("utf-8")
    run_plan(plan, images, done, Progress())
    assert begun == []
    assert json.loads(before)["groups"] == json.loads((done / "report.json").read_text())["groups"]
    run_plan(plan.changed(seeds=(0, 1, 5)), images, done, Progress())
    assert begun == [5, 5]


@pytest.mark.parametrize("count", [5, 7, 15], ids=["early", "after a last step", "later"])
def test_a_stopped_sweep_goes_on_and_ends_like_an_unbroken_one(images, done, tmp_path, count):
    plan = SweepPlan.build(TWO)
    looks = iter(range(10**6))
    with pytest.raises(Cancelled):
        run_plan(plan, images, tmp_path / "out", Progress(is_stopped=lambda: next(looks) > count))
    has_rows = (tmp_path / "out/rows.jsonl").exists()  # stopped early, no row is finished
    assert len(rows_of(tmp_path / "out") if has_rows else []) < 4
    run_plan(plan, images, tmp_path / "out", Progress())
    wanted = {row["key"]: row["figures"] for row in rows_of(done) if row["seed"] < 5}
    assert {row["key"]: row["figures"] for row in rows_of(tmp_path / "out")} == wanted


def test_columns_make_a_table_of_two_keys(images, tmp_path):
    plan = SweepPlan.build({
        "base": {**BASE, "steps": 2},
        "grid": {"lr": [2e-3, 4e-3], "space": ["scale", "noise"]},
        "seeds": [3], "figures": ["ks_modulus"], "columns": "space", "keep": "nearest",
    })  # fmt: skip
    page = run_plan(plan, images, tmp_path / "out", Progress())
    table, beside = json.loads(page.read_text("utf-8"))["report"]["sections"][0]["tables"]
    assert table["head"] == ["Row / space", "scale", "noise"]
    assert [line[0] for line in table["rows"]] == ["lr 0.002", "lr 0.004"]
    values = {
        (row["values"]["lr"], row["values"]["space"]): row["figures"]["ks_modulus"]
        for row in rows_of(tmp_path / "out")
    }
    assert table["rows"][1][2] == f"{values[4e-3, 'noise']:.4g} (1)"
    assert table["best"] == [], "of one seed each chance is not known"
    assert beside["rows"][0][0] == "real against real"


def test_rows_of_a_table_of_two_keys_are_called_by_their_labels():
    plan = SweepPlan.build({
        "base": BASE,
        "grid": {"space": ["scale", "noise"], "beta1": [0.3]},
        "rows": [{"label": "GAN"}, {"label": "LSGAN", "loss": "lsgan"}],
        "columns": "space",
    })  # fmt: skip
    trial = plan.trials()[-1]
    assert trial.row == "LSGAN, space noise, beta1 0.3"
    assert trial.values == {"loss": "lsgan", "space": "noise", "beta1": 0.3}
    assert plan.name_of(trial.label, trial.values, "space") == "LSGAN, beta1 0.3"
    assert plan.name_of("", {"space": "noise"}, "space") == "base"


def test_a_base_from_a_form_may_hold_what_is_not_said(tmp_path):
    base = {**BASE, "budget_s": None, "options": {"sigma": None, "lr": 1e-3}}
    plan = SweepPlan.build({"base": base})
    assert plan.base == {**BASE, "options": {"lr": 1e-3}}
    assert SweepPlan.load(plan.save(tmp_path / "plan.toml")) == plan


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("nss/losses", 8),
        ("nss/losses-and-spaces", 20),
        ("nss/initial-time", 21),
        ("nss/schedules", 20),
        ("cvwgan/fourier", 1),
        ("cvwgan/sar-small", 1),
        ("cvwgan/original-gan", 4),
        *((f"nss/table4-{data}", 8) for data in ("celeba", "church", "conference", "flowers")),
    ],
)
def test_plans_that_come_along_are_whole(name, rows):
    plan = SweepPlan.load(resources_folder() / f"recipes/{name}.toml")
    trials = plan.trials()
    assert len(trials) == rows * len(plan.seeds)
    recipes = [TrainRecipe.build(trial.recipe) for trial in trials]
    assert len({json.dumps(recipe.model_dump()) for recipe in recipes}) == len(trials)
    assert all(recipe.steps for recipe in recipes)
    assert plan.differs
    assert plan.published or name == "nss/losses-and-spaces"
    for one in plan.published:
        assert {len(row) for row in one.rows} == {len(one.head)}


def test_published_figures_stand_beside_ours_and_are_called_so(images, tmp_path):
    printed = {"title": "Table 9", "head": ["", "FID"], "rows": [["GAN", "21.36"]]}
    plan = SweepPlan.build({"base": BASE, "seeds": [0], "published": [printed]})
    page = json.loads(run_plan(plan, images, tmp_path / "out", Progress()).read_text("utf-8"))
    ours, theirs = page["report"]["sections"][0]["tables"]
    assert "published" not in ours["title"].lower()
    assert theirs["title"] == "As published: Table 9"
    assert theirs["rows"] == [["GAN", "21.36"]]


def test_curves_show_both_splits_over_epochs(tmp_path):
    patches = made_patches(tmp_path / "patches", size=16, values=textures(12), validation=0)
    plan = SweepPlan.build({
        "base": {**BASE, "steps": 4, "log_every_s": 0, "penalty": "wgan_gp", "batch": 6},
        "seeds": [0], "axis": "epoch", "curves": ["penalty", "swd"],
    })  # fmt: skip
    page = json.loads(run_plan(plan, patches, tmp_path / "out", Progress()).read_text("utf-8"))
    penalty, swd = page["report"]["sections"][1]["curves"]
    assert penalty["x_label"] == "epoch"
    assert penalty["x"][-1] == 2.0  # 4 steps of 6 of 12 images
    assert list(penalty["lines"]) == ["train"]  # it has no validation
    assert list(swd["lines"]) == ["base", *REFERENCES.values()]
    assert len(set(swd["lines"]["white Gaussian field"])) == 1


def test_the_tuned_settings_of_the_paper_are_presets():
    recipe = TrainRecipe(method="dcgan", preset="nss-church-gan-gr")
    wanted = {"lr": 5e-4, "beta1": 0.3, "penalty": "r1", "gp": 10.0, "size": 64, "width": 64}
    assert wanted.items() <= recipe.options.items()
    assert recipe.batch == 128
    recipe = TrainRecipe(method="dcgan", preset="nss-church-ns")
    wanted = {"lr": 1e-3, "space": "noise", "initial_time": 256.0, "share": 0.5}
    assert wanted.items() <= recipe.options.items()
    assert sum(name.startswith("nss-") for name in METHODS["dcgan"].presets) == 32


def test_only_the_run_nearest_to_the_mean_keeps_its_checkpoints(images, tmp_path):
    plan = SweepPlan.build({"base": BASE, "seeds": [0, 1, 2], "keep": "nearest"})
    run_plan(plan, images, tmp_path / "out", Progress())
    rows = rows_of(tmp_path / "out")
    nearest = nearest_run(rows, "swd")
    for row in rows:
        kept = list((tmp_path / "out" / row["run"] / "checkpoints").iterdir())
        assert bool(kept) == (row is nearest)


def test_seeds_that_come_later_count_for_the_mean_but_only_what_is_left_is_named(images, tmp_path):
    out = tmp_path / "out"
    plan = SweepPlan.build({"base": {**BASE, "steps": 2}, "seeds": [0, 1, 2], "keep": "nearest"})
    run_plan(plan, images, out, Progress())
    page = json.loads(
        run_plan(plan.changed(seeds=tuple(range(5))), images, out, Progress()).read_text("utf-8")
    )
    (group,) = page["groups"]
    assert group["trials"] == 5
    (row,) = [row for row in page["rows"] if row["has_checkpoint"]]
    assert group["nearest"] == row["run"]
    (table,) = page["report"]["sections"][1]["tables"]
    assert (out / table["rows"][0][2]).is_file()
    assert table["rows"][0][2].startswith(row["run"])


def test_only_its_own_checkpoints_are_dropped(images, tmp_path):
    out, mine = tmp_path / "out", tmp_path / "mine"
    plan = SweepPlan.build({"base": {**BASE, "steps": 2}, "seeds": [0, 1], "keep": "all"})
    run_plan(plan, images, out, Progress())
    runs = [out / row["run"] for row in rows_of(out)]
    for run in runs:
        (run / "checkpoints" / "notes.txt").write_text("mine", "utf-8")
    (runs[1] / "checkpoints").rename(mine)
    (runs[1] / "checkpoints").symlink_to(mine)
    run_plan(plan.changed(seeds=(0, 1, 2), keep="nearest"), images, out, Progress())
    assert all((run / "checkpoints" / "notes.txt").is_file() for run in runs)
    assert list(mine.glob("step-*.safetensors")), "a link leads to what is another's"


def test_what_lies_in_a_runs_place_and_is_not_the_sweeps_stays(images, tmp_path):
    plan = SweepPlan.build({"base": {**BASE, "steps": 2}, "seeds": [0]})
    out = tmp_path / "out"
    run_plan(plan, images, out, Progress())
    other = out / "runs" / "base-seed1"
    other.mkdir()
    (other / "thesis.txt").write_text("mine", "utf-8")
    run_plan(plan.changed(seeds=(0, 1)), images, out, Progress())
    done, failed = rows_of(out)
    assert (done["status"], failed["status"]) == ("done", "failed")
    assert f"{other} is in the way" in failed["message"]
    assert (other / "thesis.txt").read_text("utf-8") == "mine"


def test_a_row_of_the_same_name_with_other_values_is_not_taken_for_it(images, tmp_path):
    def plan(lr):
        return SweepPlan.build(
            {"base": {**BASE, "steps": 1}, "rows": [{"label": "a", "lr": lr}], "seeds": [0]}
        )

    run_plan(plan(1e-3), images, tmp_path / "out", Progress())
    with pytest.raises(InputError, match="row 'a' with other values"):
        run_plan(plan(1e-4), images, tmp_path / "out", Progress())


def test_a_training_that_diverges_is_a_row_without_figures(images, tmp_path, monkeypatch):
    real = module.train

    def diverging(patches, recipe, *rest, **more):
        real(patches, recipe, *rest, **more)
        if recipe.options["lr"] == 1.0:
            raise Diverged(2, "critic_loss is nan")

    monkeypatch.setattr(module, "train", diverging)
    rows = [{"label": "calm"}, {"label": "wild", "lr": 1.0}]
    plan = SweepPlan.build({"base": {**BASE, "steps": 2}, "rows": rows, "seeds": [0]})
    page = json.loads(run_plan(plan, images, tmp_path / "out", Progress()).read_text("utf-8"))
    assert [row["status"] for row in page["rows"]] == ["done", "diverged"]
    assert page["rows"][1]["message"].endswith("critic_loss is nan.")
    section = page["report"]["sections"][0]
    assert section["tables"][0]["rows"][1] == ["wild", *["diverged"] * 3, "0"]
    assert "wild: 1 of 1 trainings diverged and do not count." in section["remarks"]


def test_a_run_that_fails_is_a_row_with_its_reason_and_is_tried_again(
    images, tmp_path, monkeypatch
):
    real = module.train

    def failing(patches, recipe, *rest, **more):
        if recipe.options["lr"] == 0.5:
            raise MemoryError("no room")
        real(patches, recipe, *rest, **more)

    monkeypatch.setattr(module, "train", failing)
    rows = [{"label": "broken", "lr": 0.5}, {"label": "whole"}]
    plan = SweepPlan.build({"base": {**BASE, "steps": 2}, "rows": rows, "seeds": [0]})
    out = tmp_path / "out"
    page = json.loads(run_plan(plan, images, out).read_text("utf-8"))
    assert [row["status"] for row in page["rows"]] == ["failed", "done"]
    assert page["rows"][0]["message"] == "satstudio made an error: MemoryError: no room"
    section = page["report"]["sections"][0]
    assert section["tables"][0]["rows"][0] == ["broken", *["failed"] * 3, "0"]
    assert (
        "broken, seed 0 failed: satstudio made an error: MemoryError: no room"
        in (section["remarks"])
    )
    monkeypatch.setattr(module, "train", real)
    again = json.loads(run_plan(plan, images, out).read_text("utf-8"))
    assert [row["status"] for row in again["rows"]] == ["done", "done"]
    assert again["rows"][1]["finished"] == page["rows"][1]["finished"], "it was not done again"
    assert [row["key"] for row in rows_of(out)] == ["broken-seed0", "whole-seed0", "broken-seed0"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"grid": {"lr": [2.0]}}, r"The plan's row 1 \(lr 2\): .*lr"),
        ({"grid": {"nonsense": [1]}}, "nonsense"),
        ({"base": {"method": "dcgan"}}, "give base.steps"),
        ({"base": {**BASE, "preset": "huge"}}, "no preset 'huge'"),
        ({"rows": [{"label": "a"}, {"label": "a"}]}, "called alike"),
        ({"grid": {"seed": [1]}}, "give the trials as 'seeds'"),
        ({"seeds": [1, 1]}, "twice"),
        ({"grid": {"lr": []}}, "no values"),
        ({"columns": "lr", "grid": {"beta1": [0.1]}}, "not a key of every row"),
        ({"figures": ["time"], "taken": "best"}, "no value is better"),
    ],
)
def test_a_wrong_plan_is_one_sentence(wrong, sentence, images):
    with pytest.raises(RecipeError, match=sentence) as told:
        check_trials(SweepPlan.build({"base": BASE, **wrong}).trials(), images)
    assert "\n" not in str(told.value)


def test_another_base_patch_set_or_figure_is_refused(done, tmp_path):
    plan = SweepPlan.build(TWO)
    other = made_patches(tmp_path / "other", size=16, values=textures(12, 1), validation=0)
    with pytest.raises(RunError, match="another patch set"):
        run_plan(plan, other, done, Progress())
    with pytest.raises(InputError, match="another 'base'"):
        run_plan(plan.changed(base={**BASE, "steps": 4}), other, done, Progress())
    with pytest.raises(RunError, match=r"no figure 'fid'; it has: .*ks_modulus"):
        run_plan(plan.changed(figures=("fid",)), other, tmp_path / "out", Progress())
    assert (tmp_path / "made.txt").write_text("mine")
    with pytest.raises(InputError, match="is no sweep"):
        run_plan(plan, other, tmp_path, Progress())


def test_statistics_are_those_of_the_trials():
    rows = [
        {"row": "a", "values": {}, "run": f"runs/{n}", "status": "done", "figures": {"f": value}}
        for n, value in enumerate((1.0, 2.0, 6.0))
    ]
    (group,) = groups_of(rows, ("f",))
    assert group.figures["f"].mean == 3
    assert group.figures["f"].std == pytest.approx(7**0.5)
    assert (group.figures["f"].n, group.nearest) == (3, "runs/1")
    assert ranking_of((group,), "f", "lower").first is None


@pytest.mark.parametrize(
    ("statistic", "text"),
    [
        (Statistic(21.359, 0.4321, 3), "21.36 ± 0.43"),
        (Statistic(0.5434, 0.0532, 8), "0.543 ± 0.053"),
        (Statistic(120.6, 12.3, 5), "121 ± 12"),
        (Statistic(0.25, 0.0, 2), "0.25 ± 0.00"),
        (Statistic(0.123456, None, 1), "0.1235"),
    ],
)
def test_a_figure_is_written_to_the_digits_that_count(statistic, text):
    assert statistic.text == text
