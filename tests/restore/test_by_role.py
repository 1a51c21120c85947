"""Baselines of several images: by role as models are, equal for two tile sizes, all is recorded."""

import json
from fractions import Fraction

import numpy as np
import pytest
import rasterio
from made import TRANSFORM, UTM, made_complex, write_geotiff
from rasterio.transform import Affine
from scipy.ndimage import gaussian_filter
from scipy.ndimage import shift as moved

from satstudio.cli.main import main
from satstudio.core.errors import GridMismatchError, InputError, ModelError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.pixels.frame_fusion import registered_mean
from satstudio.pixels.resampling import bicubic
from satstudio.restore.by_role.baseline_network import FITTED_TAG
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene

SHIFTS = ((0.0, 0.0), (0.4, -1.3), (-2.25, 0.6))
ROWS, COLS = 130, 96


def restored(scene, name, out, **choices):
    recipe = RestoreRecipe(**choices)
    restore_scene(scene, f"baseline:{name}", recipe, out, Progress(), overwrite=True)
    with rasterio.open(out) as dataset:
        return dataset.read(), dataset.tags()


def ground(seed=0):
    """Smooth ground in which each place looks different, 3 x as fine as the frames."""
    field = np.random.default_rng(seed).standard_normal((3 * ROWS + 48, 3 * COLS + 48))
    return 10 + 5 * gaussian_filter(field, 3.0)


@pytest.fixture
def frames(tmp_path):
    """Three frames of one ground, moved by parts of a pixel; the second has a hole."""
    paths = []
    for number, (down, across) in enumerate(SHIFTS):
        seen = moved(ground(), (-3 * down, -3 * across), order=3)
        box = seen.reshape(ROWS + 16, 3, COLS + 16, 3).mean(axis=(1, 3))[8:-8, 8:-8]
        if number == 1:
            box[20:40, 30:60] = -99
        paths.append(write_geotiff(tmp_path / f"frame{number}.tif", box[None], nodata=-99))
    return paths


@pytest.fixture
def dates(tmp_path):
    """Two bands at three dates with clouds that files tell: one place is never clear."""
    rng = np.random.default_rng(5)
    images, clear = rng.uniform(0.1, 0.4, (3, 2, 60, 50)).astype(np.float32), []
    paths, masks = [], []
    for number, day in enumerate(("2024-05-01", "2024-05-11", "2024-05-31")):
        free = np.ones((60, 50), np.uint8)
        free[10 * number : 10 * number + 25, 10:30] = 0
        clear.append(free.astype(bool))
        paths.append(write_geotiff(tmp_path / f"s2_{day}.tif", images[number]))
        masks.append(write_geotiff(tmp_path / f"clear{number}.tif", free[None]))
    return paths, masks, images, np.stack(clear)


def others(role, paths, masks=()):
    found = {role: tuple(map(str, paths[1:]))}
    return found | ({f"{role}_mask": tuple(map(str, masks))} if masks else {})


# ------------------------------------------------------------------ what the pixels are


def test_the_mosaic_of_a_scene_is_the_mean_of_clear_dates_and_has_no_data_where_none_is(
    tmp_path, dates
):
    paths, masks, images, clear = dates
    found, tags = restored(
        paths[0], "mosaic", tmp_path / "o.tif", inputs=others("optical", paths, masks)
    )
    some = clear.any(axis=0)
    assert not some.all()
    wanted = (images * clear[:, None]).sum(axis=0) / np.maximum(clear.sum(axis=0), 1)
    np.testing.assert_allclose(found[:, some], wanted[:, some], rtol=1e-5)
    assert np.isnan(found[:, ~some]).all()
    assert tags["SATSTUDIO_MODEL"] == "baseline:mosaic"
    assert "optical=s2_2024-05-11.tif" in tags["SATSTUDIO_INPUTS"]
    said = json.loads(tags[FITTED_TAG])
    np.testing.assert_allclose(said["clear_share"], clear.mean(axis=(1, 2)), atol=1e-4)


def test_what_no_date_shows_is_filled_from_around_where_that_is_asked_for_and_told(tmp_path, dates):
    paths, masks, _, clear = dates
    inputs, mask = others("optical", paths, masks), tmp_path / "invented.tif"
    plain, _ = restored(paths[0], "mosaic", tmp_path / "p.tif", inputs=inputs)
    restore_scene(
        paths[0], "baseline:filled_mosaic", RestoreRecipe(inputs=inputs), tmp_path / "o.tif",
        Progress(), invented_mask=mask,
    )  # fmt: skip
    with rasterio.open(tmp_path / "o.tif") as dataset, rasterio.open(mask) as flags:
        found, invented = dataset.read(), flags.read(1)
    some = clear.any(axis=0)
    np.testing.assert_array_equal(found[:, some], plain[:, some])
    assert np.isfinite(found).all()
    assert found[:, ~some].min() >= 0.1
    np.testing.assert_array_equal(invented == 1, ~some)


def test_the_least_cloudy_date_is_chosen_once_a_scene(tmp_path, dates):
    paths, masks, images, clear = dates
    for tile in (None, 16):
        found, tags = restored(
            paths[0], "least_cloudy", tmp_path / "o.tif", tile_px=tile,
            inputs=others("optical", paths, masks),
        )  # fmt: skip
        which = json.loads(tags[FITTED_TAG])["clearest"] - 1
        assert which == clear.mean(axis=(1, 2)).argmax()
        np.testing.assert_allclose(found[:, clear[which]], images[which][:, clear[which]])
        assert np.isnan(found[:, ~clear[which]]).all()


def test_interpolation_in_time_takes_the_dates_of_the_scenes_or_those_that_are_said(
    tmp_path, dates
):
    paths, masks, images, clear = dates
    inputs = others("optical", paths, masks)
    name, out = "temporal_interpolation", tmp_path / "o.tif"
    found, tags = restored(paths[0], name, out, inputs=inputs, own={"day": "2024-05-21"})
    assert json.loads(tags[FITTED_TAG])["dates"] == ["2024-05-01", "2024-05-11", "2024-05-31"]
    both = clear[1] & clear[2]
    wanted = (images[1] + images[2]) / 2
    np.testing.assert_allclose(found[:, both], wanted[:, both], rtol=1e-5)
    assert np.isnan(found[:, ~clear.any(axis=0)]).all()
    said = ["2024-01-01", "2024-01-02", "2024-01-04"]
    found, _ = restored(
        paths[0], name, out, inputs=inputs, own={"dates": said, "day": "2024-01-03"}
    )
    np.testing.assert_allclose(found[:, both], wanted[:, both], rtol=1e-5)


def test_dates_that_nobody_knows_are_asked_for(tmp_path, frames):
    name, out, inputs = "temporal_interpolation", tmp_path / "o.tif", others("optical", frames)
    with pytest.raises(InputError, match=r"Image 1 of 'optical' does not say its date.*--set"):
        restored(frames[0], name, out, inputs=inputs)
    with pytest.raises(InputError, match="3 images 'optical' and 1 dates"):
        restored(frames[0], name, out, inputs=inputs, own={"dates": ["2024-01-01"]})
    own = {"dates": ["2024-01-01", "May", "2024-01-03"]}
    with pytest.raises(InputError, match="'May' is no date"):
        restored(frames[0], name, out, inputs=inputs, own=own)
    assert not out.exists()


def test_bicubic_by_a_fraction_is_that_of_the_whole_image(tmp_path, frames):
    with rasterio.open(frames[0]) as dataset:
        image = dataset.read()
    whole, _ = bicubic(image, np.ones(image.shape[1:], bool), Fraction(5, 2))
    for tile in (None, 24, 50):
        found, _ = restored(
            frames[0], "bicubic", tmp_path / "o.tif", tile_px=tile, own={"factor": "5/2"}
        )
        assert found.shape == (1, 325, 240)
        np.testing.assert_allclose(found[:, 6:-6, 6:-6], whole[:, 6:-6, 6:-6], rtol=1e-5)
    with rasterio.open(tmp_path / "o.tif") as dataset:
        assert dataset.transform.almost_equals(TRANSFORM * Affine.scale(2 / 5))
        assert dataset.crs == UTM


@pytest.mark.parametrize("name", ["registered_mean", "shift_and_add"])
def test_shifts_are_found_once_a_scene_recorded_and_equal_for_two_tile_sizes(
    tmp_path, frames, name
):
    inputs, own = others("low", frames), {"factor": "3"}
    whole, tags = restored(frames[0], name, tmp_path / "a.tif", inputs=inputs, own=own)
    tiled, again = restored(frames[0], name, tmp_path / "b.tif", inputs=inputs, own=own, tile_px=40)
    part, third = restored(
        frames[0], name, tmp_path / "c.tif", inputs=inputs, own=own,
        window=Window(11, 20, 50, 31),
    )  # fmt: skip
    assert whole.shape == (1, 3 * ROWS, 3 * COLS)
    np.testing.assert_allclose(tiled, whole, rtol=1e-5)
    np.testing.assert_allclose(part, whole[:, 33:183, 60:153], rtol=1e-5)
    assert tags[FITTED_TAG] == again[FITTED_TAG] == third[FITTED_TAG]
    found = json.loads(tags[FITTED_TAG])["shifts_px"]
    np.testing.assert_allclose(found, SHIFTS, atol=0.05)
    assert "SATSTUDIO_REMARK" not in tags


def test_the_registered_mean_is_nearer_to_the_ground_than_the_mean(tmp_path, frames):
    fine = ground()[24:-24, 24:-24]
    inner = np.s_[30:-30, 30:-30]

    def error(name):
        made, _ = restored(
            frames[0], name, tmp_path / "o.tif", inputs=others("low", frames), own={"factor": "3"}
        )
        return np.abs(made[0][inner] - fine[inner]).mean()

    assert error("registered_mean") < 0.5 * error("frame_mean")
    assert error("registered_mean") < 0.5 * error("frame_median")


def test_frames_without_common_features_are_told(tmp_path, frames):
    noise = np.random.default_rng(0).standard_normal((1, ROWS, COLS))
    other = write_geotiff(tmp_path / "noise.tif", noise)
    level = write_geotiff(tmp_path / "level.tif", np.zeros((1, ROWS, COLS)))
    _, tags = restored(
        frames[0], "registered_mean", tmp_path / "o.tif",
        inputs={"low": (str(other), str(level))},
    )  # fmt: skip
    assert "No shift was found for image 2, 3 of 'low'" in tags["SATSTUDIO_REMARK"]
    assert json.loads(tags[FITTED_TAG])["shifts_px"] == [[0, 0], [0, 0], [0, 0]]


def test_a_scene_gets_the_histogram_of_another_whatever_the_tiles(tmp_path):
    rng = np.random.default_rng(2)
    one = write_geotiff(tmp_path / "one.tif", rng.normal(0, 1, (2, 90, 80)).astype(np.float32))
    two = write_geotiff(tmp_path / "two.tif", rng.gamma(3, 2, (2, 90, 80)).astype(np.float32))
    inputs = {"reference": (str(two),)}
    found, tags = restored(one, "histogram_match", tmp_path / "a.tif", inputs=inputs)
    tiled, _ = restored(one, "histogram_match", tmp_path / "b.tif", inputs=inputs, tile_px=17)
    np.testing.assert_array_equal(found, tiled)
    with rasterio.open(two) as dataset:
        wanted = dataset.read()
    for share in (0.05, 0.5, 0.95):
        np.testing.assert_allclose(
            np.quantile(found, share, axis=(1, 2)), np.quantile(wanted, share, axis=(1, 2)),
            rtol=0.02,
        )  # fmt: skip
    assert len(json.loads(tags[FITTED_TAG])["own"]) == 2


@pytest.mark.parametrize("name", ["nearest_fill", "harmonic_fill"])
def test_gaps_are_filled_as_far_as_the_reach_alike_for_two_tile_sizes_and_told(tmp_path, name):
    rows, cols = np.mgrid[0:150, 0:170].astype(np.float32)
    image = np.stack([rows + cols, rows - cols])
    holed = image.copy()
    holed[:, 40:52, 30:160] = holed[:, 90:, 20:25] = holed[:, 60:130, 60:110] = -999
    scene = write_geotiff(tmp_path / "s.tif", holed, nodata=-999)
    mask = tmp_path / "mask.tif"
    recipe = RestoreRecipe()
    restore_scene(
        scene, f"baseline:{name}", recipe, tmp_path / "a.tif", Progress(), invented_mask=mask
    )
    with rasterio.open(tmp_path / "a.tif") as dataset, rasterio.open(mask) as flags:
        whole, invented = dataset.read(), flags.read(1)
    tiled, _ = restored(scene, name, tmp_path / "b.tif", tile_px=416)
    known = holed[0] != -999
    np.testing.assert_array_equal(whole[:, known], image[:, known])
    middle = whole[0, 60:130, 60:110]
    assert (middle[20:50, 20:30] == -999).all()  # further than 16 px from what is known
    assert (middle[:15] != -999).all()
    np.testing.assert_array_equal(invented == 1, ~known & (whole[0] != -999))
    np.testing.assert_array_equal(invented == 255, whole[0] == -999)
    np.testing.assert_allclose(tiled, whole, atol=1e-5 * image.max())  # holes reach further
    if name == "harmonic_fill":  # a plane is harmonic
        np.testing.assert_allclose(whole[:, 40:52, 50:140], image[:, 40:52, 50:140], atol=1.0)


def test_decibels_of_dates_are_averaged_as_power(tmp_path):
    paths = [
        write_geotiff(
            tmp_path / f"d{n}.tif", np.full((1, 9, 9), level, np.float32),
            tags={"SATSTUDIO_QUANTITY": "db"},
        )
        for n, level in enumerate((0.0, 40.0))
    ]  # fmt: skip
    found, tags = restored(paths[0], "frame_mean", tmp_path / "o.tif", inputs=others("low", paths))
    np.testing.assert_allclose(found, 10 * np.log10((1 + 1e4) / 2), rtol=1e-5)
    assert tags["SATSTUDIO_QUANTITY"] == "db"


def test_one_pixel_and_scenes_without_data_go_through(tmp_path):
    one = [write_geotiff(tmp_path / f"p{n}.tif", np.full((1, 1, 1), n + 1.0)) for n in range(2)]
    empty = [
        write_geotiff(tmp_path / f"e{n}.tif", np.full((1, 9, 9), -99.0), nodata=-99)
        for n in range(2)
    ]
    for name, role in (("mosaic", "optical"), ("registered_mean", "low"), ("frame_median", "low")):
        found, _ = restored(one[0], name, tmp_path / "o.tif", inputs=others(role, one))
        assert found.ravel().tolist() == [1.5]
        found, _ = restored(empty[0], name, tmp_path / "o.tif", inputs=others(role, empty))
        assert (found == -99).all()


# ----------------------------------------------------------------------- the road, refusals


def test_a_stack_is_its_dates(tmp_path, dates):
    paths, masks, _, _ = dates
    inputs = others("optical", paths, masks)
    wanted, _ = restored(paths[0], "mosaic", tmp_path / "a.tif", inputs=inputs)
    stack = "stack:" + "|".join(map(str, paths))
    found, _ = restored(
        stack, "mosaic", tmp_path / "b.tif", inputs={"optical_mask": inputs["optical_mask"]}
    )
    np.testing.assert_array_equal(found, wanted)


def test_the_command_line_takes_images_and_options(tmp_path, frames, capsys):
    out = tmp_path / "o.tif"
    words = ["restore", str(frames[0]), "--baseline", "registered_mean", "--out", str(out)]
    inputs = [word for path in frames[1:] for word in ("--input", f"low={path}")]
    assert main([*words, *inputs, "--set", "factor=3/2"]) == 0
    with rasterio.open(out) as dataset:
        assert dataset.shape == (195, 144)
        assert "--set factor=3/2" in dataset.tags()["SATSTUDIO_COMMAND"]
    capsys.readouterr()
    assert main([*words, *inputs, "--set", "factor=-2", "--overwrite"]) == 2
    assert "registered_mean: factor" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 2
    assert "takes 2 to any number images as 'low', not 1" in capsys.readouterr().err


def test_a_baseline_has_a_card_with_roles_and_options(capsys):
    assert main(["card", "baseline:temporal_interpolation", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [port["role"] for port in said["inputs"]] == ["optical", "optical_mask"]
    assert said["inputs"][1]["mask_of"] == "optical"
    assert set(said["options"]) == {"dates", "day"}
    assert main(["card", "baseline:lee"]) == 2
    assert "a filter of one image" in capsys.readouterr().err


def test_what_does_not_fit_is_refused_with_the_reason(tmp_path, frames):
    shifted = TRANSFORM * Affine.translation(-4, -6)
    other = write_geotiff(tmp_path / "o2.tif", np.zeros((1, ROWS, COLS)), transform=shifted)
    with pytest.raises(GridMismatchError, match=r"o2.tif does not lie on frame0.tif"):
        restored(frames[0], "mosaic", tmp_path / "o.tif", inputs={"optical": (str(other),)})
    scene = made_complex(tmp_path, 20, 20)
    with pytest.raises(ModelError, match=r"takes real values; complex\.tif has complex"):
        restored(scene, "bicubic", tmp_path / "o.tif")
    with pytest.raises(ModelError, match="no input 'sky'; it takes low"):
        restored(frames[0], "bicubic", tmp_path / "o.tif", inputs={"sky": ("x",)})


def test_the_functions_and_the_scene_agree(tmp_path, frames):
    found, tags = restored(
        frames[0], "registered_mean", tmp_path / "o.tif", inputs=others("low", frames),
        own={"factor": "2"},
    )  # fmt: skip
    images = []
    for path in frames:
        with rasterio.open(path) as dataset:
            images.append(dataset.read())
    values = np.stack(images)
    good = (values != -99)[:, 0]
    shifts = json.loads(tags[FITTED_TAG])["shifts_px"]
    whole = registered_mean(np.where(good[:, None], values, 10), good, shifts, 2)
    inner = np.s_[12:-12, 12:-12]
    np.testing.assert_allclose(found[0][inner], whole.values[0][inner], rtol=1e-4)
