"""A written scene is tiled, whole, and holds what it was given."""

import os
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from made import TRANSFORM, UTM, speckle

from satstudio.core.errors import InputError, SceneWriteError
from satstudio.core.grid import Gcp, GeoGrid, Size, Window
from satstudio.core.raster import Raster
from satstudio.scenes.scene import open_scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import create_scene, write_raster

GRID = GeoGrid(Size(300, 280), tuple(TRANSFORM.to_gdal()), UTM)


def test_windows_written_in_any_order_make_the_whole(tmp_path):
    import rasterio

    pixels = speckle(300, 280)
    out = tmp_path / "new/a.tif"
    with create_scene(out, GRID, ["HH"], "complex64") as target:
        for window in (Window(200, 0, 100, 280), Window(0, 0, 200, 100), Window(0, 100, 200, 180)):
            target.write(pixels[np.newaxis, *window.slices], window)
    with closing(open_scene(out)) as scene:
        assert np.array_equal(scene.read().pixels[0], pixels)
        assert scene.bands == ("HH",)
        assert scene.grid.transform == GRID.transform
    with rasterio.open(out) as dataset:
        assert dataset.block_shapes == [(256, 256)]
        assert dataset.compression.name == "deflate"


def test_an_error_leaves_nothing_and_the_older_file(tmp_path):
    out = tmp_path / "a.tif"
    out.write_bytes(b"older")

    def write_and_fail():
        with create_scene(out, GRID, ["a"], "float32") as target:
            target.write(np.zeros((1, 300, 280), np.float32), Window(0, 0, 300, 280))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert [item.name for item in tmp_path.iterdir()] == ["a.tif"]
    assert out.read_bytes() == b"older"


@pytest.mark.parametrize("value", [40_000, -32_769, complex(0, 32_768), np.nan])
def test_what_does_not_fit_into_complex_int16_is_refused(tmp_path, value):
    out = tmp_path / "a.tif"
    with (
        pytest.raises(SceneWriteError, match=r"a\.tif as complex_int16"),
        create_scene(out, GRID, ["a"], "complex_int16") as target,
    ):
        target.write(np.full((1, 300, 280), value, np.complex64), Window(0, 0, 300, 280))
    assert list(tmp_path.iterdir()) == []


def test_complex_int16_is_rounded_to_the_nearest(tmp_path):
    pixels = np.full((1, 300, 280), 1.6 - 2.4j, np.complex64)
    with create_scene(tmp_path / "a.tif", GRID, ["a"], "complex_int16") as target:
        target.write(pixels, Window(0, 0, 300, 280))
    with closing(open_scene(tmp_path / "a.tif")) as scene:
        assert (scene.dtype, scene.read().pixels[0, 0, 0]) == ("complex_int16", 2 - 2j)


def test_a_raster_keeps_what_is_valid_and_what_its_values_are(tmp_path):
    valid = np.ones((300, 280), bool)
    valid[:20] = False
    pixels = np.full((2, 300, 280), 3, np.float32)
    raster = Raster(pixels, GRID, ("VV", "VH"), valid, "power")
    for name, nodata in (("mask", None), ("nodata", -1.0)):
        out = write_raster(raster, tmp_path / f"{name}.tif", nodata=nodata)
        with closing(open_scene(out)) as scene:
            found = scene.read()
        assert np.array_equal(found.valid, valid)
        assert found.quantity == "power"
        assert found.bands == ("VV", "VH")
        assert scene.nodata[0] == nodata
    assert {item.name for item in tmp_path.iterdir()} == {"mask.tif", "nodata.tif"}


def test_gcps_spacing_and_band_tags_are_kept(tmp_path):
    points = tuple(Gcp(r, c, 15 + c * 1e-4, 45 - r * 1e-4, 7.0) for r in (0, 300) for c in (0, 280))
    grid = GeoGrid(Size(300, 280), gcps=points, gcp_crs="EPSG:4326", spacing_m=(13.9, 3.4))
    details = Details(
        tags={"A": "1", "AREA_OR_POINT": "Point"},
        band_tags=({"POLARIZATION": "HV", "DATE": "2020-02-03"},),
    )
    with create_scene(tmp_path / "a.tif", grid, ["x"], "uint8", details=details) as target:
        target.write(np.zeros((1, 300, 280), np.uint8), Window(0, 0, 300, 280))
    with closing(open_scene(tmp_path / "a.tif")) as scene:
        assert scene.grid.gcps == points
        assert scene.grid.spacing_m == (13.9, 3.4)
        assert scene.tags["A"] == "1"
        assert (scene.band_info[0].polarisation, scene.band_info[0].date) == ("HV", "2020-02-03")


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(SceneWriteError, match=r"Cannot write a\.tif"),
        create_scene(tmp_path / "file/a.tif", GRID, ["a"], "uint8"),
    ):
        pass
    with (
        pytest.raises(InputError, match="it is a folder"),
        create_scene(tmp_path, GRID, ["a"], "uint8"),
    ):
        pass


LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from satstudio.core.errors import SceneWriteError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.scenes.write import Layout, scene_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit, rows = int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
noise = np.random.default_rng(0).random((1, 600, 600), np.float32)
try:
    layout = Layout(GeoGrid(Size(600, 600)), ("a",), "float32", is_cog=sys.argv[4] == "cog")
    with scene_file(Path(sys.argv[1]), layout) as target:
        for row in range(0, 600, rows):
            window = Window(row, 0, min(rows, 600 - row), 600)
            target.write(noise[:, *window.slices], window)
except SceneWriteError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a limit of file sizes")
@pytest.mark.parametrize("limit", [200, 5_000, 300_000, 1_000_000])
@pytest.mark.parametrize(("rows", "kind"), [(100, "plain"), (256, "plain"), (100, "cog")])
def test_what_the_disk_does_not_take_never_gets_the_name(tmp_path, limit, rows, kind):
    """Parts of tiles wait in GDAL's cache until it closes the file, and then nobody is told."""
    out = tmp_path / "a.tif"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(out), str(limit), str(rows), kind],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("Cannot write a.tif")
    assert "free space" in done.stdout
    assert list(tmp_path.iterdir()) == []
