"""Restoring costs little beside the network, and no more memory for a larger scene."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).with_name("restore.py")


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's peak memory")
def test_restoring_is_nearly_as_fast_as_the_bare_network_in_bounded_memory(
    tmp_path, record_testsuite_property
):
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--repeats", "1", "--folder", str(tmp_path)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    record_testsuite_property("restore", done.stdout)
    measured = json.loads(done.stdout)
    # of CPU time: what else runs on the machine does not count
    assert measured["throughput"]["ratio_of_cpu_time"] >= 0.85
    assert measured["three_inputs"]["ratio_of_cpu_time"] >= 0.85
    assert measured["workers"]["ratio_of_cpu_time"] >= 0.9
    memory = {name: one for name, one in measured["memory"].items() if isinstance(one, dict)}
    assert len(memory) == 3
    assert all(one["growth"] <= 1.10 for one in memory.values()), memory
    assert list(tmp_path.iterdir()) == []
