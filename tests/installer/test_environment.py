"""The environment: pinned packages, repaired where half-made, left alone where complete."""

import importlib.metadata
import subprocess
import sys

import bare_system
import environment
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

GROUPS = ["learn", "fits", "dask", "dev"]


def pins():
    lines = environment.CONSTRAINTS.read_text("utf-8").splitlines()
    split = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in split}


def needed(lines):
    """Follow requirements through the installed packages; yields each Requirement that applies."""
    waiting, seen = [Requirement(line) for line in lines], set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        yield requirement
        if name not in seen:
            seen.add(name)
            waiting += map(Requirement, importlib.metadata.requires(name) or ())


def test_every_package_that_is_needed_is_pinned_within_its_range():
    wanted = [*environment.requirements(GROUPS), *environment.BUILD_TOOLS]
    for requirement in needed(wanted):
        version = pins().get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not pinned"
        assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}"


def test_torch_is_pinned_exactly_in_one_version_everywhere():
    lines = environment.requirements(["learn"])
    assert f"torch=={environment.TORCH}" in lines
    assert pins()["torch"] == environment.TORCH


def test_qt_is_the_release_that_runs_on_python_3_11():
    assert pins()["pyside6-essentials"] == pins()["shiboken6"] == "6.11.3"


@pytest.fixture
def made(tmp_path):
    """An environment folder whose Python has pip: this test's own, behind a link."""
    made = environment.Environment(tmp_path / ".venv")
    made.python.parent.mkdir(parents=True)
    return made


def test_a_half_made_environment_is_not_taken_for_done(made):
    assert not made.is_usable()
    made.python.write_text("#!/bin/sh\nexit 1\n")
    made.python.chmod(0o755)
    assert not made.is_usable()


@pytest.mark.slow
def test_a_half_made_environment_is_repaired(made, capsys):
    made.python.symlink_to("/nonexistent/python")
    made.make()
    assert made.is_usable()
    assert "Making the environment" in capsys.readouterr().out


def test_an_environment_is_ready_until_something_it_depends_on_changes(made, monkeypatch, tmp_path):
    made.python.touch()
    for extras in (["learn"], ["learn", "dev"]):
        assert not made.is_ready(extras)
        made._stamp(extras).write_text(environment.fingerprint(extras))
        assert made.is_ready(extras)
    changed = tmp_path / "constraints.txt"
    changed.write_text("numpy==1.0")
    monkeypatch.setattr(environment, "CONSTRAINTS", changed)
    assert not made.is_ready(["learn"])


def test_without_ensurepip_an_administrator_is_asked_for(made, monkeypatch):
    monkeypatch.setattr(environment, "Environment", lambda: made)
    monkeypatch.setattr(bare_system, "lacks_ensurepip", lambda: True)
    monkeypatch.setattr(bare_system, "venv_package", lambda: "python3-venv")
    monkeypatch.setattr(bare_system.shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    with pytest.raises(environment.SetupError, match="python3-venv") as caught:
        environment.prepare(["learn"])
    assert caught.value.code == 3


class Listing:
    """Answers of `pip index versions torch`, by whether the index of CPU builds is asked."""

    def __init__(self, usual, with_cpu_index):
        self.answers = {False: usual, True: with_cpu_index}

    def __call__(self, command):
        text = self.answers[environment.CPU_INDEX in command] if "pip" in command else "none"
        return subprocess.CompletedProcess(command, 0, stdout=text)


BOTH, CUDA_ONLY = "2.13.0+cpu, 2.13.0, 2.12.1", "Available versions: 2.13.0, 2.12.1"
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has both builds")


@LINUX
@pytest.mark.parametrize(
    ("usual", "options"), [(BOTH, []), (CUDA_ONLY, ["--extra-index-url", environment.CPU_INDEX])]
)
def test_torch_without_cuda_is_looked_for(made, monkeypatch, usual, options):
    monkeypatch.setattr(environment, "_quiet", Listing(usual, BOTH))
    assert made._index_of_cpu_torch() == options


@LINUX
def test_a_torch_with_cuda_is_not_taken_by_accident(made, monkeypatch):
    monkeypatch.setattr(environment, "_quiet", Listing(CUDA_ONLY, CUDA_ONLY))
    with pytest.raises(environment.SetupError, match="CUDA build of several GB"):
        made._index_of_cpu_torch()
    monkeypatch.setenv("SATSTUDIO_TORCH", "any")
    assert made._index_of_cpu_torch() == []


def test_too_little_room_is_said_before_the_download(made, monkeypatch):
    usage = type("Usage", (), {"free": 10**9})
    monkeypatch.setattr(environment, "_quiet", Listing("", ""))
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(environment.SetupError, match=r"1\.0 GB are free, 2\.5 needed"):
        made._say_size()


@pytest.mark.slow
def test_no_network_is_one_sentence():
    here = environment.Environment()
    here.python = sys.executable
    where = ["--index-url", "http://127.0.0.1:9/simple", "--retries", "0", "--isolated"]
    with pytest.raises(environment.SetupError, match="index is out of reach"):
        here._pip(["download", "--no-deps", "nothing-of-this-name", *where])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for torch==2.13.0\n", "finds no torch==2.13.0"),
        ("WARNING: Retrying (...) after connection broken by 'ReadTimeoutError", "could not reach"),
        ("ERROR: something else", "pip failed"),
    ],
)
def test_a_failure_of_pip_is_one_sentence(said, sentence):
    assert sentence in environment.explained(said)
