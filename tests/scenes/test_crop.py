"""A crop keeps type, geometry, masks and metadata; nothing is left of one that was stopped."""

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import gcps, made_complex, made_intensity, made_rgb, made_slc, speckle, write_geotiff

from satstudio.core.errors import Cancelled, InputError, SceneReadError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.scenes import crop
from satstudio.scenes.crop import crop_scene, window_of_bbox
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.scene import open_scene

WINDOW = Window(20, 30, 70, 60)


def read(path, window=None):
    with closing(open_scene(path)) as scene:
        return scene, scene.read(window)


@pytest.mark.parametrize("make", [made_slc, made_complex, made_intensity, made_rgb])
def test_a_crop_equals_its_window(tmp_path, make):
    path = make(tmp_path)
    scene, expected = read(path, WINDOW)
    cropped, found = read(crop_scene(path, WINDOW, tmp_path / "out/crop.tif", Progress()))
    assert np.array_equal(found.pixels, expected.pixels)
    assert np.array_equal(found.valid, expected.valid)
    assert cropped.dtype == scene.dtype
    assert cropped.grid == scene.grid.cropped(WINDOW)
    assert (cropped.bands, cropped.nodata, cropped.colours, cropped.quantity) == (
        (scene.bands, scene.nodata, scene.colours, scene.quantity)
    )
    assert cropped.band_info == scene.band_info
    assert scene.tags.items() <= cropped.tags.items()
    assert cropped.tags["SATSTUDIO_SOURCE"] == scene.name
    assert cropped.tags["SATSTUDIO_WINDOW"] == "20,30,70,60"
    assert "SATSTUDIO_VERSION" in cropped.tags


def test_complex_int16_is_kept_to_the_byte(tmp_path):
    import rasterio

    rng = np.random.default_rng(0)
    parts = rng.integers(-32768, 32768, (2, 50, 40))
    parts[:, 0, :2] = [[-32768, 32767], [32767, -32768]]
    path = tmp_path / "a.tif"
    write_geotiff(path, (parts[0] + 1j * parts[1]).astype(np.complex64), dtype="complex_int16")
    crop_scene(path, Window(0, 0, 30, 40), tmp_path / "b.tif", Progress())
    with rasterio.open(tmp_path / "b.tif") as dataset:
        assert dataset.dtypes == ("complex_int16",)
        values = dataset.read(1)
    assert np.array_equal(values.real, parts[0, :30])
    assert np.array_equal(values.imag, parts[1, :30])


def test_complex128_keeps_every_digit(tmp_path):
    import rasterio

    pixels = np.random.default_rng(0).standard_normal((20, 20, 2)).view(np.complex128)[..., 0]
    write_geotiff(tmp_path / "a.tif", pixels)
    crop_scene(tmp_path / "a.tif", Window(5, 5, 10, 10), tmp_path / "b.tif", Progress())
    with rasterio.open(tmp_path / "b.tif") as dataset:
        assert np.array_equal(dataset.read(1), pixels[5:15, 5:15])


@given(
    row=st.integers(0, 90), col=st.integers(0, 90), rows=st.integers(1, 38), cols=st.integers(1, 38)
)
def test_a_ground_point_stays_where_it_was(tmp_path_factory, row, col, rows, cols):
    folder = tmp_path_factory.mktemp("crop")
    for name, profile in {"affine": {}, "gcps": {"gcps": gcps(128, 128)}}.items():
        path = write_geotiff(folder / f"{name}.tif", speckle(128, 128), **profile)
        with closing(open_scene(path)) as scene:
            before = Locator(scene.grid).lonlat(row + rows / 3, col + cols / 3)
        out = crop_scene(path, Window(row, col, rows, cols), folder / f"{name}2.tif", Progress())
        with closing(open_scene(out)) as scene:
            after = Locator(scene.grid).lonlat(rows / 3, cols / 3)
        assert after == pytest.approx(before, abs=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "optical/geo/test_rpcs.tif",
        "sar_slc/geotiff/s1_iw_9bursts_decimated_210gcp.tif",
        "sar_intensity/umbra_mount_yasur.tiff",
        "optical/geo/cog_hirise_mars.tif",
    ],
)
def test_places_of_real_scenes_survive_a_crop(open_data, tmp_path, name):
    window = Window(50, 40, 100, 90)
    with closing(open_scene(open_data / name)) as scene:
        before = Locator(scene.grid).lonlat(80.5, 60.5)
    out = crop_scene(open_data / name, window, tmp_path / "out.tif", Progress())
    with closing(open_scene(out)) as scene:
        assert Locator(scene.grid).lonlat(30.5, 20.5) == pytest.approx(before, abs=1e-7)


@pytest.mark.parametrize(
    "name",
    [
        "optical/palette_landcover.tif",
        "optical/masks/RGBA.uint16.tif",
        "optical/masks/colorado_extmask.tif",
        "optical/masks/rgba_nodata.tif",
        "optical/dtypes/rgb_negative_int16_scale.tif",
        "optical/sentinel2/sent2_L2A_2024-08-24_nan.tif",
        "optical/dtypes/int8.tif",
    ],
)
def test_masks_palettes_and_nodata_of_real_scenes_survive_a_crop(open_data, tmp_path, name):
    with closing(open_scene(open_data / name)) as scene:
        size = scene.grid.size
        window = Window(size.rows // 4, size.cols // 4, size.rows // 2, size.cols // 2)
        out = crop_scene(open_data / name, window, tmp_path / "out.tif", Progress())
        expected = scene.read(window)
        with closing(open_scene(out)) as cropped:
            found = cropped.read()
            assert np.array_equal(found.pixels, expected.pixels, equal_nan=True)
            assert np.array_equal(found.valid, expected.valid)
            assert cropped.details.palette == scene.details.palette
            assert cropped.details.scales == scene.details.scales
            assert cropped.details.offsets == scene.details.offsets
            assert cropped.dtype == scene.dtype
            assert str(cropped.nodata) == str(scene.nodata)


def test_some_bands_can_be_cropped(tmp_path):
    path = made_rgb(tmp_path)
    out = crop_scene(path, WINDOW, tmp_path / "out.tif", Progress(), bands=[2, 0])
    _, found = read(out)
    assert np.array_equal(found.pixels, read(path, WINDOW)[1].pixels[[2, 0]])


def test_bands_of_different_nodata_keep_what_is_valid(tmp_path):
    paths = [
        write_geotiff(tmp_path / f"{value}.tif", np.full((1, 9, 9), value, np.int16), nodata=0)
        for value in (0, 5)
    ]
    vrt = tmp_path / "two.vrt"
    bands = "".join(
        f'<VRTRasterBand dataType="Int16" band="{band}"><NoDataValue>{nodata}</NoDataValue>'
        f'<SimpleSource><SourceFilename relativeToVRT="1">{path.name}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
        for band, (path, nodata) in enumerate(zip(paths, (0, 5), strict=True), 1)
    )
    vrt.write_text(f'<VRTDataset rasterXSize="9" rasterYSize="9">{bands}</VRTDataset>')
    _, expected = read(vrt)
    _, found = read(crop_scene(vrt, Window(0, 0, 9, 9), tmp_path / "out.tif", Progress()))
    assert not expected.valid.any()
    assert np.array_equal(found.valid, expected.valid)


def test_large_windows_go_in_tiles_and_a_stop_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(crop, "TILE_PX", 64)
    path = made_complex(tmp_path, 256, 256)
    shares = []

    def tell(share, text):
        shares.append(share)

    out = tmp_path / "results/crop.tif"
    stopping = Progress(tell, is_stopped=lambda: len(shares) > 5)
    with pytest.raises(Cancelled):
        crop_scene(path, Window(0, 0, 256, 256), out, stopping)
    assert list(out.parent.iterdir()) == []
    crop_scene(path, Window(0, 0, 256, 256), out, Progress(tell))
    assert list(out.parent.iterdir()) == [out]
    assert np.array_equal(read(out)[1].pixels, read(path)[1].pixels)
    assert shares[-1] == 1


def test_a_failure_leaves_the_older_result_as_it_was(tmp_path):
    path = made_complex(tmp_path, 256, 256)
    out = crop_scene(path, WINDOW, tmp_path / "out.tif", Progress())
    before = out.read_bytes()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SceneReadError):
        crop_scene(path, Window(0, 0, 256, 256), out, Progress())
    assert out.read_bytes() == before
    assert {item.name for item in tmp_path.iterdir()} == {path.name, out.name}


def test_a_window_outside_the_scene_and_the_scene_itself_are_refused(tmp_path):
    path = made_complex(tmp_path)
    for window in (Window(100, 0, 100, 10), Window(-1, 0, 10, 10), Window(0, 0, 0, 5)):
        with pytest.raises(InputError, match="does not lie in"):
            crop_scene(path, window, tmp_path / "out.tif", Progress())
    with pytest.raises(InputError, match="an input itself"):
        crop_scene(path, WINDOW, path, Progress())
    assert not (tmp_path / "out.tif").exists()


def test_a_box_of_the_ground_becomes_its_window(tmp_path):
    path = write_geotiff(tmp_path / "a.tif", speckle(100, 100), gcps=gcps(100, 100))
    with closing(open_scene(path)) as scene:
        window = window_of_bbox(scene, 15.001, 44.994, 15.003, 44.998)
        assert window == Window(20, 10, 40, 20)
        assert window_of_bbox(scene, 14, 44, 16, 46) == Window(0, 0, 100, 100)
        with pytest.raises(InputError, match="does not reach"):
            window_of_bbox(scene, 20, 44, 21, 45)
        with pytest.raises(InputError, match="is empty"):
            window_of_bbox(scene, 15, 45, 16, 44)


def test_a_box_far_larger_than_the_scene_holds_all_of_it(tmp_path, open_data):
    paths = [made_complex(tmp_path), open_data / "optical/geo/cog_dateline.tif"]
    for path in [*paths, open_data / "sar_slc/geotiff/s1_iw_9bursts_decimated_210gcp.tif"]:
        with closing(open_scene(path)) as scene:
            assert window_of_bbox(scene, -180, -90, 180, 90) == Window.whole(scene.grid.size)


def test_a_box_over_a_part_of_a_turned_scene_holds_its_ground(open_data):
    with closing(open_scene(open_data / "sar_intensity/umbra_mount_yasur.tiff")) as scene:
        size, place = scene.grid.size, Locator(scene.grid)
        lons, lats = place.lonlats([0, 0, size.rows, size.rows], [0, size.cols, 0, size.cols])
        middle_lon, middle_lat = place.lonlat(size.rows / 2, size.cols / 2)
        window = window_of_bbox(scene, middle_lon, middle_lat, max(lons), max(lats))
        rows, cols = np.mgrid[0 : size.rows : 40, 0 : size.cols : 40].reshape(2, -1) + 0.5
        lons, lats = place.lonlats(rows, cols)
    wanted = (lons > middle_lon) & (lats > middle_lat)
    inside = (rows > window.row) & (rows < window.end_row)
    inside &= (cols > window.col) & (cols < window.end_col)
    assert wanted.any()
    assert (inside | ~wanted).all()


def test_a_box_may_cross_the_antimeridian(open_data):
    with closing(open_scene(open_data / "optical/geo/cog_dateline.tif")) as scene:
        window = window_of_bbox(scene, 179.5, 51, -179.5, 52)
        place = Locator(scene.grid)
        rows, cols = window.row + window.rows / 2, window.col + window.cols / 2
        lon, lat = place.lonlat(rows, cols)
    assert abs(lon) > 179.4
    assert 51 < lat < 52


def test_a_scene_without_a_place_has_no_boxes(tmp_path):
    from PIL import Image

    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    with (
        closing(open_scene(tmp_path / "a.png")) as scene,
        pytest.raises(InputError, match="no place on the ground"),
    ):
        window_of_bbox(scene, 0, 0, 1, 1)
