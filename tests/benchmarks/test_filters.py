"""Refined Lee takes at most three times the work of Lee, from file to file."""

import json
import resource
import subprocess
import sys

import pytest
from made import speckle_power, write_geotiff


def work_s(scene, name, out):
    """CPU time of the command, whatever else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["restore", str(scene), "--baseline", name, "--out", str(out), "--overwrite"]
    subprocess.run([sys.executable, "-m", "satstudio", *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.nightly
def test_refined_lee_takes_at_most_three_times_as_long_as_lee(tmp_path, record_testsuite_property):
    scene = write_geotiff(tmp_path / "power.tif", speckle_power(3000, 3000), tiled=True)
    names = ("lee", "refined_lee")
    took = {name: min(work_s(scene, name, tmp_path / "o.tif") for _ in range(3)) for name in names}
    record_testsuite_property("filters_cpu_s", json.dumps(took))
    assert took["refined_lee"] < 3 * took["lee"], took
