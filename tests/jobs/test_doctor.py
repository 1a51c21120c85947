"""The doctor says what is there and what is missing, and whether one can work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from satstudio.cli.main import main
from satstudio.core.paths import plugins_folder
from satstudio.core.progress import Progress
from satstudio.jobs import doctor
from satstudio.jobs.doctor_text import doctor_text, summary

WITHOUT = """
import sys
sys.modules['{name}'] = None
from satstudio.cli.main import main
raise SystemExit(main(['doctor', '--json']))
"""


def test_everything_that_was_asked_for_is_looked_at():
    found = doctor.examine(Progress())
    text = doctor_text(found)
    for part in ("GDAL", "SAFE", "Providers", "torch", "GPU", "Platform", "Fonts", "Study"):
        if part != "Study":
            assert part in text, part
    assert found["folders"]["cache"]["free_mb"] > 0
    assert "GB free" in text
    assert found["broken"] == []
    assert summary(found) in text


def test_the_study_folder_is_looked_at_too(tmp_path):
    found = doctor.examine(Progress(), tmp_path / "study")
    assert found["folders"]["study"]["is_writable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    study = tmp_path / "study"
    study.mkdir(mode=0o500)
    assert any("study folder" in text for text in doctor.examine(Progress(), study)["broken"])


def test_what_cannot_be_written_makes_exit_code_3(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_is_writable", lambda path: path.name != "cache")
    assert main(["doctor"]) == 3
    told = capsys.readouterr()
    assert "cannot be written" in told.err
    assert "does not work here" in told.out


@pytest.mark.parametrize("name", ["rasterio", "onnxruntime"])
def test_the_doctor_comes_even_where_a_library_is_missing(name):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(name=name)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    found = json.loads(done.stdout)
    assert any(name in text or "cannot" in text for text in found["broken"])


# ---------------------------------------------------------------- plug-ins

READER = """
import numpy as np
from satstudio.core.grid import GeoGrid, Size
from satstudio.scenes.source import READERS, ImageInfo, Reader

class Source:
    grid = GeoGrid(size=Size(20, 30))
    bands = ("1",)
    is_complex = False
    def __init__(self, path): pass
    def read(self, window, shape, bands):
        rows, cols = (shape.rows, shape.cols) if shape else (window.rows, window.cols)
        pixels = np.full((len(bands), rows, cols), 7, np.float32)
        return pixels, np.ones((rows, cols), bool)
    def close(self): pass

READERS.add("sevens", Reader(
    accepts=lambda path: path.suffix == ".sevens",
    open=lambda path, image: Source(path),
    images=lambda path: (ImageInfo("", ""),),
    patterns=("*.sevens",),
))
"""
METRIC = '''
from satstudio.metrics.score import metric

@metric(better="lower", source="a note of my own")
def largest_gap(reference, estimate):
    """Return the largest difference of two images."""
    return float(abs(reference - estimate).max())
'''
BASELINE = """
from satstudio.restore.baselines import BASELINES, Baseline

BASELINES.add("doubled", Baseline(
    title="Doubled", source="a note of my own",
    function=lambda power, recipe: 2 * power, halo_px=lambda recipe: 0,
))
"""
METHOD = """
from __future__ import annotations
from satstudio.core.recipe import Recipe
from satstudio.core.port import Port
from satstudio.learn.method import METHODS, MethodInfo, MethodPorts

class Options(Recipe):
    width: int = 8

METHODS.add("my_method", MethodInfo(
    title="Mine", description="Does nothing yet.", options=Options, make=lambda *a: None,
    ports=MethodPorts(data=(Port(role="input"),), outputs=(Port(role="output"),)),
    capabilities=frozenset(("generates",))))
"""
FILES = {
    "readers/sevens.py": READER,
    "measures/mine.py": METRIC,
    "restorers/doubled.py": BASELINE,
    "readers/broken.py": "import nowhere_at_all\n",
    "restorers/broken.py": "x = 1\nraise ValueError('half done')\n",
    "measures/leaves.py": "import sys\nsys.exit(3)\n",
}


def own(files):
    for name, text in files.items():
        path = plugins_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The program as the user starts it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "satstudio", *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_files_in_the_users_folder_are_listed_with_their_place_and_reason():
    own(FILES)
    rows = {(row["kind"], row["name"]): row for row in json.loads(run("plugins", "--json").stdout)}
    for kind, name in (("reader", "sevens"), ("metric", "largest_gap"), ("baseline", "doubled")):
        assert not rows[kind, name]["is_broken"]
        assert Path(rows[kind, name]["path"]).is_relative_to(plugins_folder())
    assert "nowhere_at_all" in rows["reader", "broken"]["reason"]
    assert "half done (line 2)" in rows["baseline", "broken"]["reason"]
    assert "SystemExit" in rows["metric", "leaves"]["reason"]
    assert rows["baseline", "lee"]["path"] == ""
    text = run("plugins").stdout
    assert "half done" in text
    assert str(plugins_folder()) in text


def test_a_reader_of_the_user_opens_its_files(tmp_path):
    own(FILES)
    (tmp_path / "a.sevens").write_text("x")
    told = json.loads(run("info", str(tmp_path / "a.sevens"), "--json").stdout)
    assert told["size"] == {"rows": 20, "cols": 30}


def test_a_metric_and_a_baseline_of_the_user_work(tmp_path):
    own(FILES)
    (tmp_path / "a.sevens").write_text("x")
    out = tmp_path / "doubled.tif"
    run("restore", str(tmp_path / "a.sevens"), "--baseline", "doubled", "--out", str(out))
    words = ("score", str(tmp_path / "a.sevens"), str(out), "--metrics", "largest_gap", "--json")
    assert "largest_gap" in run(*words).stdout


@pytest.mark.learn
@pytest.mark.slow
def test_a_method_of_the_user_is_offered_and_a_new_one_too():
    own({"methods/my_method.py": METHOD})
    listed = json.loads(run("methods", "--json").stdout)
    assert "my_method" in [item["name"] for item in listed["methods"]]
    own({"methods/second.py": METHOD.replace("my_method", "second")})
    listed = json.loads(run("methods", "--json").stdout)
    assert {"my_method", "second"} <= {item["name"] for item in listed["methods"]}
