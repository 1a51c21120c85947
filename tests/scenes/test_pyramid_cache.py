"""Pyramids in the user's cache: whole or not there, bounded, and never beside the scene."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from made import speckle, write_geotiff
from made_pyramids import ArraySource, built, whole

from satstudio.core.errors import Cancelled, SceneError, SceneWriteError
from satstudio.core.progress import Progress
from satstudio.core.system.processes import mark_of, own_mark
from satstudio.scenes.gdal.source import GdalSource
from satstudio.scenes.pyramid import build as pyramid_module
from satstudio.scenes.pyramid import cache as pyramid_cache
from satstudio.scenes.pyramid.build import build_pyramid, clear_pyramids, open_pyramid
from satstudio.scenes.pyramid.cache import pyramids_folder


def test_clearing_removes_all_pyramids_and_says_how_much_that_was():
    folder = built(ArraySource(speckle(300, 300)[None])).folder
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert clear_pyramids() == size
    assert open_pyramid("made") is None
    assert clear_pyramids() == 0


def test_a_stop_leaves_nothing_and_a_second_try_succeeds(monkeypatch):
    source = ArraySource(speckle(900, 900)[None], block=(1, 900))
    stops = iter([False, False, True])
    monkeypatch.setattr(pyramid_module, "CHUNK_BYTES", 900 * 8 * 100)
    with pytest.raises(Cancelled):
        build_pyramid(source, "made", Progress(is_stopped=lambda: next(stops, True)))
    assert list(pyramids_folder().iterdir()) == []
    assert open_pyramid("made") is None
    assert built(source).levels


def test_a_reading_error_leaves_nothing(monkeypatch):
    class Broken(ArraySource):
        def read(self, window, shape, bands):
            if window.row > 300:
                raise SceneError("the disk is gone")
            return super().read(window, shape, bands)

    monkeypatch.setattr(pyramid_module, "CHUNK_BYTES", 900 * 8 * 100)
    broken = Broken(speckle(900, 900)[None], block=(1, 900))
    with pytest.raises(SceneError, match="is gone"):
        build_pyramid(broken, "made", Progress())
    assert list(pyramids_folder().iterdir()) == []


def test_what_a_dead_process_left_is_removed():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        old = pyramids_folder() / f"abc.part-{mark_of(child.pid)}-0"
    alive = pyramids_folder() / f"abc.part-{own_mark()}-99"
    for folder in (old, alive):
        folder.mkdir(parents=True)
        (folder / "L1-b0.bin").write_bytes(b"x")
    built(ArraySource(speckle(300, 300)[None]))
    assert not old.exists()
    assert alive.exists()


def test_a_damaged_pyramid_counts_as_none_and_is_built_again():
    source = ArraySource(speckle(300, 300)[None])
    folder = built(source).folder
    (folder / "L1-b0.bin").write_bytes(b"short")
    assert open_pyramid("made") is None
    assert whole(built(source), 0)[1].all()
    (folder / "meta.json").write_text("{}", "utf-8")
    assert open_pyramid("made") is None


def test_a_pyramid_that_went_away_says_so_when_read():
    pyramid = built(ArraySource(speckle(300, 300)[None]))
    (pyramid.folder / "L1-b0.bin").unlink()
    with pytest.raises(SceneError, match="open the scene again"):
        whole(pyramid, 0)


def test_the_least_recently_used_pyramid_goes_when_the_limit_is_passed(monkeypatch):
    source = ArraySource(speckle(300, 300)[None])
    first, second = built(source, "a"), built(source, "b")
    os.utime(first.folder / "meta.json", (1, 1))
    os.utime(second.folder / "meta.json", (2, 2))
    size = sum(path.stat().st_size for path in first.folder.iterdir())
    pyramid_cache.make_room(size, int(2.5 * size))
    assert not first.folder.exists()
    assert second.folder.exists()


def test_a_full_disk_is_said_in_one_sentence(monkeypatch):
    usage = type("Usage", (), {"total": 100, "used": 95, "free": 5})
    monkeypatch.setattr(pyramid_cache.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(SceneWriteError, match="shown without it"):
        build_pyramid(ArraySource(speckle(300, 300)[None]), "made", Progress())


CHILD = """
import os, resource, signal, sys
import numpy as np
from made_pyramids import ArraySource
from satstudio.core.errors import SceneWriteError
from satstudio.core.progress import Progress
from satstudio.scenes.pyramid import build as pyramid
pyramid.CHUNK_BYTES = 900 * 8 * 100
source = ArraySource(np.ones((1, 900, 900), np.complex64), block=(1, 900))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if sys.argv[1] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
def tell(share, text):
    if share > 0.5 and sys.argv[1] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
try:
    pyramid.build_pyramid(source, "made", Progress(tell))
except SceneWriteError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
@pytest.mark.parametrize("act", ["kill", "full"])
def test_a_killed_process_and_a_full_disk_leave_no_half_of_a_pyramid(act):
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, act],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tests, tests.parent)))},
        capture_output=True,
        text=True,
        check=False,
    )
    if act == "kill":
        assert done.returncode == -signal.SIGKILL, done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert "shown without it; free disk space" in done.stdout
        assert list(pyramids_folder().iterdir()) == []
    assert open_pyramid("made") is None
    assert built(ArraySource(speckle(900, 900)[None])).levels
    assert len(list(pyramids_folder().iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_said_in_one_sentence():
    pyramids_folder().parent.mkdir(parents=True, exist_ok=True)
    pyramids_folder().write_text("a file where the folder should be", "utf-8")
    with pytest.raises(SceneWriteError, match="shown without it"):
        build_pyramid(ArraySource(speckle(300, 300)[None]), "made", Progress())


def test_nothing_is_written_beside_the_users_file(tmp_path):
    path = write_geotiff(tmp_path / "slc.tif", speckle(300, 300))
    built(GdalSource(path))
    assert list(tmp_path.glob("*.tif*")) == [path]


def test_the_folder_holds_what_is_documented():
    folder = built(ArraySource(speckle(1100, 300)[None])).folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "L1-b0.bin", "L2-b0.bin", "L3-b0.bin", "histogram.npy", "meta.json",
    ]  # fmt: skip
    assert isinstance(folder, Path)
    histogram = open_pyramid("made").histogram
    assert histogram.sum() == 275 * 75
