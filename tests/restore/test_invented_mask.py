"""What a model made up where no image shows the ground is told, on request, by a second file."""

import numpy as np
import pytest
import rasterio
from made import write_geotiff
from made_ports import DATES, finer

from satstudio.cli.main import main
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_scene


@pytest.fixture
def dates(tmp_path):
    """Five dates; one place is cloudy at all, another at some, as masks tell."""
    rng = np.random.default_rng(0)
    paths, masks = [], []
    for number in range(DATES):
        values = rng.standard_normal((1, 60, 41)).astype(np.float32)
        values[:, 50:, :] = -99
        clear = np.ones((1, 60, 41), np.uint8)
        clear[:, 4:9, 6:12] = 0
        clear[:, number, 20] = 0
        paths.append(write_geotiff(tmp_path / f"d{number}.tif", values, nodata=-99))
        masks.append(write_geotiff(tmp_path / f"m{number}.tif", clear))
    return paths, {"low": tuple(map(str, paths[1:])), "clear": tuple(map(str, masks))}


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(1), dataset.tags()


def invented():
    wanted = np.zeros((180, 123), np.uint8)
    wanted[12:27, 18:36] = 1
    wanted[150:] = 255
    return wanted


@pytest.mark.parametrize("tile", [None, 20])
def test_the_mask_is_one_where_no_date_is_clear_and_the_result_has_values_there(
    tmp_path, dates, tile
):
    paths, inputs = dates
    model = finer(tmp_path / "fills.onnx", fills_gaps=True)
    out, mask = tmp_path / "o.tif", tmp_path / "mask.tif"
    recipe = RestoreRecipe(inputs=inputs, tile_px=tile)
    restore_scene(paths[0], model, recipe, out, Progress(), invented_mask=mask)
    flags, tags = read(mask)
    np.testing.assert_array_equal(flags, invented())
    values, of_result = read(out)
    np.testing.assert_array_equal(values == -99, flags == 255)
    assert of_result["SATSTUDIO_RESTORED"] == "by fills.onnx"
    assert "1 invented" in tags["SATSTUDIO_CLASSES"]
    assert f"--invented-mask {mask}" in tags["SATSTUDIO_COMMAND"]


def test_a_model_that_fills_no_gaps_leaves_no_data_and_has_no_such_mask(tmp_path, dates):
    paths, inputs = dates
    model, recipe = finer(tmp_path / "plain.onnx"), RestoreRecipe(inputs=inputs)
    out, mask = tmp_path / "o.tif", tmp_path / "mask.tif"
    with pytest.raises(InputError, match=r"plain.onnx gives no values where no image shows"):
        restore_scene(paths[0], model, recipe, out, Progress(), invented_mask=mask)
    assert not out.exists()
    assert not mask.exists()
    restore_scene(paths[0], model, recipe, out, Progress())
    np.testing.assert_array_equal(read(out)[0] == -99, invented() > 0)


def test_the_command_line_writes_both_files_under_two_names(tmp_path, dates, capsys):
    paths, inputs = dates
    model, out = finer(tmp_path / "m.onnx", fills_gaps=True), tmp_path / "o.tif"
    words = ["restore", str(paths[0]), "--model", str(model), "--out", str(out)]
    for role, files in inputs.items():
        words += [word for file in files for word in ("--input", f"{role}={file}")]
    assert main([*words, "--invented-mask", str(out)]) == 2
    assert "give the mask another name" in capsys.readouterr().err
    assert main([*words, "--invented-mask", str(tmp_path / "i.tif")]) == 0
    np.testing.assert_array_equal(read(tmp_path / "i.tif")[0], invented())


def test_gaps_are_filled_no_further_than_a_network_sees(tmp_path):
    """Without masks of their own; beyond the halo of 4 px lies nothing that it knows."""
    paths = []
    for number in range(DATES):
        values = np.random.default_rng(number).standard_normal((1, 60, 41)).astype(np.float32)
        values[:, 10:40, 10:20] = values[:, 55:, :] = -99
        paths.append(write_geotiff(tmp_path / f"d{number}.tif", values, nodata=-99))
    model = finer(tmp_path / "m.onnx", fills_gaps=True)
    recipes = [RestoreRecipe(inputs={"low": tuple(map(str, paths[1:]))}, tile_px=tile)
               for tile in (None, 20)]  # fmt: skip
    wanted = np.ones((60, 41), bool)
    wanted[14:36, 14:16] = wanted[59:, :] = False
    for recipe in recipes:
        out = tmp_path / "o.tif"
        restore_scene(paths[0], model, recipe, out, Progress(), overwrite=True)
        fine = np.repeat(np.repeat(wanted, 3, axis=0), 3, axis=1)
        np.testing.assert_array_equal(read(out)[0] != -99, fine)
