"""The files of the test data open with the values of their table."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import shared_folder

from satstudio.core.grid import Size, Window
from satstudio.scenes.scene import Scene, open_scene

TABLE = shared_folder() / "data/open/verify.json"
OTHERS = ("companion", "text", "xml", "corrupt", "uavsar", "gamma", "mstar", "npy", "expect_fail")
HUGE = 40_000_000


def rows() -> list[dict]:
    if not TABLE.is_file():
        return []
    table = json.loads(TABLE.read_text("utf-8"))
    return [row for row in table if row["open_as"] not in OTHERS]


def address(row: dict) -> str:
    path, how = str(TABLE.parent / row["file"]), row["open_as"] or ""
    if how.startswith("HDF5"):
        return f"{path}#{how.partition('://')[2]}"
    if row["file"].endswith("RCM1.nitf"):
        return f"{path}#quantity=dn"  # the table has the halves of its complex samples
    return f"{path}#green" if how.startswith("netcdf") else path


def expected_size(known: dict) -> Size:
    return Size(*known["shape"])


@pytest.mark.skipif(not rows(), reason=f"no test data in {TABLE.parent}")
@pytest.mark.parametrize("row", rows(), ids=lambda row: Path(row["file"]).name)
def test_a_file_opens_with_the_values_of_its_table(row):
    known = row["rasterio_144"]
    with closing(open_scene(address(row))) as scene:
        assert scene.grid.size == expected_size(known)
        assert scene.dtype == known["dtype"]
        assert scene.driver == known["driver"]
        assert scene.is_complex == known["dtype"].startswith("complex")
        assert len(scene.bands) == (1 if scene.driver == "SAFE" else known["count"])
        assert len(scene.grid.gcps) == known["gcps"]
        assert (scene.grid.crs is not None) == (known["crs"] is not None)
        assert bool(scene.grid.rpcs) == known["rpcs"]
        assert same_nodata(scene.nodata[0], known["nodata"])
        assert_range(scene, known)


def same_nodata(found: float | None, known: float | str | None) -> bool:
    if found is None or known is None:
        return found is None and known is None
    return np.isclose(found, float(known), equal_nan=True)


def assert_range(scene: Scene, known: dict) -> None:
    size = scene.grid.size
    is_part = size.pixels > HUGE
    window = Window(0, 0, 512, 512) if is_part else Window.whole(size)
    count = len(scene.bands)
    raster = scene.read(window, bands=range(count if count <= 13 else 3))
    values = np.abs(raster.pixels) if scene.is_complex else raster.pixels
    good = np.isfinite(values)
    for band, nodata in enumerate(scene.nodata[: len(values)]):
        if nodata is not None and not scene.is_complex:
            good[band] &= raster.pixels[band] != nodata
    if known["zmin"] is None:
        assert not raster.valid.any()
        return
    if is_part:  # the table has the middle, where all is 1 or 2
        assert values[good].max() <= known["zmax"]
        return
    assert values[good].min() == pytest.approx(known["zmin"], rel=1e-5)
    assert values[good].max() == pytest.approx(known["zmax"], rel=1e-5)


@pytest.mark.skipif(not rows(), reason=f"no test data in {TABLE.parent}")
@pytest.mark.parametrize(
    "name",
    [
        "optical/masks/colorado_extmask.tif",
        "optical/masks/image_rgb_internal_mask.tif",
        "optical/masks/rgba_nodata.tif",
        "optical/masks/RGBA.uint16.tif",
        "optical/nodata/nsidc_-3.4e38_polar.tif",
        "optical/nodata/cog_nodata_nan.tif",
        "optical/landsat/RGB.byte.tif",
        "optical/cogeo_mask_jpeg.tif",
        "optical/geo/goes_geostationary.tif",
        "astro/hubble_top100_128px/heic0108a.png",
    ],
)
@pytest.mark.filterwarnings(
    "ignore::rasterio.errors.NotGeoreferencedWarning", "ignore::rasterio.errors.NodataShadowWarning"
)
def test_what_is_valid_agrees_with_gdal(name):
    import rasterio  # the second opinion

    with rasterio.open(TABLE.parent / name) as dataset, closing(open_scene(dataset.name)) as scene:
        raster = scene.read()
        known = ~np.isnan(raster.pixels).all(axis=0)  # GDAL takes NaN for data
        assert np.array_equal(raster.valid, known & (dataset.dataset_mask() > 0))


def test_opening_leaves_the_folder_as_it_was(open_data):
    folder = open_data / "optical/masks"
    before = sorted(folder.iterdir())
    for path in folder.glob("*.tif"):
        with closing(open_scene(path)) as scene:
            scene.read()
            scene.sample()
    assert sorted(folder.iterdir()) == before
