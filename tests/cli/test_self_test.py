"""--self-test: all checks pass here; a check that fails is named and gives exit code 1."""

import json
import os
import subprocess
import sys

import pytest

from satstudio.cli import self_test


@pytest.mark.slow
def test_this_installation_passes_its_self_test_whatever_else_is_on_the_machine(tmp_path):
    astray = dict.fromkeys(("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH"), "/nowhere")
    done = subprocess.run(
        [sys.executable, "-m", "satstudio", "--self-test"],
        env={**os.environ, **astray, "SATSTUDIO_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert [row for row in report["checks"] if not row["is_well"]] == []
    assert done.returncode == 0
    assert {row["check"] for row in report["checks"]} == set(self_test.CHECKS)
    assert "offscreen" in report["checks"][-1]["detail"]


def test_a_check_that_fails_is_named(monkeypatch, capsys):
    def broken(folder):
        raise RuntimeError("no driver")

    monkeypatch.setattr(self_test, "CHECKS", {"formats": broken, "picture": self_test.picture})
    monkeypatch.setattr(self_test, "block_network", lambda: None)  # for this process, for good
    assert self_test.main() == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["is_well"]
    assert [row["is_well"] for row in report["checks"]] == [False, True]
    assert report["checks"][0]["detail"] == "RuntimeError: no driver"


def test_sockets_are_refused_once_the_network_is_blocked():
    code = (
        "from satstudio.cli.self_test import block_network; import socket; block_network()\n"
        "try: socket.create_connection(('127.0.0.1', 9))\n"
        "except RuntimeError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "network is blocked" in done.stdout
