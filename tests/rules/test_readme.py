"""What README.md says to type works, line by line."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
WALK = [line for line in "".join(BLOCKS).splitlines() if line.startswith("satstudio ")]


def test_the_readme_starts_with_the_two_commands():
    typed = [line.split("#")[0].strip() for line in BLOCKS[0].splitlines()]
    assert typed == [f"python3 installer/bootstrap.py {what}" for what in ("run", "test")]
    assert README.index(BLOCKS[0]) < 100


def test_paths_and_pictures_of_the_readme_exist():
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    folders = re.findall(r"`((?:resources|tests|installer|core)/[\w./]*)`", README)
    for name in (*pictures, *folders):
        place = REPOSITORY / ("satstudio" if name.startswith("core/") else "")
        assert (place / name).exists(), name


@pytest.mark.slow
@pytest.mark.learn
def test_the_walk_on_the_command_line_works_as_written(tmp_path):
    (tmp_path / "resources").symlink_to(REPOSITORY / "resources", target_is_directory=True)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    for line in WALK:
        words = shlex.split(_quick(line))
        answer = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, f"{line}\n{answer.stdout}{answer.stderr}"
    for name in ("scene.png", "crop.tif", "samples.png", "study/models/coast.onnx"):
        assert (tmp_path / name).stat().st_size > 0


def _quick(line):
    """What is typed, with less to compute."""
    for typed, quick in (
        ("--budget 60", "--budget 3"),
        ("despeckler.onnx", "despeckler_fast.onnx"),
    ):
        line = line.replace(typed, quick)
    return line
