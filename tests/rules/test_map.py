"""The map of the code is true: every folder is in it; its examples are carried out as written."""

import ast
import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from satstudio.core.grid import Window
from satstudio.scenes.scene import open_scene

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "satstudio"
MAP = (PACKAGE / "README.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", MAP, re.DOTALL))


def satstudio(*words, home):
    done = subprocess.run(
        [sys.executable, "-m", "satstudio", *map(str, words)],
        env={**os.environ, "SATSTUDIO_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_folder_is_named_with_the_line_that_stands_for_it():
    named = dict(re.findall(r"^\| `([a-z0-9_/]+)/` \| (.*) \|$", MAP, re.MULTILINE))
    found = {
        str(marker.parent.relative_to(PACKAGE)): ast.get_docstring(ast.parse(marker.read_text()))
        for marker in PACKAGE.rglob("__init__.py")
        if marker.parent != PACKAGE
    }
    assert named == found


def test_every_file_that_is_named_exists():
    named = re.findall(r"`((?:[a-z0-9_]+/)+[a-z0-9_]+\.(?:py|toml))`", MAP)
    assert named
    missing = [name for name in named if not (PACKAGE / name).exists()]
    assert [name for name in missing if not (REPOSITORY / name).exists()] == []


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A user's folder with every example as a plug-in."""
    home = tmp_path_factory.mktemp("home")
    for name, text in EXAMPLES.items():
        if name.startswith("pages/"):
            continue
        file = home / "settings" / "plugins" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return home


@pytest.fixture(scope="module")
def sevens(tmp_path_factory):
    file = tmp_path_factory.mktemp("scenes") / "scene.sevens"
    np.savetxt(file, np.arange(1, 601, dtype=np.float32).reshape(20, 30))
    return file


def test_all_examples_are_plug_ins_that_load(home):
    rows = json.loads(satstudio("plugins", "--json", home=home))
    mine = {row["name"]: row for row in rows}
    assert not [row for row in rows if row["is_broken"]]
    assert {"sevens", "largest_gap", "doubled", "squares", "straight_line"} <= set(mine)


def test_the_format_the_filter_and_the_metric_work(home, sevens, tmp_path):
    info = json.loads(satstudio("info", sevens, "--json", home=home))
    assert "sevens" in json.dumps(info)
    out = tmp_path / "doubled.tif"
    address = f"{sevens}#quantity=power"
    satstudio("restore", address, "--baseline", "doubled", "--out", out, home=home)
    with closing(open_scene(out)) as made:
        found = made.read(Window(0, 0, 20, 30)).pixels[0]
    assert np.array_equal(found, 2 * np.loadtxt(sevens, dtype=np.float32))
    words = ["score", address, out, "--metrics", "largest_gap", "--json"]
    assert "600" in satstudio(*words, home=home)


@pytest.mark.learn
@pytest.mark.slow
def test_the_data_set_and_the_way_to_train_work_up_to_a_restored_scene(home, sevens, tmp_path):
    np.save(tmp_path / "squares.npy", np.random.default_rng(0).normal(5, 1, (40, 16, 16)))
    patches, run, model = (tmp_path / name for name in ("patches", "run", "model.onnx"))
    satstudio("patches", "import", "squares", tmp_path, "--out", patches, home=home)
    words = ["train", patches, "--method", "straight_line", "--set", "steps=300", "--out", run]
    satstudio(*words, home=home)
    satstudio("export", run, "--out", model, home=home)
    out = tmp_path / "same.tif"
    satstudio("restore", sevens, "--model", model, "--out", out, home=home)
    with closing(open_scene(out)) as made:
        found = made.read(Window(0, 0, 20, 30)).pixels[0]
    given = np.loadtxt(sevens, dtype=np.float32)
    assert np.corrcoef(found[2:-2, 2:-2].ravel(), given[2:-2, 2:-2].ravel())[0, 1] > 0.9
