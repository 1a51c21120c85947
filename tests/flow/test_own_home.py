"""With SATSTUDIO_HOME set, nothing is made outside it, and nobody is told anything."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from made import made_complex

from satstudio.core.environment import prepare_environment, scratch_folder
from satstudio.core.paths import resources_folder
from satstudio.core.system.processes import mark_of
from satstudio.gui.kit.context import default_study

MODEL = resources_folder() / "demo" / "generator.onnx"
PICTURE = """
import sys
from satstudio.__main__ import main
sys.argv = ["satstudio", *sys.argv[1:]]
assert main() == 0
import matplotlib.figure, matplotlib.font_manager  # what reports draw curves with
"""
FILE = re.compile(r'(?:open|openat|creat|mkdir|mkdirat|rename\w*|link\w*|symlink\w*)\(.*"([^"]+)"')


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Folders of a user and of the program, and an environment that names them."""
    folders = {name: tmp_path / name for name in ("home", "tmp", "own", "made")}
    for folder in folders.values():
        folder.mkdir()
    for name in list(os.environ):
        if name.startswith(("XDG_", "MPL", "TORCH", "ORT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folders["home"]))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(folders["tmp"]))
    monkeypatch.setenv("SATSTUDIO_HOME", str(folders["own"]))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    yield folders
    tempfile.tempdir = None


def check_nothing_outside(homes):
    assert [path for name in ("home", "tmp") for path in homes[name].rglob("*")] == []


def test_pictures_models_and_curves_stay_inside(homes, tmp_path):
    scene = made_complex(homes["made"])
    commands = (
        ["-m", "satstudio", "sample", MODEL, "--count", "1", "--out", homes["made"] / "a.npy"],
        ["-c", PICTURE, "render", scene, "--max-px", "32", "--out", homes["made"] / "a.png"],
    )
    for words in commands:
        subprocess.run([sys.executable, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
        check_nothing_outside(homes)
    assert list((homes["own"] / "cache/matplotlib").iterdir())


@pytest.mark.slow
@pytest.mark.learn
def test_training_and_export_stay_inside(homes):
    made = homes["made"]
    scene, patches, run = made_complex(made), made / "patches", made / "run"
    for words in (
        ["patches", "cut", scene, "--size", "32", "--count", "40", "--out", patches],
        ["train", patches, "--method", "cvwgan/tiny", "--steps", "2", "--out", run],
        ["export", run, "--out", made / "model.onnx"],
    ):
        command = [sys.executable, "-m", "satstudio", *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        check_nothing_outside(homes)


@pytest.mark.slow
def test_the_window_stays_inside(homes):
    command = [sys.executable, "-m", "satstudio", "--self-test", "window"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    check_nothing_outside(homes)
    assert (homes["own"] / "state" / "window.ini").is_file()


def test_the_study_of_a_user_who_chose_none_lies_inside(homes):
    assert default_study() == homes["own"] / "study"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_file_is_made_elsewhere_for_a_moment_either(homes, tmp_path):
    log, out = tmp_path / "log", homes["made"] / "a.npy"
    calls = "openat,open,creat,mkdir,mkdirat,rename,renameat2,link,linkat,symlink,connect"
    words = ["sample", MODEL, "--count", "1", "--out", out]
    command = [sys.executable, "-m", "satstudio", *map(str, words)]
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e", f"trace={calls}"]
    subprocess.run([*strace, *command], check=True, stdout=subprocess.DEVNULL)
    lines = log.read_text("utf-8", "replace").splitlines()
    writing = [line for line in lines if "openat(" not in line or "O_CREAT" in line]
    made = {path for line in writing if " = -1 " not in line for path in FILE.findall(line)}
    outside = [path for path in made if not path.startswith((str(tmp_path), "/dev/"))]
    assert outside == []
    assert not [line for line in lines if "connect(" in line and "AF_INET" in line]


def test_telemetry_is_off_whoever_opens_a_model(homes):
    code = (
        "from pathlib import Path; from satstudio.restore.models.model_file import read_card; "
        f"read_card(Path({str(MODEL)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    check_nothing_outside(homes)


def test_a_scratch_folder_of_an_ended_process_goes(homes):
    prepare_environment()
    place = Path(tempfile.gettempdir())
    assert place == homes["own"] / "cache" / "tmp"
    dead = f"{mark_of(os.getpid())[:-8]}00000000"
    left, other = place / f"satstudio-{dead}-abc", place / "satstudio-notes"
    for folder in (left, other):
        (folder / "inside").mkdir(parents=True)
    with scratch_folder() as mine, scratch_folder() as again:
        assert not left.exists()
        assert other.is_dir()
        assert Path(mine).is_dir()
        assert Path(again).is_dir()
    assert list(place.iterdir()) == [other]
