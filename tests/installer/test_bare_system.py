"""What a bare system lacks is found and named with the command that brings it."""

import subprocess
import sys

import bare_system
import pytest

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about Linux")


@LINUX
def test_a_library_that_does_not_load_is_missing(monkeypatch):
    monkeypatch.setattr(bare_system, "_loads", lambda name: name != "libGL.so.1")
    monkeypatch.setattr(bare_system, "_has_font", lambda: True)
    assert bare_system.missing_for_qt(on_screen=False) == {"libGL.so.1": "libgl1"}


@LINUX
def test_a_window_on_the_screen_needs_more(monkeypatch):
    monkeypatch.setattr(bare_system, "_loads", lambda name: False)
    monkeypatch.setattr(bare_system, "_has_font", lambda: False)
    drawn = bare_system.missing_for_qt(on_screen=False)
    shown = bare_system.missing_for_qt(on_screen=True)
    assert drawn.items() < shown.items()
    assert drawn["a font"] == "fonts-dejavu-core"
    assert "libxcb-cursor0" in shown.values()


def test_a_library_is_there_where_the_loader_finds_it():
    assert not bare_system._loads("libnothing-of-this-name.so.7")


@pytest.mark.parametrize(
    ("variables", "is_there"),
    [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "wayland-0"}, True)],
)
@LINUX
def test_a_display_is_x_or_wayland(monkeypatch, variables, is_there):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert bare_system.has_display() is is_there


def test_where_apt_is_not_there_the_libraries_are_named(monkeypatch):
    monkeypatch.setattr(bare_system, "missing_for_qt", lambda *, on_screen: {"libGL.so.1": "x"})
    monkeypatch.setattr(bare_system.shutil, "which", lambda name, **_: None)
    assert bare_system.advice(with_venv=False).startswith("Install them")
    assert "libGL.so.1" in bare_system.advice(with_venv=False)


def test_packages_are_installed_after_the_lists_are_renewed(monkeypatch):
    commands = []

    def run(command, **options):
        commands.append(command[1:])
        assert options["env"]["DEBIAN_FRONTEND"] == "noninteractive"
        return subprocess.CompletedProcess(command, 0, stdout="")

    monkeypatch.setattr(bare_system.subprocess, "run", run)
    assert bare_system.install(["libgl1"])
    assert commands == [
        ["-q", "update"],
        ["-q", "install", "-y", "--no-install-recommends", "libgl1"],
    ]


def test_a_failed_installation_shows_why(monkeypatch, capsys):
    def run(command, **options):
        return subprocess.CompletedProcess(command, 100, stdout="E: dpkg is locked\n")

    monkeypatch.setattr(bare_system.subprocess, "run", run)
    assert not bare_system.install(["libgl1"])
    assert "dpkg is locked" in capsys.readouterr().err
