"""Models of several bands, images, pixel sizes and dates: tile by tile as in one pass."""

from contextlib import closing
from fractions import Fraction

import numpy as np
import onnxruntime
import pytest
import rasterio
from made import TRANSFORM, UTM, gcps, write_geotiff
from made_ports import DATES, GIVEN, TAKEN, finer, normalising, sar_optical, two_band
from rasterio.transform import Affine

from satstudio.cli.main import main
from satstudio.core.errors import GridMismatchError, InputError, ModelError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.restore.blending import fade, seam_score
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.geometry.align import ALIGNED_TAG
from satstudio.scenes.geometry.rescaled import scaled_window
from satstudio.scenes.scene import open_scene

AGREE = 1e-5
"""Of the largest output."""

COARSE = TRANSFORM * Affine.scale(2)
ROWS, COLS = 90, 74


def textured(bands, rows, cols, seed=0):
    """Waves of all lengths with noise: nothing in it is even over a tile."""
    rng = np.random.default_rng(seed)
    row, col = np.mgrid[:rows, :cols]
    waves = np.sin(row / 9) + np.cos(col / 7) + row / rows
    return (waves + rng.standard_normal((bands, rows, cols)) / 3).astype(np.float32)


def restored(scene, model, out, **choices):
    restore_scene(scene, model, RestoreRecipe(**choices), out, Progress(), overwrite=True)
    with rasterio.open(out) as dataset:
        return dataset.read()


def answer(model, **images):
    """What the network itself says of whole images in its own numbers."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return session.run(None, {role: image.astype(np.float32) for role, image in images.items()})[0]


@pytest.fixture
def sar(tmp_path):
    return write_geotiff(tmp_path / "sar.tif", textured(2, ROWS, COLS))


@pytest.fixture
def optical(tmp_path):
    return write_geotiff(
        tmp_path / "optical.tif", textured(3, ROWS // 2, COLS // 2, 1), transform=COARSE
    )


@pytest.fixture
def dates(tmp_path):
    """Five dates, two with holes in other places."""
    paths = []
    for number in range(DATES):
        values = textured(1, 50, 41, number)
        if number in (1, 3):
            values[:, 10 * number : 10 * number + 12, 5:20] = -99
        paths.append(write_geotiff(tmp_path / f"date{number}.tif", values, nodata=-99))
    return paths


def inner(pixels, margin):
    return pixels[..., margin:-margin, margin:-margin]


# ------------------------------------------------------------------------- the three kinds


def test_two_bands_are_taken_and_given_in_numbers_of_their_own(tmp_path, sar):
    model = two_band(tmp_path / "m.onnx")
    found = restored(sar, model, tmp_path / "o.tif")
    wanted = unscaled(answer(model, input=scaled(textured(2, ROWS, COLS), TAKEN)[None])[0], GIVEN)
    assert np.abs(inner(found - wanted, 4)).max() <= AGREE * np.abs(wanted).max()


def test_sar_and_optical_of_other_pixels_meet_on_one_ground(tmp_path, sar, optical):
    model = sar_optical(tmp_path / "m.onnx")
    found = restored(sar, model, tmp_path / "o.tif", inputs={"optical": (str(optical),)})
    fed = {
        "sar": scaled(textured(2, ROWS, COLS), TAKEN)[None],
        "optical": scaled(textured(3, ROWS // 2, COLS // 2, 1), GIVEN)[None],
    }
    wanted = unscaled(answer(model, **fed)[0], TAKEN)
    assert np.abs(inner(found - wanted, 4)).max() <= AGREE * np.abs(wanted).max()
    with rasterio.open(tmp_path / "o.tif") as dataset:
        assert dataset.descriptions == ("red", "green", "blue")
        assert dataset.transform == TRANSFORM
        assert dataset.tags()["SATSTUDIO_QUANTITY"] == "reflectance"
        assert dataset.tags()["SATSTUDIO_INPUTS"] == "sar=sar.tif; optical=optical.tif"


def test_five_dates_with_masks_become_one_finer_image(tmp_path, dates):
    model = finer(tmp_path / "m.onnx")
    others = tuple(map(str, dates[1:]))
    found = restored(dates[0], model, tmp_path / "o.tif", inputs={"low": others})[0]
    images, masks = [], []
    for path in dates:
        with rasterio.open(path) as dataset:
            images.append(dataset.read())
            masks.append(dataset.read() != -99)
    fed = {"low": scaled(np.stack(images), TAKEN)[None], "clear": np.stack(masks)[None]}
    wanted = unscaled(answer(model, **fed)[0, 0], TAKEN)
    assert found.shape == (150, 123)
    assert np.abs(inner(found - wanted, 12)).max() <= AGREE * np.abs(wanted).max()
    with rasterio.open(tmp_path / "o.tif") as dataset:
        assert dataset.transform.almost_equals(TRANSFORM * Affine.scale(1 / 3))
        assert dataset.crs == UTM


KINDS = {
    "two_band": (two_band, lambda s, o, d: (s, {}), 1),
    "sar_optical": (sar_optical, lambda s, o, d: (s, {"optical": (str(o),)}), 1),
    "finer": (finer, lambda s, o, d: (d[0], {"low": tuple(map(str, d[1:]))}), 3),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", [None, Window(13, 7, 31, 22)])
def test_tile_by_tile_is_as_in_one_pass(tmp_path, sar, optical, dates, kind, window):
    make, choose, ratio = KINDS[kind]
    scene, inputs = choose(sar, optical, dates)
    model = make(tmp_path / "m.onnx")
    whole = restored(scene, model, tmp_path / "whole.tif", tile_px=128, inputs=inputs)
    for tile in (16, 32, 50):
        tiled = restored(
            scene, model, tmp_path / "tiled.tif", tile_px=tile, inputs=inputs, window=window
        )
        same = whole if window is None else whole[:, *scaled_window(window, Fraction(ratio)).slices]
        assert tiled.shape == same.shape
        assert np.abs(tiled - same).max() <= AGREE * np.abs(whole).max()


# ---------------------------------------------------------------------- statistics of a tile


def test_where_statistics_depend_on_the_tile_blending_hides_the_seams(tmp_path):
    values = textured(1, 400, 320)
    values[:, :, 70:] *= 3  # tiles differ
    scene = write_geotiff(tmp_path / "scene.tif", values)
    hard = normalising(tmp_path / "hard.onnx", tile_px=64, halo_px=12)
    soft = normalising(tmp_path / "soft.onnx", tile_px=64, halo_px=12, blending="weighted")
    seams = range(40, 400, 40), range(40, 320, 40)
    cut = restored(scene, hard, tmp_path / "hard.tif")[0]
    blended = restored(scene, soft, tmp_path / "soft.tif")[0]
    assert seam_score(cut, seams) > 1.5  # so that the next line means something
    assert seam_score(blended, seams) <= 1.0  # that of the lines beside them
    part = restored(scene, soft, tmp_path / "part.tif", window=Window(50, 33, 90, 70))[0]
    np.testing.assert_array_equal(part, blended[50:140, 33:103])
    with rasterio.open(tmp_path / "soft.tif") as dataset:
        assert "depends on the tile size" in dataset.tags()["SATSTUDIO_REMARK"]


def test_blending_changes_nothing_where_tiles_agree(tmp_path, sar):
    model = two_band(tmp_path / "m.onnx", blending="weighted", halo_px=8, tile_px=40)
    plain = two_band(tmp_path / "p.onnx")
    found, wanted = (
        restored(sar, model, tmp_path / "a.tif"),
        restored(sar, plain, tmp_path / "b.tif"),
    )
    assert np.abs(found - wanted).max() <= AGREE * np.abs(wanted).max()


def test_fading_tiles_add_up_to_one():
    tile = fade(32, 8)
    assert np.allclose(tile[:8] + tile[-8:], 1)
    assert np.all(tile[:2] == 0)
    assert np.all(tile[8:-8] == 1)


def test_a_step_at_a_seam_is_told_from_texture():
    flat = np.random.default_rng(0).standard_normal((64, 64))
    assert 0.7 < seam_score(flat, ([16, 32], [16, 32])) < 1.3
    flat[32:] += 50
    assert seam_score(flat, ([16, 32], [16, 32])) > 5


# --------------------------------------------------------------------------------- refusals


def test_an_input_that_is_missing_is_named(tmp_path, sar):
    with pytest.raises(ModelError, match=r"give 'optical' too \(--input optical=PATH\)"):
        restored(sar, sar_optical(tmp_path / "m.onnx"), tmp_path / "o.tif")
    assert not (tmp_path / "o.tif").exists()


def test_an_input_that_nobody_takes_is_named(tmp_path, sar, optical):
    with pytest.raises(ModelError, match="no input 'sky'; it takes input"):
        restored(sar, two_band(tmp_path / "m.onnx"), tmp_path / "o.tif", inputs={"sky": ("x",)})
    with pytest.raises(InputError, match="takes one image"):
        restored(sar, "baseline:lee", tmp_path / "o.tif", inputs={"sky": ("x",)})


def test_too_few_dates_are_counted(tmp_path, dates):
    with pytest.raises(ModelError, match="takes 5 images as 'low', not 2"):
        restored(
            dates[0], finer(tmp_path / "m.onnx"), tmp_path / "o.tif",
            inputs={"low": (str(dates[1]),)},
        )  # fmt: skip


def test_an_input_on_other_ground_is_refused_unless_it_is_aligned(tmp_path, sar):
    shifted = TRANSFORM * Affine.translation(-4, -6) * Affine.scale(1.7)
    other = write_geotiff(tmp_path / "other.tif", textured(3, 70, 60, 1), transform=shifted)
    model, choice = sar_optical(tmp_path / "m.onnx"), {"inputs": {"optical": (str(other),)}}
    with pytest.raises(GridMismatchError, match=r"other.tif does not lie on sar.tif: .*--align"):
        restored(sar, model, tmp_path / "o.tif", **choice)
    whole = restored(sar, model, tmp_path / "o.tif", align=True, tile_px=128, **choice)
    tiled = restored(sar, model, tmp_path / "t.tif", align=True, **choice)
    assert np.abs(whole - tiled).max() <= AGREE * np.abs(whole).max()
    with rasterio.open(tmp_path / "o.tif") as dataset:
        assert "other.tif: resampled onto another grid" in dataset.tags()[ALIGNED_TAG]


def test_the_command_line_takes_images_by_role(tmp_path, sar, optical, capsys):
    model = sar_optical(tmp_path / "m.onnx")
    out = tmp_path / "o.tif"
    words = ["restore", str(sar), "--model", str(model), "--out", str(out)]
    assert main([*words, "--input", f"optical={optical}"]) == 0
    with rasterio.open(out) as dataset:
        command = dataset.tags()["SATSTUDIO_COMMAND"]
    assert f"--input optical={optical}" in command
    capsys.readouterr()
    assert main([*words, "--input", "optical", "--overwrite"]) == 2
    assert "give ROLE=PATH" in capsys.readouterr().err
    assert main(["restore", str(sar), "--model", str(model), "--input", f"optical={optical}",
                 "--out", str(optical), "--overwrite"]) == 2  # fmt: skip
    assert "optical.tif" in capsys.readouterr().err


# ------------------------------------------------------------------- where the result lies


def test_a_finer_result_has_finer_control_points(tmp_path):
    paths = [
        write_geotiff(tmp_path / f"d{n}.tif", textured(1, 40, 36, n), gcps=gcps(40, 36), nodata=-99)
        for n in range(DATES)
    ]
    model = finer(tmp_path / "m.onnx")
    restored(paths[0], model, tmp_path / "o.tif", inputs={"low": tuple(map(str, paths[1:]))})
    with closing(open_scene(paths[0])) as low, closing(open_scene(tmp_path / "o.tif")) as high:
        for one, three in zip(low.grid.gcps, high.grid.gcps, strict=True):
            assert (three.row, three.col) == pytest.approx((3 * one.row, 3 * one.col))
            assert (three.x, three.y) == (one.x, one.y)


def test_a_stack_of_dates_keeps_the_holes_of_each(tmp_path, dates):
    model = finer(tmp_path / "m.onnx")
    others = {"low": tuple(map(str, dates[1:]))}
    wanted = restored(dates[0], model, tmp_path / "files.tif", inputs=others)
    stack = "stack:" + "|".join(map(str, dates))
    np.testing.assert_array_equal(restored(stack, model, tmp_path / "stack.tif"), wanted)


def test_where_no_date_has_data_the_result_has_none(tmp_path):
    paths = []
    for number in range(DATES):
        values = textured(1, 30, 30, number)
        values[:, 4:9, 6:12] = -99
        values[:, number, 20] = -99
        paths.append(write_geotiff(tmp_path / f"d{number}.tif", values, nodata=-99))
    found = restored(
        paths[0], finer(tmp_path / "m.onnx"), tmp_path / "o.tif",
        inputs={"low": tuple(map(str, paths[1:]))},
    )[0]  # fmt: skip
    hole = np.zeros((90, 90), bool)
    hole[12:27, 18:36] = True
    np.testing.assert_array_equal(found == -99, hole)
