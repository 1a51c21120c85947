"""Each thread has its own GDAL handle, and all of them are closed."""

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from made import made_complex

from satstudio.core.errors import SceneReadError
from satstudio.scenes.gdal.handles import Handle, with_handle


def in_thread(work):
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join(30)
    return results[0]


def test_a_thread_keeps_its_handle_and_shares_it_with_nobody(tmp_path):
    handle = Handle(str(made_complex(tmp_path)))

    def mine():
        with handle.use() as first:
            pass
        with handle.use() as second:
            return first, second

    here = mine()
    there = in_thread(mine)
    assert here[0] is here[1]
    assert there[0] is not here[0]
    handle.close()


def test_closing_closes_the_handles_of_other_threads(tmp_path):
    handle = Handle(str(made_complex(tmp_path)))
    go_on, opened, seen = threading.Event(), threading.Event(), []

    def work():
        with handle.use() as dataset:
            seen.append(dataset)
        opened.set()
        go_on.wait(30)

    thread = threading.Thread(target=work)
    thread.start()
    opened.wait(30)
    handle.close()
    assert seen[0].closed
    go_on.set()
    thread.join(30)
    with pytest.raises(SceneReadError, match="closed"), handle.use():
        pass


def test_a_handle_in_use_is_closed_by_its_user(tmp_path):
    handle = Handle(str(made_complex(tmp_path)))
    with handle.use() as dataset:
        in_thread(handle.close)
        assert not dataset.closed
        assert dataset.read(1).shape == (128, 128)
    assert dataset.closed


FILES = Path("/proc/self/fd")


@pytest.mark.skipif(not FILES.is_dir(), reason="counts open files in /proc")
def test_threads_that_end_leave_no_open_file(tmp_path):
    path = made_complex(tmp_path)
    handle = Handle(str(path))

    def work():
        with handle.use() as dataset:
            return dataset.read(1).shape

    for _ in range(5):
        in_thread(work)
    gc.collect()
    assert path not in [link.resolve() for link in FILES.iterdir()]
    handle.close()


def test_a_foreign_proj_does_not_break_coordinate_systems(tmp_path):
    path = made_complex(tmp_path)
    code = (
        "from satstudio.scenes.scene import open_scene\n"
        "from satstudio.scenes.gdal.locate import Locator\n"
        f"lon, lat = Locator(open_scene({str(path)!r}).grid).lonlat(0, 0)\n"
        "print(f'{lon:.4f} {lat:.4f}')"
    )
    foreign = {name: str(tmp_path) for name in ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA")}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **foreign},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.strip() == "15.0000 45.1535", answer.stderr


def test_drivers_that_reach_the_network_are_off(tmp_path):
    path = made_complex(tmp_path)
    code = (
        "from satstudio.scenes.gdal.handles import gdal_env\n"
        "wanted = {'HTTP', 'WMS', 'WCS', 'GTiff'}\n"
        "with gdal_env() as env: print(sorted(wanted & set(env.drivers())))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.stdout.strip() == "['GTiff']", answer.stderr
    with with_handle(str(path)) as dataset:
        assert dataset.count == 1
