"""The restore command on real files: grids, GCPs, holes, bands and phases stay what they are."""

import json
from contextlib import closing

import numpy as np
import pytest

from satstudio.cli.main import main
from satstudio.core.files.replacing import sha256_of
from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_raster, restore_scene
from satstudio.scenes.scene import open_scene

MODEL = resources_folder() / "models/despeckler_fast.onnx"
SAFE = "S1A_IW_SLC__1SDV_20220918T074921_20220918T074946_045056_056232_CROP.SAFE"
SENTINEL1 = "sar_slc/geotiff/s1a-iw3-slc-vv_crop_601x1401.tiff"
SINGLE_LOOK = (
    SENTINEL1,
    f"sar_slc/safe_crop/{SAFE}#iw3/vv",
    "sar_slc/uavsar/winnip_crop_L090HH_01.T1.slc",
)
WITH_HOLES = (
    "sar_slc/geotiff/s1_complex64_with_nan_and_zero_border.tif",
    "optical/hls_10band_float32_nodata-9999.tif",
    "optical/cogeo_mask_jpeg.tif",
    "optical/masks/colorado_extmask.tif",
    "optical/masks/image_rgb_internal_mask.tif",
    "optical/nodata/cog_nodata_nan.tif",
    "optical/nodata/cog_nodata_uint16_value1.tif",
    "optical/nodata/image_nodata_int16.tif",
    "optical/landsat/LC08_LST_crop_nan.tif",
)
WITH_PLACES = (
    SENTINEL1,
    "sar_slc/geotiff/s1_iw_9bursts_decimated_210gcp.tif",
    "sar_intensity/s1_grd_cog_210gcp.tif",
    "optical/geo/byte_gcp_pixelispoint.tif",
    "optical/geo/rotated.tif",
    "optical/geo/test_rpcs.tif",
    "optical/landsat/RGB.byte.tif",
)


def restored(open_data, name, baseline, out, **choices):
    recipe = RestoreRecipe(**choices)
    restore_scene(str(open_data / name), f"baseline:{baseline}", recipe, out, Progress())
    return open_scene(out)


@pytest.mark.slow
def test_real_single_look_scenes_are_despeckled_in_one_command(open_data, tmp_path, capsys):
    addresses = [str(open_data / name) for name in SINGLE_LOOK]
    words = ["restore", *addresses, "--model", str(MODEL), "--out", str(tmp_path), "--json"]
    assert main(words) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["scenes"] == 3
    assert "TOPS" not in said.err  # bursts are deramped
    assert len(list(tmp_path.iterdir())) == 3
    for address in addresses:
        with closing(open_scene(address)) as before:
            image = "" if before.image is None else "_" + before.image.replace("/", "_")
            with closing(open_scene(tmp_path / f"{before.path.stem}{image}.tif")) as after:
                assert (after.grid.size, after.grid.gcps) == (before.grid.size, before.grid.gcps)
                assert (after.bands, after.quantity, after.dtype) == (
                    before.bands, "power", "float32",
                )  # fmt: skip
                assert after.tags["SATSTUDIO_QUANTITY"] == "intensity"
                assert after.tags["SATSTUDIO_MODEL"] == sha256_of(MODEL)
                assert after.tags["SATSTUDIO_SOURCE"] == before.name
                noisy, power = before.read(), after.read()
        assert np.array_equal(noisy.valid, power.valid)
        values = power.pixels[0][power.valid]
        assert np.isfinite(values).all()
        assert values.min() >= 0
        own = np.abs(noisy.pixels[0][noisy.valid].astype(np.complex128)) ** 2
        assert values.mean() == pytest.approx(own.mean(), rel=0.2)


@pytest.mark.slow
def test_with_keep_phase_a_real_scene_keeps_its_phase(open_data, tmp_path):
    window, out = Window(100, 300, 200, 400), tmp_path / "kept.tif"
    words = ["restore", str(open_data / SENTINEL1), "--model", str(MODEL), "--keep-phase"]
    assert main([*words, "--window", str(window), "--out", str(out)]) == 0
    with closing(open_scene(open_data / SENTINEL1)) as scene, closing(open_scene(out)) as kept:
        recipe = RestoreRecipe(window=window)
        power = restore_raster(scene, MODEL, recipe).pixels[0]
        noisy = scene.read(window)
        found = kept.read()
        assert kept.tags["SATSTUDIO_QUANTITY"] == "complex"
        assert (kept.dtype, kept.quantity) == ("complex64", "complex")
        assert kept.grid.gcps == scene.grid.cropped(window).gcps
    good = noisy.valid & (np.abs(noisy.pixels[0]) > 0)
    np.testing.assert_allclose(np.abs(found.pixels[0][good]) ** 2, power[good], rtol=1e-4)
    turned = found.pixels[0][good] * np.conj(noisy.pixels[0][good])
    assert np.abs(np.angle(turned)).max() < 1e-4


def test_of_a_polarimetric_scene_a_band_is_named(open_data, tmp_path, capsys):
    address = str(open_data / "sar_slc/geotiff/alos_quadpol_4band_complex64.tif")
    words = ["restore", address, "--model", str(MODEL), "--out", str(tmp_path / "o.tif")]
    assert main(words) == 2
    assert "takes 1 band(s); 4 of alos" in capsys.readouterr().err
    assert main([*words, "--bands", "3"]) == 0
    with closing(open_scene(tmp_path / "o.tif")) as after:
        assert after.bands == ("band3",)


@pytest.mark.parametrize("baseline", ["identity", "boxcar", "lee"])
@pytest.mark.parametrize("name", WITH_HOLES)
def test_holes_of_real_files_stay_where_they_are(open_data, tmp_path, name, baseline):
    window = Window(0, 0, 200, 200)
    with closing(open_scene(open_data / name)) as scene:
        window = window.clipped(scene.grid.size)
        before, bands = scene.read(window), scene.bands
    with closing(restored(open_data, name, baseline, tmp_path / "o.tif", window=window)) as after:
        found = after.read()
        assert after.bands == bands
    np.testing.assert_array_equal(found.valid, before.valid)
    assert np.isfinite(found.pixels[:, found.valid]).any() or not found.valid.any()
    if baseline == "identity":
        np.testing.assert_array_equal(
            found.pixels[:, found.valid], before.pixels[:, found.valid].astype(found.pixels.dtype)
        )


@pytest.mark.parametrize("name", WITH_PLACES)
def test_real_files_keep_their_place_on_the_ground(open_data, tmp_path, name):
    with closing(open_scene(open_data / name)) as scene:
        size = scene.grid.size
        window = Window(size.rows // 4, size.cols // 3, size.rows // 2, size.cols // 2)
        expected = scene.grid.cropped(window)
    with closing(restored(open_data, name, "boxcar", tmp_path / "o.tif", window=window)) as after:
        assert after.grid.size == expected.size
        assert after.grid.gcps == expected.gcps
        assert after.grid.crs == expected.crs
        assert after.grid.transform == pytest.approx(expected.transform)
        assert dict(after.grid.rpcs).keys() == dict(expected.rpcs).keys()
        for key in ("LINE_OFF", "SAMP_OFF"):
            first, second = (dict(grid.rpcs).get(key, "0") for grid in (after.grid, expected))
            assert float(first.split()[0]) == pytest.approx(float(second.split()[0]))
