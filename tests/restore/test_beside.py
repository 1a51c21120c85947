"""What stands beside a preview, and what is said of the images before the start."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from made import TRANSFORM, write_geotiff
from made_ports import finer, sar_optical
from rasterio.transform import Affine

from satstudio.core.errors import ModelError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.restore.by_role.image_checks import input_findings
from satstudio.restore.open_engine import card_for
from satstudio.restore.previews import Previews
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.whole_scene import restore_raster
from satstudio.scenes.scene import open_scene

WINDOW = Window(4, 6, 20, 30)
DAYS = ("2024-05-01", "2024-05-11", "2024-05-31", "2024-06-10", "2024-06-20")


def noise(bands, rows, cols, seed=0):
    return np.random.default_rng(seed).uniform(0.1, 0.4, (bands, rows, cols)).astype(np.float32)


@pytest.fixture
def dates(tmp_path):
    return [
        str(write_geotiff(tmp_path / f"s2_{day}.tif", noise(1, 40, 50, number)))
        for number, day in enumerate(DAYS)
    ]


@pytest.fixture
def previews(tmp_path):
    (tmp_path / "previews").mkdir()
    with closing(Previews(tmp_path / "previews")) as made:
        yield made


def found(answer):
    with np.load(Path(answer["path"])) as made:
        return {name: made[name] for name in made}


def findings(model, first, **choices):
    recipe = RestoreRecipe(**choices)
    with closing(open_scene(first)) as scene:
        card = card_for(model, scene, recipe)
        made = input_findings(card, Path(model).name, scene, recipe)
    return {
        state: [one.text for one in made if one.state == state]
        for state in ("good", "remark", "bad")
    }


def test_beside_stand_the_scene_an_image_and_a_baseline_of_the_same_images(
    previews, dates, tmp_path
):
    model = str(finer(tmp_path / "m.onnx"))
    recipe = RestoreRecipe(inputs={"low": tuple(dates[1:])}, window=WINDOW)
    common = {"address": dates[0], "model": model, "recipe": recipe, "progress": Progress()}
    images = [noise(1, 40, 50, number)[:, *WINDOW.slices] for number in range(5)]
    np.testing.assert_array_equal(
        found(previews.beside(what="scene", **common))["pixels"], images[0]
    )
    np.testing.assert_array_equal(
        found(previews.beside(what="low 3", **common))["pixels"], images[3]
    )
    mean = found(previews.beside(what="baseline:registered_mean", **common))
    own = RestoreRecipe(inputs=recipe.inputs, window=WINDOW, own={"factor": "3"})
    with closing(open_scene(dates[0])) as scene:
        wanted = restore_raster(scene, "baseline:registered_mean", own)
    np.testing.assert_array_equal(mean["pixels"], wanted.pixels)
    with pytest.raises(ModelError, match="mosaic is no baseline of what made restores"):
        previews.beside(what="baseline:mosaic", **common)


def test_a_preview_of_what_fills_gaps_tells_where_it_invents(previews, tmp_path):
    paths = []
    for number, day in enumerate(DAYS):
        values = noise(1, 40, 50, number)
        values[:, 10:14, 10:20] = -99
        paths.append(str(write_geotiff(tmp_path / f"h_{day}.tif", values, nodata=-99)))
    model = str(finer(tmp_path / "m.onnx", fills_gaps=True))
    recipe = RestoreRecipe(inputs={"low": tuple(paths[1:])}, window=WINDOW)
    made = found(previews.preview(paths[0], model, recipe, Progress()))
    wanted = np.zeros((60, 90), bool)
    wanted[18:30, 12:42] = True
    np.testing.assert_array_equal(made["invented"], wanted)
    assert made["valid"].all()


def test_images_that_fit_are_described_in_sentences(dates, tmp_path):
    said = findings("baseline:mosaic", dates[0], inputs={"optical": tuple(dates[1:3])})
    assert said["bad"] == []
    assert said["good"] == [
        "optical: 3 images, 1 band each, reflectance.",
        "optical: on the ground and grid of s2_2024-05-01.tif.",
        "optical: 2024-05-01, 2024-05-11, 2024-05-31.",
        "optical_mask: none is given; where 'optical' has data counts as clear.",
    ]


def test_each_image_that_does_not_fit_is_named_not_only_the_first(dates, tmp_path):
    apart = TRANSFORM * Affine.translation(-4, -6)
    moved = str(write_geotiff(tmp_path / "moved.tif", noise(1, 40, 50), transform=apart))
    two = str(write_geotiff(tmp_path / "two.tif", noise(2, 40, 50)))
    plain = str(write_geotiff(tmp_path / "undated.tif", noise(1, 40, 50)))
    inputs = {"optical": (moved, plain), "optical_mask": (two, "missing.tif")}
    said = findings("baseline:mosaic", dates[0], inputs=inputs)
    assert any(
        text.startswith("moved.tif does not lie on s2_2024-05-01.tif") for text in said["bad"]
    )
    assert any("missing.tif" in text for text in said["bad"])
    assert "optical: 2 of 3 images say no date." in said["remark"]
    said = findings("baseline:mosaic", dates[0], inputs={"optical": (moved,)}, align=True)
    assert any("moved.tif is resampled onto the grid" in text for text in said["remark"])
    assert not said["bad"]


def test_dates_that_do_not_rise_are_told_of_a_network_not_of_a_rule(dates, tmp_path):
    inputs = {"low": (dates[2], dates[1], dates[3], dates[4])}
    model = str(finer(tmp_path / "m.onnx"))
    wanted = "low: dates do not rise; a model may take the order for time."
    assert wanted in findings(model, dates[0], inputs=inputs)["remark"]
    inputs["low"] = tuple(dates[1:])
    assert wanted not in findings(model, dates[0], inputs=inputs)["remark"]


def test_a_second_sensor_is_told_by_bands_quantity_and_days_apart(tmp_path):
    sar = write_geotiff(tmp_path / "s1_2024-05-03.tif", noise(2, 40, 50))
    coarse = TRANSFORM * Affine.scale(2)
    optical = str(
        write_geotiff(
            tmp_path / "s2_2024-07-01.tif", noise(3, 20, 25), transform=coarse,
            tags={"SATSTUDIO_QUANTITY": "reflectance"},
        )
    )  # fmt: skip
    model = sar_optical(tmp_path / "m.onnx")
    said = findings(str(model), sar, inputs={"optical": (optical,)})
    assert "optical: 1 image, 3 bands, reflectance." in said["good"]
    assert "optical: 2024-07-01, 59 days from the scene." in said["remark"]
    assert findings(str(model), sar)["bad"] == ["optical: choose an image."]
    wrong = findings(str(model), sar, inputs={"optical": (str(sar),)})
    assert any("as 'optical', takes 3 band(s); 2 of" in text for text in wrong["bad"])


def test_masks_in_another_order_than_the_images_are_told(dates, tmp_path):
    masks = [
        str(write_geotiff(tmp_path / f"clear_{day}.tif", np.ones((1, 40, 50), np.uint8)))
        for day in DAYS[:3]
    ]
    inputs = {"optical": tuple(dates[1:3]), "optical_mask": (masks[1], masks[0], masks[2])}
    said = findings("baseline:mosaic", dates[0], inputs=inputs)
    assert said["remark"] == [
        "optical_mask 1 is of 2024-05-11, but image 1 of 'optical' of 2024-05-01: give the masks "
        "in the order of the images."
    ]
    assert not findings(
        "baseline:mosaic", dates[0], inputs=inputs | {"optical_mask": tuple(masks)}
    )["remark"]
