"""The window is closed right after the Restore page asked for a preview of a large scene."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from made import write_geotiff

SIDE_PX = 4000
SCRIPT = Path(__file__).with_name("close_at_once.py")
LIMIT_S = 6.0
"""Two seconds, and what a busy machine adds to them: Python itself has to end too."""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    rng = np.random.default_rng(7)
    pixels = rng.standard_normal((2, SIDE_PX, SIDE_PX), np.float32)
    path = tmp_path_factory.mktemp("large") / "large.tif"
    return write_geotiff(path, pixels[0] + 1j * pixels[1], tiled=True)


def left_of(home: Path) -> list[str]:
    """Command lines of processes that a window with this home left behind."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SATSTUDIO_HOME") == str(home) and process.pid != os.getpid():
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


@pytest.mark.slow
@pytest.mark.parametrize("wait_ms", [0, 200, 1500])
def test_the_window_closes_at_once_and_leaves_nothing(large, home, tmp_path, wait_ms):
    own = tmp_path / "home"
    environment = {**os.environ, "SATSTUDIO_HOME": str(own)}
    process = subprocess.run(
        [sys.executable, str(SCRIPT), str(large), str(wait_ms)],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    ended = time.time()
    assert process.returncode == 0, process.stderr
    closed = float(process.stdout.split()[-1])
    assert ended - closed < LIMIT_S, f"it took {ended - closed:.1f} s"
    words = ("QThread", "QObject", "QTimer", "Traceback", "destroyed")
    assert [line for line in process.stderr.splitlines() if any(w in line for w in words)] == []
    end = time.monotonic() + 5
    while left_of(own) and time.monotonic() < end:
        time.sleep(0.1)
    assert left_of(own) == []
