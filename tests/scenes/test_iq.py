"""Two real bands that are parts of complex samples open as one complex band, or are refused."""

from contextlib import closing

import numpy as np
import pytest
import rasterio

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.pyramid import build_pyramid, open_pyramid
from satstudio.scenes.scene import open_scene

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
rng = np.random.default_rng(7)


def write(path, bands, names=(), nodata=None):
    values = np.stack(bands)
    count, rows, cols = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=cols, count=count, dtype=values.dtype,
        nodata=nodata,
    ) as target:  # fmt: skip
        target.write(values)
        for number, name in enumerate(names, 1):
            target.set_band_description(number, name)
    return path


def halves(count=2, rows=30, cols=40, dtype=np.float32):
    return [(rng.normal(size=(rows, cols)) * 100).astype(dtype) for _ in range(count)]


def test_a_sicd_opens_as_the_complex_image_that_it_is(open_data):
    path = open_data / "sar_slc/sicd/sicd_50x50_RCM1.nitf"
    with closing(open_scene(path)) as scene, rasterio.open(path) as plain:
        parts = plain.read()
        assert (scene.is_complex, scene.quantity, len(scene.bands)) == (True, "complex", 1)
        assert "ISUBCAT" in scene.known.source_text
        np.testing.assert_array_equal(scene.read().pixels[0], parts[0] + 1j * parts[1])


@pytest.mark.parametrize(
    ("names", "bands", "pairs"),
    [
        (["i_VV", "q_VV", "i_VH", "q_VH"], ("VV", "VH"), [(0, 1), (2, 3)]),
        (["VH.I", "VH.Q", "VV.I", "VV.Q"], ("VH", "VV"), [(0, 1), (2, 3)]),
        (["q_HH", "q_HV", "i_HV", "i_HH"], ("HV", "HH"), [(2, 1), (3, 0)]),
        (["HH_real", "HH_imag"], ("HH",), [(0, 1)]),
        (["s_i", "s_q"], ("s",), [(0, 1)]),
        (["Q", "I"], ("band1",), [(1, 0)]),
        (["i_VV_mst_1Jan", "q_VV_mst_1Jan", "Intensity_VV"], ("VV_mst_1Jan",), [(0, 1)]),
    ],
)
def test_bands_named_as_halves_become_complex_bands(tmp_path, names, bands, pairs):
    parts = halves(len(names))
    path = write(tmp_path / "slc.tif", parts, names)
    with closing(open_scene(path)) as scene:
        assert (scene.bands, scene.is_complex) == (bands, True)
        found = scene.read().pixels
    for band, (first, second) in enumerate(pairs):
        np.testing.assert_array_equal(found[band], parts[first] + 1j * parts[second])


@pytest.mark.parametrize(
    "names", [["I", "Q", "U", "V"], ["T12_real", "T12_imag"], ["I"], ["B1", "B2"], ["red", "nir"]]
)
def test_other_bands_stay_real(tmp_path, names):
    path = write(tmp_path / "plain.tif", halves(len(names)), names)
    with closing(open_scene(path)) as scene:
        assert (scene.is_complex, scene.bands) == (False, tuple(names))


@pytest.mark.parametrize("names", [["i_VV"], ["i_VV", "q_VV", "i_VH"], ["s_q"], ["VH.I", "VV.Q"]])
def test_one_half_alone_is_refused_unless_the_user_says_what_it_is(tmp_path, names):
    path = write(tmp_path / "half.tif", halves(len(names)), names)
    with pytest.raises(SceneReadError, match=r"half\.tif: .* is one half of complex samples"):
        open_scene(path)
    with closing(open_scene(f"{path}#quantity=dn")) as scene:
        assert (scene.is_complex, scene.bands) == (False, tuple(names))


def test_the_user_says_which_bands_are_i_and_q(open_data):
    path = open_data / "sar_slc/opensarship/Cargo_x25478_y9693.tif"
    with closing(open_scene(f"{path}#iq=1,2,3,4")) as scene, rasterio.open(path) as plain:
        parts = plain.read()
        window = Window(3, 5, 20, 30)
        found = scene.read(window, bands=[1, 0])
        rows, cols = window.slices
        np.testing.assert_array_equal(found.pixels[0], (parts[2] + 1j * parts[3])[rows, cols])
        np.testing.assert_array_equal(found.pixels[1], (parts[0] + 1j * parts[1])[rows, cols])
        assert scene.known.source_text == "set by you (bands 1 and 2, 3 and 4 are I and Q)"
        with closing(open_scene(scene.address)) as again:
            assert again.is_complex


@pytest.mark.parametrize(("iq", "reason"), [("1,9", "band 9"), ("5,1", "band 5")])
def test_pairs_that_are_not_there_are_refused(open_data, iq, reason):
    path = open_data / "sar_slc/opensarship/Cargo_x25478_y9693.tif"
    with pytest.raises(SceneReadError, match=reason):
        open_scene(f"{path}#iq={iq}")


def test_a_complex_scene_has_no_halves_to_pair(open_data):
    path = open_data / "sar_slc/geotiff/gdal_cint16.tif"
    with pytest.raises(SceneReadError, match="complex already"):
        open_scene(f"{path}#iq=1,2")
    with pytest.raises(SceneReadError, match="complex samples, which are not db"):
        open_scene(f"{path}#quantity=db")


@pytest.mark.parametrize("nodata", [-9999, np.nan])
def test_a_half_without_data_makes_the_pixel_invalid(tmp_path, nodata):
    first, second = halves(2)
    first[0, 0] = second[1, 1] = nodata
    path = write(tmp_path / "a.tif", [first, second], ["i_VV", "q_VV"], nodata)
    with closing(open_scene(path)) as scene:
        valid = scene.read().valid
    assert not valid[[0, 1], [0, 1]].any()
    assert valid.sum() == valid.size - 2


def test_a_zero_is_no_data_only_where_both_halves_are_zero(tmp_path):
    first, second = halves(2, dtype=np.int16)
    first[0, 0] = first[1, 1] = second[1, 1] = 0
    path = write(tmp_path / "a.tif", [first, second], ["i_VV", "q_VV"], 0)
    with closing(open_scene(path)) as scene:
        valid = scene.read().valid
        assert (scene.dtype, scene.nodata) == ("complex_int16", (0.0,))
    assert valid[[0, 1], [0, 1]].tolist() == [True, False]


@pytest.mark.parametrize(
    ("dtype", "kept"), [(np.int16, "complex_int16"), (np.float32, "complex64")]
)
def test_a_crop_is_a_complex_file(tmp_path, dtype, kept):
    first, second = halves(2, dtype=dtype)
    second[3, 4] = -9999
    path = write(tmp_path / "a.tif", [first, second], ["i_VV", "q_VV"], -9999)
    crop_scene(path, Window(2, 3, 20, 20), tmp_path / "crop.tif", Progress())
    with closing(open_scene(tmp_path / "crop.tif")) as crop:
        raster = crop.read()
        assert (crop.dtype, crop.is_complex, crop.bands) == (kept, True, ("VV",))
    np.testing.assert_array_equal(raster.pixels[0], (first + 1j * second)[2:22, 3:23])
    assert not raster.valid[1, 1]
    assert raster.valid.sum() == 399


def test_coarse_readings_are_mean_power(tmp_path):
    first, second = halves(2, 600, 700)
    path = write(tmp_path / "a.tif", [first, second], ["i_VV", "q_VV"])
    with closing(open_scene(path)) as scene:
        build_pyramid(scene.source, scene.identity, Progress())
        scene.attach_pyramid(open_pyramid(scene.identity))
        raster = scene.read(shape=Size(300, 350))
    power = first.astype(float) ** 2 + second.astype(float) ** 2
    means = power.reshape(300, 2, 350, 2).mean(axis=(1, 3))
    assert (raster.quantity, raster.sampling) == ("power", "mean")
    np.testing.assert_allclose(raster.pixels[0], means, rtol=0.003)
