"""What starts quickly stays quick: heavy libraries are loaded when they are needed, not before."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QPainter

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted(path.parent.name for path in (REPOSITORY / "satstudio/gui").glob("pages/*/page.py"))
HEAVY = {"torch", "scipy", "skimage", "matplotlib", "onnx", "onnxruntime", "jinja2", "h5py"}


def loaded(*modules: str) -> set[str]:
    """Import modules in a new process; return the top names of all that is loaded then."""
    lines = [f"import {module}" for module in modules]
    code = "; ".join([*lines, "import sys, json", "print(json.dumps(sorted(sys.modules)))"])
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(answer.stdout)}


def test_the_window_starts_without_a_heavy_library():
    window = ["satstudio.gui.shell.app", "satstudio.gui.shell.main_window"]
    assert loaded(*window) & HEAVY == set()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_torch(page):
    assert loaded(f"satstudio.gui.pages.{page}.page") & {"torch", "onnx"} == set()


def test_help_of_the_command_line_is_light():
    assert loaded("satstudio.__main__", "satstudio.cli.main") & (HEAVY | {"PySide6"}) == set()


def test_a_worker_starts_light():
    assert loaded("satstudio.jobs.worker") & (HEAVY | {"PySide6", "rasterio"}) == set()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is never released from 3.12 on")
def test_qt_gives_back_every_reference_of_none():
    # PySide6 6.12.0 loses one for each call that returns nothing; the process aborts in seconds
    picture = QImage(4, 4, QImage.Format.Format_ARGB32_Premultiplied)
    target = picture.copy()
    painter = QPainter(target)
    before = sys.getrefcount(None)
    for _ in range(1000):
        painter.drawImage(0, 0, picture)
    after = sys.getrefcount(None)
    painter.end()
    assert abs(after - before) < 10
