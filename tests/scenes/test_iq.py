"""Two real bands that are parts of complex samples open as one complex band, or are refused."""

from contextlib import closing

import numpy as np
import pytest
import rasterio
from scipy.io import netcdf_file

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.pyramid.build import build_pyramid, open_pyramid
from satstudio.scenes.scene import list_images, open_scene

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
rng = np.random.default_rng(7)


def write(path, bands, names=(), nodata=None):
    values = np.stack(tuple(bands))
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


# ------------------------------------------------------------------- halves in two places


def netcdf(path, **variables):
    """Write one variable each, as ICEYE's s_i and s_q or SNAP's i_VV and q_VV lie in one file."""
    with netcdf_file(path, "w") as target:
        rows, cols = next(iter(variables.values())).shape
        target.createDimension("azimuth", rows)
        target.createDimension("range", cols)
        for name, values in variables.items():
            target.createVariable(name, values.dtype, ("azimuth", "range"))[:] = values
    return path


def test_iceye_halves_of_one_container_are_one_complex_image(tmp_path):
    first, second = halves(2, dtype=np.int16)
    path = netcdf(tmp_path / "ICEYE_SLC.nc", s_i=first, s_q=second)
    assert list_images(path)[0].name == "s_i+s_q"
    with closing(open_scene(path)) as scene:
        assert (scene.is_complex, scene.bands, scene.dtype) == (True, ("s",), "complex_int16")
        found = scene.read(Window(2, 3, 10, 20)).pixels[0]
        with closing(open_scene(scene.address)) as again:
            np.testing.assert_array_equal(again.read(Window(2, 3, 10, 20)).pixels[0], found)
    whole = (first + 1j * second).astype(np.complex64)
    assert any(np.array_equal(found, one[2:12, 3:23]) for one in (whole, whole[::-1]))


def test_several_pairs_and_other_variables_of_a_netcdf(tmp_path):
    parts = dict(zip(("i_VV", "q_VV", "i_VH", "q_VH", "dem"), halves(5), strict=True))
    path = netcdf(tmp_path / "snap.nc", **parts)
    assert {image.name for image in list_images(path)} >= {"i_VV+q_VV", "i_VH+q_VH", "dem"}
    with closing(open_scene(f"{path}#i_VH+q_VH")) as scene:
        assert (scene.is_complex, scene.bands) == (True, ("VH",))
    with closing(open_scene(f"{path}#dem")) as scene:
        assert not scene.is_complex


def test_a_half_in_a_file_of_its_own_finds_the_other_one_beside_it(tmp_path):
    first, second = halves(2)
    one = write(tmp_path / "i_VV.tif", [first], ["i_VV"])
    with pytest.raises(SceneReadError, match="one half"):
        open_scene(one)
    other = write(tmp_path / "q_VV.tif", [second], ["q_VV"])
    for path in (one, other):
        with closing(open_scene(path)) as scene:
            assert (scene.is_complex, scene.bands) == (True, ("VV",))
            np.testing.assert_array_equal(scene.read().pixels[0], first + 1j * second)
            assert set(scene.source.files) == {one, other}
    write(other, [second[:-1]], ["q_VV"])
    with pytest.raises(SceneReadError, match="one size"):
        open_scene(one)


def test_modulus_and_phase_of_a_sicd_become_complex_samples(tmp_path):
    modulus, phase = (rng.integers(0, 256, (30, 40)).astype(np.uint8) for _ in range(2))
    path = write(tmp_path / "amp8_phs8.tif", [modulus, phase])
    with rasterio.open(path, "r+") as target:
        target.update_tags(1, NITF_ISUBCAT="M")
        target.update_tags(2, NITF_ISUBCAT="P")
    with closing(open_scene(path)) as scene:
        found = scene.read().pixels[0]
    wanted = modulus * np.exp(2j * np.pi * phase / 256)
    np.testing.assert_allclose(found, wanted, atol=1e-3)
