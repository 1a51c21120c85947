"""The frozen program: parts are measured; a nightly build passes its own self-test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import build
import environment
import pytest


def test_sizes_are_counted_by_part_largest_first(tmp_path):
    inside = tmp_path / "_internal"
    for name, mb in {
        "scipy/a.so": 3,
        "scipy.libs/b.so": 2,
        "libQt6Core.so.6": 4,
        "libz.so.1": 2,
        "satstudio/x.pyc": 0,
    }.items():
        path = inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0" * (mb * build.MIB + 10))
    (tmp_path / "satstudio-cli").write_bytes(b"\0" * (2 * build.MIB))
    report = build.sizes(tmp_path)
    assert report["total_mb"] == 13
    assert list(report["parts_mb"]) == ["scipy", "libQt6", "other libraries", "satstudio-cli"]
    assert "13  in all" in build.table(report)


def test_libraries_that_stripping_breaks_stay_whole(tmp_path, monkeypatch):
    stripped = []
    monkeypatch.setattr(build.subprocess, "run", lambda words, **_: stripped.append(words[-1]))
    monkeypatch.setattr(build.shutil, "which", lambda name: f"/usr/bin/{name}")
    for name in ("numpy.libs/blas.so", "other/lib.so", "text.txt"):
        path = tmp_path / "_internal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"text" if name == "text.txt" else b"\x7fELF")
    (tmp_path / "satstudio").write_bytes(b"\x7fELF with an archive at its end")
    build.strip(tmp_path)
    assert [Path(name).name for name in stripped] == ["lib.so"]


def test_missing_tools_are_one_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    monkeypatch.setattr(build.sys, "platform", "linux")
    assert build.main(["--out", str(tmp_path)]) == 3
    assert "apt-get install binutils" in capsys.readouterr().err


@pytest.mark.nightly
def test_the_program_is_frozen_and_works_without_python(tmp_path, record_testsuite_property):
    script = Path(build.__file__)
    done = subprocess.run(
        [sys.executable, str(script), "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    folder = tmp_path / "satstudio"
    report = json.loads((folder / "sizes.json").read_text())
    record_testsuite_property("frozen_mb", report["total_mb"])
    assert report["total_mb"] <= build.MOST_MB
    assert "Lesser General Public License" in (folder / "THIRD_PARTY.txt").read_text("utf-8")
    assert not list(folder.rglob("torch"))
    assert build.self_test(folder)["is_well"]
    assert environment.ROOT not in folder.parents
    command = [str(folder / "satstudio-cli"), "info", "--json"]
    scene = folder / "_internal" / "resources" / "demo" / "sample_slc.tif"
    done = subprocess.run(
        [*command, str(scene)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "SATSTUDIO_HOME": str(tmp_path / "home")},
    )
    assert json.loads(done.stdout)["size"] == {"rows": 1280, "cols": 1280}
