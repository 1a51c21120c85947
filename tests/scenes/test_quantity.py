"""What the values of a scene are: read where the file says it, guessed with a reason, or set."""

from contextlib import closing

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from scipy.io import netcdf_file

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.pyramid.build import build_pyramid, open_pyramid
from satstudio.scenes.scene import open_scene

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def write(path, values, names=(), units=(), tags=None, band_tags=None, **more):
    values = np.atleast_3d(np.asarray(values))
    values = values if values.shape[2] != 1 else values.transpose(2, 0, 1)
    count, rows, cols = values.shape
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "height": rows, "width": cols, "count": count} | more
    with rasterio.open(path, "w", dtype=values.dtype, **profile) as target:
        target.write(values)
        target.update_tags(**(tags or {}))
        for number, name in enumerate(names, 1):
            target.set_band_description(number, name)
        for number, unit in enumerate(units, 1):
            target.set_band_unit(number, unit)
        if band_tags:
            target.update_tags(1, **band_tags)
    return path


def known(address):
    with closing(open_scene(address)) as scene:
        return scene.known


POWER = np.random.default_rng(3).exponential(0.05, (40, 50)).astype(np.float32)
DB = 10 * np.log10(POWER)


@pytest.mark.parametrize(
    ("file", "quantity", "origin"),
    [
        ("sar_intensity/S1A__IW___A_20150309T173017_VV_grd_mli_geo_norm_db.tif", "db", "file"),
        ("sar_intensity/s1_grd_cog_210gcp.tif", "amplitude", "file"),
        ("sar_intensity/polsar_T3/T22.bin", "power", "file"),
        ("sar_intensity/polsar_T3/T12_real.bin", "dn", "file"),
        ("sar_intensity/sen1floods11/Spain_7370579_S1Hand.tif", "db", "guess"),
        ("sar_intensity/sen1floods11/Spain_7370579_LabelHand.tif", "class", "guess"),
        ("sar_intensity/umbra_mount_yasur.tiff", "amplitude", "guess"),
        ("optical/nodata/cog_nodata_nan.tif", "gamma0", "file"),
        ("optical/other/n43.dt0.hgt-like_rome_dem.tif", "height", "file"),
        ("optical/palette_landcover.tif", "class", "file"),
        ("optical/sentinel2/S2A_T32TLS_R60m_B01.jp2", "reflectance", "file"),
        ("optical/sentinel2/sent2_L2A_2024-08-24_nan.tif", "reflectance", "guess"),
        ("optical/enmap_224band_float32.tif", "reflectance", "guess"),
        ("optical/naip_4band.tif", "dn", "file"),
        ("optical/landsat/LC08_LST_crop_nan.tif", "dn", "guess"),
        ("sar_slc/envi/SanAnd_129_HH.img", "complex", "file"),
    ],
)
def test_real_files_are_known_for_what_they_hold(open_data, file, quantity, origin):
    found = known(open_data / file)
    assert (found.quantity, found.origin) == (quantity, origin)
    assert found.reason


@pytest.mark.parametrize(
    ("names", "units", "quantity"),
    [
        (["Sigma0_VV"], [], "sigma0"),
        (["Sigma0_VV", "Sigma0_VH"], [], "sigma0"),
        (["Sigma0_VV_db"], [], "db"),
        (["Gamma0_VH"], ["intensity_db"], "db"),
        (["Beta0_HH"], [], "beta0"),
        (["sigma_nought"], [], "sigma0"),
        (["Intensity_VV"], ["intensity"], "power"),
        (["Amplitude_VV"], ["amplitude"], "amplitude"),
        (["VV", "VH"], ["dB", "dB"], "db"),
        (["coh_VV_01Jan2020_13Jan2020"], ["coherence"], "coherence"),
        (["Phase_ifg_VV_01Jan2020"], ["phase"], "phase"),
        (["Unw_Phase_ifg"], ["rad"], "phase"),
        (["elevation"], ["m"], "height"),
        (["displacement"], ["m"], "dn"),
        (["incidenceAngle"], [], "dn"),
        (["SCL"], [], "class"),
        (["Sigma0_VV", "Gamma0_VV"], [], "power"),
        (["Sigma0_VV", "Sigma0_VV_db"], [], "dn"),
    ],
)
def test_names_and_units_of_bands_are_the_files_word(tmp_path, names, units, quantity):
    values = np.stack([POWER] * len(names))
    found = known(write(tmp_path / "scene.tif", values, names, units))
    assert found.quantity == quantity
    assert found.origin == ("file" if quantity != "dn" or len(names) > 1 else "guess")


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("S1A_IW_20200101T000000_DVP_RTC30_G_gpuned_A1B2_VV", "gamma0"),
        ("S1A_IW_20200101T000000_DVP_RTC30_G_sduned_A1B2_VV", "db"),
        ("S1A_IW_20200101T000000_DVP_RTC30_G_sauned_A1B2_VV", "amplitude"),
        ("S1B__IW___D_20200101T000000_VH_gamma0-rtc_db", "db"),
        ("S1B__IW___D_20200101T000000_VH_gamma0-rtc", "gamma0"),
        ("OPERA_L2_RTC-S1_T069-147170-IW1_20240101T000000Z_VV", "gamma0"),
        ("T32TLS_20240824T103031_B04_10m", "reflectance"),
        ("LC08_L2SP_193028_20200101_20200101_02_T1_SR_B4", "reflectance"),
        ("Copernicus_DSM_COG_10_N45_00_E007_00_DEM", "height"),
        ("20200101_20200113_corr", "coherence"),
        ("CAPELLA_C02_SM_GEO_HH_20210101000000", "amplitude"),
        ("adbc", "dn"),
        ("modem", "dn"),
    ],
)
def test_names_of_products_say_what_they_hold(tmp_path, name, quantity):
    assert known(write(tmp_path / f"{name}.tif", POWER)).quantity == quantity


def test_bands_called_by_polarisation_are_guessed_from_a_look(tmp_path):
    names = ["VV", "VH", "angle"]
    angle = np.full_like(DB, 38)
    decibels = known(write(tmp_path / "gee.tif", np.stack([DB, DB - 6, angle]), names))
    assert (decibels.quantity, decibels.origin) == ("db", "guess")
    assert "below 0" in decibels.source_text
    linear = known(write(tmp_path / "gee_float.tif", np.stack([POWER, POWER, angle]), names))
    assert (linear.quantity, linear.origin) == ("power", "guess")
    amplitudes = known(write(tmp_path / "mosaic.tif", (POWER * 9999).astype("u2"), ["HH"]))
    assert (amplitudes.quantity, amplitudes.origin) == ("amplitude", "guess")
    empty = known(write(tmp_path / "empty.tif", np.full_like(DB, np.nan), ["VV"]))
    assert empty.quantity == "dn"


def test_the_user_has_the_last_word(tmp_path):
    path = write(tmp_path / "Sigma0_VV_db.tif", DB)
    with closing(open_scene(f"{path}#quantity=dn")) as scene:
        assert (scene.quantity, scene.known.origin) == ("dn", "user")
        assert scene.known.source_text == "set by you"
        assert scene.address == f"{path}#quantity=dn"
        with closing(open_scene(scene.address)) as again:
            assert again.quantity == "dn"


def test_a_stack_keeps_what_the_user_said(tmp_path):
    paths = [write(tmp_path / name, DB) for name in ("a.tif", "b.tif")]
    with closing(open_scene("stack:" + "|".join(f"{path}#quantity=db" for path in paths))) as stack:
        assert stack.quantity == "db"
        with closing(open_scene(stack.address)) as again:
            assert (again.quantity, again.known.origin) == ("db", "user")


def test_a_crop_carries_what_the_user_said(tmp_path):
    path = write(tmp_path / "a.tif", DB)
    crop_scene(f"{path}#quantity=db", Window(0, 0, 20, 20), tmp_path / "c.tif", Progress())
    found = known(tmp_path / "c.tif")
    assert (found.quantity, found.origin) == ("db", "file")
    assert "SATSTUDIO_QUANTITY" in found.reason


# ------------------------------------------------------------------- coarser pixels


def coarse(address, side=2):
    with closing(open_scene(address)) as scene:
        build_pyramid(scene.source, scene.identity, Progress())
        scene.attach_pyramid(open_pyramid(scene.identity))
        rows, cols = scene.grid.size.rows // side, scene.grid.size.cols // side
        return scene.read(shape=Size(rows, cols))


def blocks(values, side=2):
    rows, cols = values.shape
    shape = (rows // side, side, cols // side, side)
    return values.astype(np.float64).reshape(shape).mean(axis=(1, 3))


def big(kind=np.float32):
    return np.random.default_rng(5).exponential(100, (300, 400)).astype(kind)


def test_decibels_are_averaged_as_power(tmp_path):
    power = big()
    path = write(tmp_path / "a.tif", 10 * np.log10(power))
    raster = coarse(f"{path}#quantity=db")
    assert (raster.quantity, raster.sampling) == ("db", "mean")
    np.testing.assert_allclose(raster.pixels[0], 10 * np.log10(blocks(power)), atol=1e-3)


def test_zero_power_as_decibels_counts_as_none(tmp_path):
    power = np.tile(np.float32([[8, 0], [4, 4]]), (150, 200))
    with np.errstate(divide="ignore"):
        path = write(tmp_path / "a.tif", 10 * np.log10(power))
    raster = coarse(f"{path}#quantity=db")
    np.testing.assert_allclose(raster.pixels[0], 10 * np.log10(4), atol=1e-4)


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_amplitudes_are_averaged_as_power(tmp_path, kind):
    values = big(kind)
    raster = coarse(f"{write(tmp_path / 'a.tif', values)}#quantity=amplitude")
    assert (raster.quantity, raster.sampling) == ("amplitude", "mean")
    wanted = np.sqrt(blocks(np.square(values.astype(float))))
    np.testing.assert_allclose(raster.pixels[0], wanted, atol=0.51 if kind == np.uint16 else 1e-3)


def test_linear_values_are_averaged_as_they_are(tmp_path):
    values = big()
    raster = coarse(f"{write(tmp_path / 'a.tif', values)}#quantity=sigma0")
    np.testing.assert_allclose(raster.pixels[0], blocks(values), rtol=1e-5)


@pytest.mark.parametrize("quantity", ["class", "phase"])
def test_classes_and_phases_have_no_mean(tmp_path, quantity):
    path = write(tmp_path / "a.tif", np.random.default_rng(1).choice([1, 9], (300, 400)))
    with closing(open_scene(f"{path}#quantity={quantity}")) as scene:
        with pytest.raises(InputError, match="no mean"):
            build_pyramid(scene.source, scene.identity, Progress())
        raster = scene.read(shape=Size(150, 200))
    assert set(np.unique(raster.pixels)) == {1, 9}


@pytest.mark.parametrize("quantity", ["class", "phase"])
def test_averaged_overviews_of_a_file_are_not_read_for_them(tmp_path, quantity):
    path = write(tmp_path / "a.tif", np.random.default_rng(1).choice([1.0, 9.0], (600, 800)))
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4], rasterio.enums.Resampling.average)
    with closing(open_scene(f"{path}#quantity={quantity}")) as scene:
        raster = scene.read(shape=Size(150, 200))
    assert set(np.unique(raster.pixels)) == {1, 9}


# ------------------------------------------------------------------- netCDF, through its process


@pytest.mark.parametrize(
    ("name", "attributes", "quantity"),
    [
        ("sigma0", {"units": "dB"}, "db"),
        (
            "x",
            {"standard_name": "surface_backwards_scattering_coefficient_of_radar_wave"},
            "sigma0",
        ),
        ("x", {"standard_name": "surface_altitude", "units": "m"}, "height"),
        ("lccs_class", {"flag_meanings": "crop tree"}, "class"),
        ("x", {"long_name": "interferometric coherence"}, "coherence"),
        ("Gamma0_VV", {}, "gamma0"),
        ("unwrapped_phase", {"units": "radian"}, "phase"),
        ("temperature", {"units": "K"}, "dn"),
    ],
)
def test_a_variable_says_what_it_holds(tmp_path, name, attributes, quantity):
    with netcdf_file(tmp_path / "scene.nc", "w") as target:
        target.createDimension("y", 40)
        target.createDimension("x_", 50)
        variable = target.createVariable(name, np.float32, ("y", "x_"))
        variable[:] = POWER
        for key, value in attributes.items():
            setattr(variable, key, value)
    found = known(tmp_path / "scene.nc")
    assert (found.quantity, found.origin) == (quantity, "guess" if quantity == "dn" else "file")


def test_decibels_kept_with_a_scale_are_plain_numbers(tmp_path):
    path = write(tmp_path / "a.tif", (DB * 100).astype(np.int16), ["VV"], ["dB"])
    with rasterio.open(path, "r+") as target:
        target.scales = (0.01,)
    assert known(path).quantity == "dn"
    assert "scale" in known(path).reason


def test_the_levels_of_a_jpeg_2000_of_classes_are_not_its_wavelets(tmp_path):
    path = tmp_path / "T32TLS_20240824T103031_SCL_20m.jp2"
    values = np.random.default_rng(1).choice(np.uint8([4, 11]), (600, 800))
    plain = write(tmp_path / "a.tif", values)
    rasterio.shutil.copy(plain, path, driver="JP2OpenJPEG", REVERSIBLE="YES", QUALITY="100")
    with closing(open_scene(path)) as scene:
        assert scene.quantity == "class"
        found = scene.read(shape=Size(75, 100)).pixels
    assert set(np.unique(found)) == {4, 11}
