"""Fragile files are read by a process of their own: it may crash, hang or be left alone."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import psutil
import pytest
import rasterio
import rasterio.shutil
from fuzz.mutations import mutated
from made import write_geotiff

from satstudio.cli.main import main
from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.system.program import program_command
from satstudio.scenes.gdal import process as reader_process
from satstudio.scenes.gdal.fragile import is_fragile
from satstudio.scenes.scene import list_images, open_scene

PIXELS = np.arange(64 * 48, dtype=np.float32).reshape(64, 48)
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture
def netcdf(tmp_path):
    """An HDF5 file, as netCDF 4 writes it."""
    plain = write_geotiff(tmp_path / "plain.tif", PIXELS)
    path = tmp_path / "scene.nc"
    rasterio.shutil.copy(str(plain), str(path), driver="netCDF", FORMAT="NC4")
    assert path.read_bytes().startswith(b"\x89HDF")
    return path


def readers():
    """The reader processes of this one."""
    found = []
    for child in psutil.Process().children():
        try:
            is_reader = child.cmdline()[-1:] == ["reader"]
        except psutil.Error:  # it has just ended
            continue
        found += [child] * is_reader
    return found


def is_soon(question, seconds=5):
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_a_fragile_file_is_read_like_any_other_and_its_process_ends_with_it(netcdf):
    with closing(open_scene(netcdf)) as scene:
        assert scene.driver == "netCDF"
        assert len(readers()) == 1
        np.testing.assert_array_equal(scene.read().pixels[0], PIXELS)
        part = scene.read(Window(5, 7, 20, 30), Size(10, 10))
        assert part.pixels.shape == (1, 10, 10)
        assert scene.sample(100).pixels.shape == (1, 1, 100)
    assert is_soon(lambda: not readers())
    with pytest.raises(SceneReadError, match="closed"):
        scene.read()


def test_gdal_never_meets_a_fragile_file_in_this_process_whatever_its_name(netcdf, monkeypatch):
    renamed = netcdf.rename(netcdf.with_suffix(".tif"))
    monkeypatch.setattr(rasterio, "open", lambda *args, **options: pytest.fail("opened here"))
    with closing(open_scene(renamed)) as scene:  # netCDF writes rows from below, HDF5 knows not
        np.testing.assert_array_equal(scene.read().pixels[0], PIXELS[::-1])


def test_the_process_that_listed_images_opens_one_or_ends(netcdf):
    list_images(netcdf)
    (listed,) = readers()
    with closing(open_scene(netcdf)):
        assert readers() == [listed]
    list_images(netcdf)
    assert is_soon(lambda: not readers())


@posix
def test_a_crash_is_one_sentence_and_the_next_reading_has_a_new_process(netcdf):
    with closing(open_scene(netcdf)) as scene:
        for _ in range(reader_process.MOST_STARTS - 1):
            (child,) = readers()
            child.suspend()  # so that it dies in the middle of a reading
            threading.Timer(0.3, lambda pid=child.pid: os.kill(pid, signal.SIGSEGV)).start()
            threading.Timer(0.4, child.resume).start()
            with pytest.raises(SceneReadError, match=r"^scene\.nc made its reader crash; the file"):
                scene.read()
            np.testing.assert_array_equal(scene.read().pixels[0], PIXELS)
        readers()[0].send_signal(signal.SIGSEGV)
        assert is_soon(lambda: not readers())
        with pytest.raises(SceneReadError, match="made its reader crash"):
            scene.read()
        assert readers() == []


@posix
def test_a_reading_that_takes_too_long_is_ended_with_a_sentence(netcdf, monkeypatch):
    with closing(open_scene(netcdf)) as scene:
        monkeypatch.setattr(reader_process, "LIMIT_S", 1.0)
        (child,) = readers()
        child.suspend()
        with pytest.raises(SceneReadError, match=r"Reading scene\.nc took more than 1 s"):
            scene.read()
        assert not child.is_running()
        monkeypatch.undo()
        np.testing.assert_array_equal(scene.read().pixels[0], PIXELS)


@posix
def test_a_program_killed_at_once_leaves_no_reader_behind(netcdf):
    code = (
        "import sys, time; from satstudio.scenes.scene import open_scene\n"
        "scene = open_scene(sys.argv[1]); scene.read(); print('read', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, netcdf], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout.readline() == "read\n"
        (child,) = psutil.Process(program.pid).children()
        program.kill()
    assert is_soon(lambda: not child.is_running())


CRASHES = {
    51: "calib_RSLC_ALPSRP025826990_RIO_BRANCO_CR.h5",
    636: "calib_RSLC_ALPSRP025826990_RIO_BRANCO_CR.h5",
    1650: "SanAnd_129.h5",
    5095: "SanAnd_129.h5",
}
"""Seeds of damage that ends, with SIGSEGV, the process that opens or reads the file."""


@posix
@pytest.mark.parametrize("seed", CRASHES)
def test_damaged_hdf5_that_crashes_its_library_is_one_sentence(seed, open_data, tmp_path, capsys):
    whole = (open_data / "sar_slc/nisar_h5" / CRASHES[seed]).read_bytes()
    path = tmp_path / "damaged.h5"
    path.write_bytes(mutated(whole, np.random.default_rng([99, seed])))
    out = tmp_path / "a.png"
    assert main(["render", str(path), "--max-px", "64", "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("damaged.h5 made its reader crash; the file is damaged")
    assert len(said.err.splitlines()) == 1


def test_many_threads_read_at_once(netcdf):
    rows = range(0, 60, 4)
    with closing(open_scene(netcdf)) as scene, ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda row: scene.read(Window(row, 0, 4, 48)).pixels[0], rows))
    np.testing.assert_array_equal(np.concatenate(parts), PIXELS[:60])


def test_sound_files_are_read_here_and_damaged_sizes_are_not(tmp_path):
    path = write_geotiff(tmp_path / "a.tif", PIXELS)
    assert not is_fragile(path, str(path))
    data = bytearray(path.read_bytes())
    entry = int.from_bytes(data[4:8], "little") + 2  # the first one is ImageWidth
    data[entry : entry + 12] = struct.pack("<HHII", 256, 4, 1, 2**31 - 1)
    path.write_bytes(data)
    assert is_fragile(path, str(path))


def test_the_installed_program_starts_its_readers_through_its_own_door(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "satstudio"))
    assert program_command("reader") == (str(tmp_path / "satstudio"), "reader")
    (tmp_path / "satstudio-cli").touch()
    assert program_command("reader") == (str(tmp_path / "satstudio-cli"), "reader")


def test_files_that_follow_each_other_share_a_process_that_ends_with_the_last(netcdf, tmp_path):
    paths = [netcdf, *(tmp_path / f"{number}.nc" for number in range(3))]
    for path in paths[1:]:
        path.write_bytes(netcdf.read_bytes())
    seen = set()
    with reader_process.reader_kept():
        for path in paths:
            with closing(open_scene(path)) as scene:
                np.testing.assert_array_equal(scene.read().pixels[0], PIXELS)
                seen |= {child.pid for child in readers()}
                scene.close()
                scene.close()
            with pytest.raises(SceneReadError, match="closed"):
                scene.read()
        assert len(readers()) == 1
        with closing(open_scene(paths[0])) as one, closing(open_scene(paths[1])) as other:
            assert len(readers()) == 2
            np.testing.assert_array_equal(one.read().pixels, other.read().pixels)
    assert len(seen) == 1
    assert is_soon(lambda: not readers())


@posix
def test_a_process_that_died_between_two_files_is_followed_by_another(netcdf):
    with reader_process.reader_kept():
        for _ in range(6):
            with closing(open_scene(netcdf)) as scene:
                np.testing.assert_array_equal(scene.read().pixels[0], PIXELS)
            for child in readers():
                child.kill()
                child.wait(5)


def test_a_damaged_file_between_whole_ones_is_told_and_hurts_no_other(netcdf, tmp_path):
    damaged = tmp_path / "damaged.nc"
    damaged.write_bytes(netcdf.read_bytes()[:3000] + bytes(3000))
    with reader_process.reader_kept():
        for _ in range(3):
            with pytest.raises(SceneReadError, match=r"damaged\.nc"):
                open_scene(damaged).read()
            with closing(open_scene(netcdf)) as scene:
                np.testing.assert_array_equal(scene.read().pixels[0], PIXELS)
    assert is_soon(lambda: not readers())
