"""A scene is read in windows that agree with the whole, coarser where asked, from any thread."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import gcps, made_complex, made_rgb, made_slc, speckle, write_geotiff

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.scenes.scene import list_images, open_scene, split_address

ROWS, COLS = 301, 211


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """The same pixels as strips and tiles, plain and deflated."""
    folder = tmp_path_factory.mktemp("scenes")
    pixels = speckle(ROWS, COLS, 300.0**2)
    kinds = {
        "strips": {},
        "tiles": {"tiled": True, "blockxsize": 64, "blockysize": 32},
        "deflated": {"compress": "deflate"},
        "int16": {"dtype": "complex_int16"},
    }
    opened = {
        name: open_scene(write_geotiff(folder / f"{name}.tif", pixels, **profile))
        for name, profile in kinds.items()
    }
    yield pixels, opened
    for scene in opened.values():
        scene.close()


@st.composite
def windows(draw):
    row, col = draw(st.integers(0, ROWS - 1)), draw(st.integers(0, COLS - 1))
    rows, cols = draw(st.integers(1, ROWS - row)), draw(st.integers(1, COLS - col))
    return Window(row, col, rows, cols)


@pytest.mark.parametrize("kind", ["strips", "tiles", "deflated", "int16"])
@given(window=windows())
def test_a_window_equals_its_part_of_the_whole(scenes, kind, window):
    pixels, opened = scenes
    whole = np.rint(pixels.real) + 1j * np.rint(pixels.imag) if kind == "int16" else pixels
    raster = opened[kind].read(window)
    assert np.array_equal(raster.pixels[0], whole[window.slices])
    assert raster.pixels.dtype == np.complex64
    assert (raster.sampling, raster.quantity) == ("full", "complex")
    assert raster.grid == opened[kind].grid.cropped(window)


@pytest.mark.parametrize("kind", ["strips", "tiles", "deflated"])
@given(window=windows(), down=st.integers(1, 40), across=st.integers(1, 40))
def test_a_coarse_reading_of_complex_samples_is_the_power_of_near_ones(
    scenes, kind, window, down, across
):
    pixels, opened = scenes
    shape = Size(min(down, window.rows), min(across, window.cols))
    raster = opened[kind].read(window, shape)
    if shape == window.size:
        assert raster.sampling == "full"
        return
    assert (raster.sampling, raster.quantity) == ("nearest", "power")
    power = np.abs(pixels[window.slices]) ** 2
    row = (np.arange(shape.rows) + 0.5) * window.rows / shape.rows
    col = (np.arange(shape.cols) + 0.5) * window.cols / shape.cols
    near = [  # between two pixels either is as near
        power[np.ix_((row + i).astype(int), (col + j).astype(int))]
        for i in (-1e-6, 1e-6)
        for j in (-1e-6, 1e-6)
    ]
    assert np.isclose(raster.pixels[0], near, rtol=1e-5).any(axis=0).all()


def test_overviews_of_complex_samples_are_not_used(tmp_path):
    import rasterio
    from rasterio.enums import Resampling

    path = write_geotiff(tmp_path / "a.tif", speckle(512, 512))
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4, 8, 16], Resampling.average)
    with closing(open_scene(path)) as scene:
        power = scene.read(shape=Size(32, 32)).pixels.mean()
    assert power == pytest.approx(1, abs=0.2)  # 1/256 of it is left in the overview


def test_four_threads_read_what_one_reads(scenes):
    pixels, opened = scenes
    rng = np.random.default_rng(3)
    places = [(int(r), int(c)) for r, c in rng.integers(0, (ROWS - 64, COLS - 64), (200, 2))]

    def read(place):
        window = Window(*place, 64, 64)
        return np.array_equal(opened["tiles"].read(window).pixels[0], pixels[window.slices])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, places))


def test_closing_while_others_read_is_a_plain_error(tmp_path):
    scene = open_scene(made_complex(tmp_path, 400, 400))
    started, troubles = threading.Event(), []

    def read():
        try:
            for _ in range(10_000):
                scene.read()
                started.set()
        except SceneReadError as error:
            troubles.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    started.wait(10)
    scene.close()
    for thread in threads:
        thread.join(30)
    assert len(troubles) == 3
    assert all("closed" in text for text in troubles)


def test_a_closed_scene_can_be_removed_and_closed_again(tmp_path):
    path = made_complex(tmp_path)
    scene = open_scene(path)
    scene.read()
    scene.close()
    scene.close()
    path.unlink()
    with pytest.raises(SceneReadError, match="closed"):
        scene.read()


def test_nan_and_nodata_are_not_valid_and_a_zero_part_is(tmp_path):
    pixels = speckle(20, 20)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = 0, complex(0, 3), complex(np.nan, 0)
    with closing(open_scene(write_geotiff(tmp_path / "a.tif", pixels, nodata=0))) as scene:
        valid = scene.read().valid
    assert not valid[0, 0]
    assert valid[0, 1]  # only the real part equals nodata
    assert not valid[0, 2]
    assert valid.sum() == 398


def test_a_pixel_of_a_real_scene_is_valid_where_any_band_has_data(tmp_path):
    pixels = np.ones((2, 4, 4), np.float32)
    pixels[0, 0, :2] = -1
    pixels[1, 0, :1] = -1
    path = write_geotiff(tmp_path / "a.tif", pixels, nodata=-1)
    with closing(open_scene(path)) as scene:
        assert scene.read().valid[0].tolist() == [False, True, True, True]
        assert scene.read(bands=[0]).valid[0].tolist() == [False, False, True, True]


def test_bands_of_several_types_are_read_as_the_widest(tmp_path):
    for name, value in (("uint8", 200), ("float32", 1.5)):
        write_geotiff(tmp_path / f"{name}.tif", np.full((4, 4), value, name))
    bands = "".join(
        f'<VRTRasterBand dataType="{kind}" band="{band}"><SimpleSource>'
        f'<SourceFilename relativeToVRT="1">{name}.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand>"
        for band, (name, kind) in enumerate((("uint8", "Byte"), ("float32", "Float32")), 1)
    )
    path = tmp_path / "both.vrt"
    path.write_text(f'<VRTDataset rasterXSize="4" rasterYSize="4">{bands}</VRTDataset>')
    with closing(open_scene(path)) as scene:
        assert scene.dtype == "float32"
        assert scene.read().pixels[:, 0, 0].tolist() == [200, 1.5]
        assert scene.read(bands=[0]).pixels[0, 0, 0] == 200


def test_containers_list_their_images_and_are_read_from_any_thread(open_data):
    path = open_data / "sar_slc/nisar_h5/SanAnd_129.h5"
    names = [info.name for info in list_images(path)]
    assert names[:2] == [f"science/LSAR/SLC/swaths/frequency{band}/HH" for band in "AB"]
    with closing(open_scene(f"{path}#{names[1]}")) as scene, ThreadPoolExecutor(4) as pool:
        assert scene.grid.size == Size(150, 50)
        assert scene.band_info[0].polarisation == "HH"
        whole = scene.read().pixels
        parts = pool.map(lambda row: scene.read(Window(row, 5, 10, 40)).pixels, range(0, 140, 7))
        for row, part in zip(range(0, 140, 7), parts, strict=True):
            assert np.array_equal(part, whole[:, row : row + 10, 5:45])


def test_pages_of_a_tiff_are_images(tmp_path):
    from PIL import Image

    pages = [Image.new("L", (8, 6), color) for color in (10, 20, 30)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert [info.name for info in list_images(tmp_path / "a.tif")] == ["1", "2", "3"]
    with closing(open_scene(tmp_path / "a.tif")) as scene:
        assert (scene.image, scene.read().pixels.max()) == ("1", 10)
    with closing(open_scene(f"{tmp_path}/a.tif#3")) as scene:
        assert scene.read().pixels.min() == 30


def test_metadata_is_kept(tmp_path):
    with closing(open_scene(made_slc(tmp_path))) as scene:
        assert (scene.dtype, scene.bands, scene.nodata) == ("complex_int16", ("VV",), (0.0,))
        assert scene.band_info[0].polarisation == "VV"
        assert scene.band_info[0].date == "2022-09-18"
        assert scene.tags["ACQUISITION_DATE"] == "2022-09-18"
        assert len(scene.grid.gcps) == 16
        assert scene.grid.transform is None
        assert scene.driver == "GTiff"
        assert scene.images == ()
    with closing(open_scene(made_rgb(tmp_path))) as scene:
        assert scene.colours == ("red", "green", "blue")
        assert scene.grid.spacing_m == (10, 10)


@pytest.mark.parametrize(
    ("name", "polarisation", "date"),
    [
        ("S1A_IW_SLC_20220918_VH.tif", "VH", "2022-09-18"),
        ("scene-hv-2021-01-02.tif", "HV", "2021-01-02"),
        ("shave_12345678.tif", None, None),
    ],
)
def test_polarisation_and_date_come_from_the_name_at_last(tmp_path, name, polarisation, date):
    path = write_geotiff(tmp_path / name, speckle(8, 8))
    with closing(open_scene(path)) as scene:
        assert scene.band_info[0].polarisation == polarisation
        assert scene.band_info[0].date == date


def test_levels_are_of_square_pixels_where_the_ground_is_known(tmp_path):
    points = gcps(600, 2400)
    for point in points:
        point.x = 15 + (point.x - 15) / 6
    path = write_geotiff(tmp_path / "a.tif", speckle(600, 2400), gcps=points)
    with closing(open_scene(path)) as scene:
        assert scene.grid.aspect == pytest.approx(6 * np.sqrt(2), rel=0.02)
        assert scene.levels[:4] == ((1, 1), (1, 2), (1, 4), (1, 8))


def test_a_window_outside_and_an_unknown_band_are_refused(tmp_path):
    with closing(open_scene(made_rgb(tmp_path))) as scene:
        with pytest.raises(SceneReadError, match="does not lie in"):
            scene.read(Window(90, 0, 10, 10))
        with pytest.raises(SceneReadError, match="bands 0 to 2"):
            scene.read(bands=[3])


def test_a_huge_reading_is_refused_before_it_is_made(tmp_path):
    path = tmp_path / "huge.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="200000" rasterYSize="200000">'
        '<VRTRasterBand dataType="CFloat32" band="1"/></VRTDataset>'
    )
    with closing(open_scene(path)) as scene:
        with pytest.raises(SceneReadError, match="smaller windows"):
            scene.read()
        assert scene.read(Window(0, 0, 8, 8)).pixels.shape == (1, 8, 8)


def test_the_identity_changes_with_the_file(tmp_path):
    path = made_complex(tmp_path)
    with closing(open_scene(path)) as scene:
        first = scene.identity
    with closing(open_scene(path)) as scene:
        assert scene.identity == first
    made_complex(tmp_path, seed=1)
    with closing(open_scene(path)) as scene:
        assert scene.identity != first


def test_an_address_opens_the_same_file_from_any_folder(tmp_path, monkeypatch):
    made_complex(tmp_path)
    monkeypatch.chdir(tmp_path)
    with closing(open_scene("complex.tif")) as scene:
        address = scene.address
    monkeypatch.chdir("/")
    with closing(open_scene(address)) as scene:
        assert scene.path == tmp_path / "complex.tif"


def test_a_hash_in_an_existing_path_belongs_to_it(tmp_path):
    path = tmp_path / "day#2.tif"
    path.touch()
    assert split_address(path) == (path, None)
    assert split_address(f"{path}#iw1/vv") == (path, "iw1/vv")
