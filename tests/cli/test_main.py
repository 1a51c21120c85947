"""The command line: doors, exit codes, help; quick, and without Qt or torch."""

import json
import subprocess
import sys

import pytest
from made import made_complex

from satstudio.cli.command_table import COMMANDS
from satstudio.cli.main import main
from satstudio.core.version import VERSION


def program(*words, **more):
    """Run the program as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "satstudio", *words], capture_output=True, text=True, check=False,
        timeout=120, **more,
    )  # fmt: skip


def modules_after(*words):
    """Return the modules that are imported after a command, in a process of its own."""
    code = f"""
import json, sys
from satstudio.cli.main import main
code = main({list(words)!r})
print("MODULES" + json.dumps(sorted(sys.modules)))
sys.exit(code)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.partition("MODULES")[2]))


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_without_torch_and_qt(name):
    modules = modules_after(name, "--help")
    assert not {"torch", "PySide6", "onnxruntime", "matplotlib", "jinja2"} & modules
    assert not [module for module in modules if module.startswith("satstudio.learn")]


def test_listing_the_commands_imports_none_of_them():
    modules = modules_after("--help")
    assert not {"numpy", "rasterio", "pydantic_settings", "torch", "PySide6"} & modules


def test_the_version_is_said(capsys):
    assert main(["--version"]) == 0
    assert VERSION in capsys.readouterr().out


def test_what_is_neither_command_nor_file_is_bad_usage(capsys):
    assert main(["no-such-thing"]) == 2
    text = capsys.readouterr().err
    assert "neither a command nor a file" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "words", [["render"], ["crop", "x.tif", "--out"], ["train", "p", "--steps", "x", "--out", "r"]]
)
def test_bad_usage_is_one_line_and_exit_code_2(words, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    assert "--help" in captured.err


def test_an_error_is_one_sentence_and_a_traceback_only_with_debug(tmp_path, capsys):
    missing = str(tmp_path / "gone.tif")
    assert main(["info", missing]) == 2
    text = capsys.readouterr().err
    assert len(text.strip().splitlines()) == 1
    assert "gone.tif" in text
    assert main(["info", missing, "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    scene = made_complex(tmp_path)
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "out.png"
    assert main(["render", str(scene), "--out", str(out)]) == 2
    text = capsys.readouterr().err
    assert len(text.strip().splitlines()) == 1
    assert "file" in text


def test_a_name_that_promises_another_kind_of_file_is_refused(tmp_path, capsys):
    scene = str(made_complex(tmp_path))
    assert main(["render", scene, "--out", str(tmp_path / "x.jpg")]) == 2
    assert ".png" in capsys.readouterr().err
    assert main(["crop", scene, "--window", "0,0,9,9", "--out", str(tmp_path / "x.png")]) == 2
    assert ".tif" in capsys.readouterr().err


def test_an_error_that_nobody_expected_is_a_sentence_too(monkeypatch, capsys):
    def broken(path):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("satstudio.cli.commands.inspecting.open_scene", broken)
    assert main(["info", "x.tif"]) == 1
    text = capsys.readouterr().err
    assert "ZeroDivisionError" in text
    assert "Traceback" not in text
    assert "--debug" in text


def test_without_a_display_the_window_says_so_and_names_the_headless_road(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for words in ([], ["demo"], [sys.executable]):
        done = program(*words)
        assert done.returncode == 2
        assert "no display" in done.stderr
        assert "--headless" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X servers")
def test_a_display_with_nothing_behind_it_is_none(monkeypatch):
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":94871")
    done = program("demo")
    assert done.returncode == 2, "Qt would abort with 134"
    assert "--headless" in done.stderr


def test_another_programs_gdal_does_not_disturb(tmp_path, monkeypatch):
    scene = made_complex(tmp_path)
    monkeypatch.setenv("PROJ_DATA", "/no/such/folder")
    monkeypatch.setenv("PROJ_LIB", "/no/such/folder")
    done = program("info", str(scene), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["crs_name"] == "WGS 84 / UTM zone 33N (EPSG:32633)"
