"""Plans as jobs: killed and resumed sweeps, the page, the plans that come along."""

import json
import os
import signal
import sys

import numpy as np
import pytest
from made_patches import made_patches

from satstudio.cli.main import main
from satstudio.core.errors import InputError, RecipeError
from satstudio.core.progress import Progress
from satstudio.jobs.client import WorkerClient, run_job
from satstudio.jobs.job import Job
from satstudio.jobs.sweep import carry_out_sweep, find_plan, known_plans

BASE = {"method": "dcgan", "preset": "tiny", "steps": 60, "threads": 1, "samples": 2}
PLAN = {
    "base": {**BASE, "checkpoint_every_s": 0.01, "check_every_s": 100, "log_every_s": 0},
    "grid": {"lr": [1e-3, 1e-4]},
    "seeds": [0, 1],
}


@pytest.fixture
def images(tmp_path):
    random = np.random.default_rng(0)
    values = (100 + 20 * random.standard_normal((12, 1, 16, 16))).astype(np.float32)
    return made_patches(tmp_path / "patches", size=16, values=values, validation=0)


def sweep_job(plan, out, patches=None):
    arguments = {"plan": plan, "out": str(out), "patches": patches and str(patches)}
    return Job.build({"kind": "sweep", "arguments": arguments, "nice": 0})


def rows_of(out):
    file = out / "rows.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.mark.slow
@pytest.mark.learn
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
@pytest.mark.nightly
def test_a_killed_sweep_goes_on_and_ends_like_an_unbroken_one(images, tmp_path):
    out, whole = tmp_path / "killed", tmp_path / "whole"
    done, at = 0, 0
    with WorkerClient(sweep_job(PLAN, out, images)) as client:
        for event in client.events():
            done += event.name == "row"
            if event.name == "saved" and done == 1 and 0 < event.fields["step"] < 60 and not at:
                at = event.fields["step"]
                os.kill(client.pid, signal.SIGKILL)
    assert event.name == "error"
    assert "finished runs are kept" in event.text
    assert 0 < at < 60
    first = rows_of(out)
    assert len(first) == 1

    page = run_job(sweep_job(PLAN, out, images), Progress())
    run_job(sweep_job(PLAN, whole, images), Progress())
    rows = rows_of(out)
    assert rows[0] == first[0]  # not trained again
    assert [row["figures"] for row in rows] == [row["figures"] for row in rows_of(whole)]
    text = (tmp_path / "killed/report.html").read_text("utf-8")
    assert page == str(out / "report.html")
    document = json.loads((out / "report.json").read_text("utf-8"))
    table = document["report"]["sections"][0]["tables"][0]
    for row, column in table["best"]:
        assert f"<td><b>{table['rows'][row][column]}</b></td>" in text
    assert text.count("data:image/png") == 2  # a picture of each row


@pytest.mark.learn
def test_the_command_says_the_table_and_goes_on(images, tmp_path, capsys):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'title = "Two rates"\n[base]\nmethod = "dcgan"\npreset = "tiny"\nsteps = 2\n'
        "[grid]\nlr = [1e-3, 1e-4]\n",
        "utf-8",
    )
    words = ["sweep", str(plan), str(images), "--set", "seeds=[0]", "--out", str(tmp_path / "out")]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "sweep"
    assert [row["values"] for row in found["rows"]] == [{"lr": 1e-3}, {"lr": 1e-4}]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("Row ")
    assert "Sliced Wasserstein distance (std. dev.) \N{DOWNWARDS ARROW}" in lines[1]
    assert lines[2].startswith("lr 0.001")
    assert lines[4].startswith("real against real")
    assert lines[-1] == str(tmp_path / "out/report.html")


@pytest.mark.learn
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nss/none"], "There is no plan 'nss/none'; give a TOML file, or one of: "),
        (["{plan}"], "carried out on a patch set; give one."),
        (["{plan}", "{images}", "--set", "grid.lr=[7]"], "The plan's row 1 (lr 7)"),
        (["{plan}", "{images}", "--set", "experiment=alchemy"], "no experiment 'alchemy'"),
        (["{plan}", "{images}", "--set", "sedes=[1]"], "sedes"),
        (["nss/hadamard", "{images}"], "makes its own data"),
        (["nss/variance"], "carried out on a patch set"),
        ([], "Give a PLAN and --out DIR"),
    ],
)
def test_a_plan_that_cannot_work_is_one_sentence(images, tmp_path, capsys, words, sentence):
    plan = tmp_path / "plan.toml"
    plan.write_text('[base]\nmethod = "dcgan"\npreset = "tiny"\nsteps = 2\n', "utf-8")
    named = [word.format(plan=plan, images=images) for word in words]
    assert main(["sweep", *named, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_plans_that_come_along_are_listed(capsys):
    assert main(["sweep", "--list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert "nss/hadamard" in listed
    assert all(listed.values())  # each has a title
    assert list(listed) == list(known_plans())


@pytest.mark.learn
@pytest.mark.slow
def test_the_experiment_of_hadamard_bases_has_a_page(tmp_path):
    plan = {**find_plan("nss/hadamard"), "steps": 2, "seeds": 2, "batch": 4, "hidden": 4}
    page = carry_out_sweep(plan, tmp_path / "out", Progress())
    text = page.read_text("utf-8")
    assert "noisy scale-space, half of the batch" in text
    assert text.count("data:image/png") == len(plan["cases"])
    with pytest.raises(RecipeError, match="seeds"):
        carry_out_sweep({**plan, "seeds": 0}, tmp_path / "other", Progress())
    with pytest.raises(InputError, match="own data"):
        carry_out_sweep(plan, tmp_path / "other", Progress(), tmp_path)


@pytest.mark.learn
def test_the_experiment_of_the_variance_has_a_page(images, tmp_path):
    plan = {**find_plan("nss/variance"), "initial_time": 4}
    text = carry_out_sweep(plan, tmp_path / "out", Progress(), images).read_text("utf-8")
    assert "noise-space" in text
    assert text.count("data:image/png") == 1
    assert "<svg" in text
