"""Benchmarks: every model on every set that it fits; failures are rows; figures are checked."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from made_sweeps import rows_of, run_plan

from satstudio.bench.plans.benchmark.benchmark_plan import BenchmarkPlan
from satstudio.bench.scene_figures import ScenePair, scene_figures
from satstudio.cli.main import main
from satstudio.core.errors import InputError, RecipeError
from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.restore.generate.samples import generate
from satstudio.scenes.scene import open_scene

SCENE = str(resources_folder() / "demo/sample_slc.tif")
GENERATOR = str(resources_folder() / "demo/generator.onnx")
SETS = [{"name": "coast", "scene": SCENE, "window": "0,0,64,64"}]
MODELS = [
    {"baseline": "boxcar", "options": {"filter_px": 3}},
    {"baseline": "identity"},
    {"name": "gone", "model": "gone.onnx"},
]
PLAN = {"experiment": "benchmark", "sets": SETS, "models": MODELS, "metrics": ["enl"]}


def by_model(rows):
    return {row["model"]: row for row in rows}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("benchmark") / "out"
    return json.loads(run_plan(PLAN, None, out).read_text("utf-8")), out


def test_figures_are_those_of_the_result_scored_by_itself(done):
    page, out = done
    rows = by_model(page["rows"])
    for name in ("boxcar", "identity"):
        with (
            closing(open_scene(SCENE)) as scene,
            closing(open_scene(out / rows[name]["result"])) as made,
        ):
            pair = ScenePair(scene, made, Window(0, 0, 64, 64))
            wanted = scene_figures(pair, ["enl"])["enl"]
        assert rows[name]["figures"]["enl"] == pytest.approx(wanted.value, rel=1e-9)
        assert rows[name]["cards"]["enl"]["definition"] == wanted.definition
    assert rows["boxcar"]["figures"]["enl"] > 2 * rows["identity"]["figures"]["enl"]


def test_a_model_that_is_not_there_is_a_row_with_its_reason_and_the_others_go_on(done):
    page, _ = done
    rows = by_model(page["rows"])
    assert {name: row["status"] for name, row in rows.items()} == {
        "boxcar": "done", "identity": "done", "gone": "failed",
    }  # fmt: skip
    assert "gone.onnx" in rows["gone"]["message"]
    section = page["report"]["sections"][0]
    assert [line[0] for line in section["tables"][0]["rows"]] == ["boxcar", "identity"]
    assert any(text.startswith("gone on coast, seed 0 failed: ") for text in section["remarks"])
    assert any(text.startswith("enl: ") and " n " in text for text in section["remarks"])


def test_going_on_does_only_what_is_new_or_failed(done, tmp_path):
    _, out = done
    before = by_model(rows_of(out))
    more = [*MODELS, {"baseline": "lee"}]
    run_plan({**PLAN, "models": more}, None, out)
    after = by_model(rows_of(out))
    assert after.keys() - before.keys() == {"lee"}
    assert {name: after[name] for name in ("boxcar", "identity")} == {
        name: before[name] for name in ("boxcar", "identity")
    }
    other = [{"baseline": "boxcar", "options": {"filter_px": 5}}]
    with pytest.raises(InputError, match="'boxcar on coast' made otherwise"):
        run_plan({**PLAN, "models": other}, None, out)


def test_generators_are_measured_against_real_images_by_seed(tmp_path):
    np.save(tmp_path / "real.npy", generate(Path(GENERATOR), range(5000, 5060)))
    plan = {
        "experiment": "benchmark",
        "sets": [{"name": "speckle", "images": str(tmp_path / "real.npy"), "metrics": ["swd"]}],
        "models": [{"model": GENERATOR}, {"baseline": "lee"}],
        "count": 50,
        "seeds": [0, 1],
    }
    page = json.loads(run_plan(plan, None, tmp_path / "out").read_text("utf-8"))
    assert [(row["model"], row["seed"]) for row in page["rows"]] == [
        ("generator", 0), ("generator", 1),
    ]  # fmt: skip
    values = [row["figures"]["swd"] for row in page["rows"]]
    assert len(set(values)) == 2
    assert all(0 < value < 0.5 for value in values), "they are of the same generator"


@pytest.mark.parametrize(
    ("wrong", "error", "sentence"),
    [
        ({"sets": [{"name": "a"}]}, RecipeError, "give a scene, or real images"),
        ({"models": [{"name": "a"}]}, RecipeError, "a model file, or a baseline"),
        ({"models": [{"baseline": "lee"}, {"baseline": "lee"}]}, RecipeError, "called 'lee'"),
        ({"models": [{"model": GENERATOR}]}, InputError, "No model of the plan fits"),
        ({"sets": []}, RecipeError, "sets"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_before_anything_is_written(
    wrong, error, sentence, tmp_path
):
    with pytest.raises(error, match=sentence):
        run_plan({**PLAN, **wrong}, None, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_reads_files_beside_the_plan_and_says_the_table(tmp_path, capsys):
    file = tmp_path / "filters.toml"
    (tmp_path / "scene.tif").write_bytes((resources_folder() / "demo/sample_slc.tif").read_bytes())
    file.write_text(
        'experiment = "benchmark"\ntitle = "Filters"\nmetrics = ["enl"]\n'
        '[[sets]]\nname = "coast"\nscene = "scene.tif"\nwindow = "0,0,64,64"\n'
        '[[models]]\nbaseline = "identity"\n[[models]]\nmodel = "gone.onnx"\n',
        "utf-8",
    )
    out = tmp_path / "out"
    assert main(["bench", "run", str(file), "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "coast"
    assert lines[2].startswith("identity")
    assert lines[-1] == str(out / "report.html")
    assert main(["bench", "status", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["title"], told["finished"]) == ("Filters", 1)
    assert list(told["failed"]) == ["coast-gone-seed0"]
    plan = BenchmarkPlan.load(out / "plan.toml")
    assert plan.sets[0].scene == str(tmp_path / "scene.tif")
