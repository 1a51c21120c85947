"""Every document that the program gives is JSON as the standard has it."""

import json
import math

import numpy as np
import pytest
import rasterio
from made import TRANSFORM, made_complex, made_intensity, write_geotiff

from satstudio.cli.main import main
from satstudio.core.files.json_text import strict_json


def refused(name):
    raise AssertionError(f"{name} is no JSON")


def strict(text):
    return json.loads(text, parse_constant=refused)


def test_numbers_that_json_has_none_for_become_texts():
    values = {"a": math.nan, "b": [math.inf, (-math.inf, 1.5)], "c": {"d": np.float64("nan")}}
    found = strict(strict_json({**values, "e": np.float32("inf"), math.nan: 1, "f": None}))
    assert found == {
        "a": "nan", "b": ["inf", ["-inf", 1.5]], "c": {"d": "nan"}, "e": "inf", "nan": 1, "f": None,
    }  # fmt: skip


def test_what_a_scene_with_nodata_nan_holds_is_json(tmp_path, capsys):
    path = write_geotiff(
        tmp_path / "nan.tif", np.ones((64, 64), np.float32), nodata=math.nan, transform=TRANSFORM
    )
    with rasterio.open(path) as file:
        assert math.isnan(file.nodata)
    assert main(["info", str(path), "--json"]) == 0
    found = strict(capsys.readouterr().out)
    assert found["nodata"] == ["nan"]
    assert found["bands"][0]["nodata"] == "nan"


@pytest.mark.parametrize("command", ["score", "compare"])
def test_figures_of_a_scene_of_zeros_are_json(tmp_path, capsys, command):
    scene = made_complex(tmp_path)
    zeros = write_geotiff(tmp_path / "zeros.tif", np.zeros((128, 128), np.complex64))
    more = ["--out", str(tmp_path / "a.png")] if command == "compare" else []
    assert main([command, str(scene), str(zeros), "--json", *more]) == 0, capsys.readouterr().err
    strict(capsys.readouterr().out)


def test_a_scene_of_nan_is_rendered_and_told_in_json(tmp_path, capsys):
    path = write_geotiff(tmp_path / "nan.tif", np.full((64, 64), np.nan, np.float32))
    words = ["render", str(path), "--out", str(tmp_path / "a.png"), "--json"]
    if main(words) == 0:
        strict(capsys.readouterr().out)


@pytest.mark.slow
def test_all_real_files_are_told_in_json(open_data, capsys):
    count = 0
    files = [path for path in sorted(open_data.rglob("*")) if path.is_file()]
    folders = [path for path in sorted(open_data.rglob("*.SAFE")) if path.is_dir()]
    for path in [*files, *folders]:
        if "corrupt" in path.parts:
            continue
        if main(["info", str(path), "--json"]) == 0:
            strict(capsys.readouterr().out)
            count += 1
        capsys.readouterr()
    assert count > 80


def test_other_commands_are_json_too(tmp_path, capsys):
    scene = made_intensity(tmp_path)
    patches = tmp_path / "patches"
    for words in (
        ["plugins"],
        ["features", "list"],
        ["sweep", "--list"],
        ["patches", "cut", scene, "--size", "16", "--out", patches],
        ["patches", "check", patches],
        ["restore", scene, "--baseline", "lee", "--out", tmp_path / "lee.tif"],
        ["crop", scene, "--window", "0,0,9,9", "--out", tmp_path / "crop.tif"],
    ):
        assert main([*map(str, words), "--json"]) in (0, 3)
        strict(capsys.readouterr().out)
    strict((patches / "manifest.json").read_text("utf-8"))
