"""The model of nebulae that comes with the program: on made images above both baselines."""

from contextlib import closing

import numpy as np
import pytest
from made import write_geotiff

from satstudio.core.paths import resources_folder
from satstudio.pixels.colour_table import fit_colour_table
from satstudio.pixels.luminance import grey
from satstudio.pixels.synthetic.nebulae import nebulae
from satstudio.restore.models.model_file import read_card
from satstudio.restore.whole_scene import RestoreRecipe, restore_raster
from satstudio.scenes.scene import open_scene

MODEL = resources_folder() / "models/colour_nebula.onnx"
NOT_LEARNT = 9_000_000
"""Seeds from here on: those of the training are drawn below 2^63, and none of them is so small."""


def psnr(estimate, reference):
    return -10 * np.log10(np.mean(np.square(estimate - reference, dtype=np.float64)))


def restored(path, **choices):
    with closing(open_scene(path)) as scene:
        return restore_raster(scene, MODEL, RestoreRecipe(**choices)).pixels


def written(path, image):
    """A grey picture of 8 bits."""
    return write_geotiff(path, np.round(255 * image).astype(np.uint8))


def test_on_pictures_of_8_bits_it_is_above_the_copied_grey_and_the_table(tmp_path):
    learnt = np.stack([nebulae(NOT_LEARNT + 1000 + seed, 96) for seed in range(150)])
    table = fit_colour_table(grey(learnt), learnt)
    gains = []
    for seed in range(24):
        colour = nebulae(NOT_LEARNT + seed, 96)
        given = grey(colour)
        made = restored(written(tmp_path / f"{seed}.tif", given[0:1])) / 255
        rivals = np.repeat(given, 3, axis=0), table.apply(given)
        gains.append([psnr(np.clip(made, 0, 1), colour) - psnr(each, colour) for each in rivals])
    over_copy, over_table = np.mean(gains, axis=0)
    assert over_copy > 3
    assert over_table > 1


def test_any_tile_size_gives_the_same_colours(tmp_path):
    path = written(tmp_path / "scene.tif", grey(nebulae(NOT_LEARNT, 420))[0:1])
    whole, tiled = restored(path, tile_px=640), restored(path, tile_px=256)
    assert np.abs(tiled - whole).max() <= 1e-5 * np.abs(whole).max()


def test_its_card_says_what_it_is_worth_and_where_it_is_not():
    card = read_card(MODEL)
    assert MODEL.stat().st_size < 5_000_000
    assert (card.task, card.method, card.bands_in, card.bands_out) == ("translate", "pix2pix", 1, 3)
    assert card.scaling.ends == pytest.approx((0, 255))
    assert "On made images of other seeds" in card.notes
    assert "Tried on real colour images" in card.notes
    assert "weakest" in card.notes
