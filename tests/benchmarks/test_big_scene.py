"""A scene far larger than memory wants is seen without being read whole."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).with_name("big_scene.py")
ROOM_BYTES = 3 * 2**30


@pytest.mark.nightly
def test_20_000_pixels_a_side_are_seen_below_600_mb(tmp_path, record_testsuite_property):
    if shutil.disk_usage(tmp_path).free < ROOM_BYTES:
        pytest.skip(f"{tmp_path} has no room for a scene of 1.6 GB")
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--dtype", "complex_int16", "--folder", str(tmp_path)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    record_testsuite_property("big_scene", done.stdout)
    assert measured["side"] == 20_000
    assert measured["peak_above_empty_mb"] < 600
    assert measured["ratio_to_decimated_read"] < 10
