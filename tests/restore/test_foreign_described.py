"""A copy of a foreign file, with a card, restores scenes as the file itself answers."""

import numpy as np
import onnx
import pytest
import rasterio
from made import write_geotiff
from made_foreign import MEAN, STD, blurred, foreign, kernel

from satstudio.cli.main import main
from satstudio.core.errors import CheckFailedError, ExistsError, InputError, ModelError
from satstudio.core.files.replacing import sha256_of
from satstudio.core.progress import Progress
from satstudio.restore.foreign import describe as module
from satstudio.restore.foreign.describe import describe_model
from satstudio.restore.foreign.description import Description
from satstudio.restore.models.model_file import ModelFile, read_card
from satstudio.restore.models.weights_hash import weights_sha256
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

ROWS, COLS = 150, 131
AGREE = 1e-5


def described(path, out, scene="", *, overwrite=False, **said):
    return describe_model(path, Description(**said), scene, out, Progress(), overwrite)


def restored(scene, model, out, **choices):
    restore_scene(scene, model, RestoreRecipe(**choices), out, Progress(), overwrite=True)
    with rasterio.open(out) as dataset:
        return dataset.read().astype(np.float64)


@pytest.fixture
def pixels():
    rng = np.random.default_rng(3)
    row, col = np.mgrid[:ROWS, :COLS]
    waves = 90 + 60 * np.sin(row / 9) * np.cos(col / 7)
    return np.clip(waves + 30 * rng.standard_normal((3, ROWS, COLS)), 0, 255).astype(np.uint8)


@pytest.fixture
def scene(tmp_path, pixels):
    return write_geotiff(tmp_path / "scene.tif", pixels)


def largest_difference(made, wanted):
    return np.abs(made - wanted).max() / np.abs(wanted).max()


@pytest.mark.parametrize(("kind", "side"), [
    ("plain", None), ("plain", 64), ("nhwc", None), ("nhwc", 64), ("valid", None), ("valid", 64),
])  # fmt: skip
def test_the_copy_restores_a_scene_as_the_network_does(tmp_path, scene, pixels, kind, side):
    path, out = foreign(tmp_path / "theirs.onnx", kind, side=side), tmp_path / "copy.onnx"
    before = sha256_of(path)
    described(path, out, str(scene), licence="theirs")
    assert sha256_of(path) == before
    made = restored(scene, out, tmp_path / "made.tif")
    assert largest_difference(made, blurred(pixels)) < AGREE
    tiled = restored(scene, out, tmp_path / "tiled.tif", tile_px=None if side else 48)
    assert largest_difference(tiled, made) < AGREE


def test_the_card_says_what_was_found_and_where_it_comes_from(tmp_path, scene):
    path, out = foreign(tmp_path / "theirs.onnx", "nhwc"), tmp_path / "copy.onnx"
    found = described(path, out, str(scene), task="translate", licence="CC0", tile_px=100)
    card = read_card(out)
    assert (card.task, card.method, card.licence) == ("translate", "foreign", "CC0")
    assert (card.tile_px, card.halo_px, card.size_multiple) == (100, found.halo_px, 1)
    assert card.converted_from_sha256 == sha256_of(path)
    assert card.weights_sha256 == weights_sha256(onnx.load(path))
    assert card.scaling.gain == pytest.approx(1 / 255)
    assert "the middle of scene.tif" in card.notes
    weights = {each.name: each for each in onnx.load(out).graph.initializer}
    assert np.array_equal(onnx.numpy_helper.to_array(weights["k"]), kernel(3))
    assert ModelFile.load(out).inputs["input"].shape == (1, 3, None, None)


def test_twice_as_many_pixels_come_out_on_a_finer_grid(tmp_path, scene, pixels):
    path, out = foreign(tmp_path / "theirs.onnx", "double"), tmp_path / "copy.onnx"
    described(path, out, str(scene))
    assert read_card(out).ratio == 2
    made = restored(scene, out, tmp_path / "made.tif")
    wanted = blurred(pixels).repeat(2, axis=1).repeat(2, axis=2)
    assert largest_difference(made, wanted) < AGREE


def test_half_as_many_pixels_come_out_on_a_coarser_grid(tmp_path, scene, pixels):
    path, out = foreign(tmp_path / "theirs.onnx", "halved"), tmp_path / "copy.onnx"
    described(path, out, str(scene), tile_px=36)
    made = restored(scene, out, tmp_path / "made.tif")
    whole = pixels[:, :, : COLS // 2 * 2].astype(np.float64)
    wanted = whole.reshape(3, ROWS // 2, 2, COLS // 2, 2).mean(axis=(2, 4))
    assert largest_difference(made[:, :, : COLS // 2], wanted) < AGREE


def test_a_mean_and_deviation_a_band_lie_in_the_copy(tmp_path, scene, pixels):
    path, out = foreign(tmp_path / "theirs.onnx"), tmp_path / "copy.onnx"
    found = described(path, out, str(scene), mean=MEAN, std=STD, undo="all")
    assert (found.mean, found.undo) == (MEAN, "all")
    made = restored(scene, out, tmp_path / "made.tif")
    assert largest_difference(made, blurred(pixels)) < AGREE  # a blur of 1 in all undoes itself
    raw = tmp_path / "raw.onnx"
    described(path, raw, str(scene), mean=MEAN, std=STD, undo="none")
    made = restored(scene, raw, tmp_path / "raw.tif")
    mean, std = (np.array(each)[:, None, None] for each in (MEAN, STD))
    assert largest_difference(made, (blurred(pixels) / 255 - mean) / std) < AGREE


def test_one_mean_for_all_bands_is_the_cards_scaling(tmp_path, scene, pixels):
    path, out = foreign(tmp_path / "theirs.onnx"), tmp_path / "copy.onnx"
    described(path, out, str(scene), mean=(0.5,), std=(0.5,), undo="all")
    assert (read_card(out).scaling.gain, read_card(out).scaling.offset) == (
        pytest.approx(2 / 255),
        pytest.approx(-1),
    )
    assert len(onnx.load(out).graph.node) == 3  # the network, a name before and one after
    made = restored(scene, out, tmp_path / "made.tif")
    assert largest_difference(made, blurred(pixels)) < AGREE


def test_a_network_of_whole_numbers_and_one_of_half_precision(tmp_path, scene, pixels):
    path, out = foreign(tmp_path / "bytes.onnx", "bytes"), tmp_path / "bytes_copy.onnx"
    described(path, out, str(scene))
    made = restored(scene, out, tmp_path / "made.tif")
    assert np.abs(made - np.floor(blurred(pixels) + 1e-4)).max() <= 1
    path, out = foreign(tmp_path / "half.onnx", "half"), tmp_path / "half_copy.onnx"
    described(path, out, str(scene))
    made = restored(scene, out, tmp_path / "made.tif")
    assert largest_difference(made, blurred(pixels)) < 3e-3  # of 11 bits


def test_a_network_that_looks_over_whole_tiles_blends_them(tmp_path, scene):
    path, out = foreign(tmp_path / "theirs.onnx", "normed"), tmp_path / "copy.onnx"
    described(path, out, str(scene))
    card = read_card(out)
    assert (card.blending, card.test_time) == ("weighted", "tile_statistics")
    assert np.isfinite(restored(scene, out, tmp_path / "made.tif", tile_px=64, halo_px=16)).all()


def test_nothing_is_replaced_unasked_and_the_file_itself_never(tmp_path):
    path, out = foreign(tmp_path / "theirs.onnx"), tmp_path / "copy.onnx"
    with pytest.raises(InputError, match="is an input itself"):
        described(path, path, overwrite=True)
    out.write_text("mine")
    with pytest.raises(ExistsError):
        described(path, out)
    assert out.read_text() == "mine"
    described(path, out, overwrite=True)
    with pytest.raises(ModelError, match="has a card already"):
        described(out, tmp_path / "again.onnx")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy.onnx", "theirs.onnx"]


def test_a_copy_that_answers_otherwise_is_not_kept(tmp_path, monkeypatch):
    path, out = foreign(tmp_path / "theirs.onnx"), tmp_path / "copy.onnx"
    right = module.normalised

    def wrong(net, found):
        model = right(net, found)
        model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(kernel(3) * 2, "k"))
        return model

    monkeypatch.setattr(module, "normalised", wrong)
    with pytest.raises(CheckFailedError, match="the copy differs"):
        described(path, out)
    assert [each.name for each in tmp_path.iterdir()] == ["theirs.onnx"]


def test_the_command_says_what_it_found_and_writes_the_copy(tmp_path, capsys):
    path, out = foreign(tmp_path / "theirs.onnx", "nhwc"), tmp_path / "copy.onnx"
    words = ["models", "describe", path, "--out", out, "--set", "top=255", "--set", "task=restore"]
    assert main([str(word) for word in words]) == 0
    said = capsys.readouterr().out
    assert "Layout                 nhwc" in said
    assert "Halo (px)              2" in said
    assert read_card(out).takes == "image"
    words[-1] = "task=No Task"
    assert main([str(word) for word in words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_names_of_bands_do_not_fit_is_said(tmp_path):
    path, out = foreign(tmp_path / "theirs.onnx"), tmp_path / "copy.onnx"
    with pytest.raises(ModelError, match=r"gives 3 band\(s\); 1 names are given"):
        described(path, out, names=("one",))
    with pytest.raises(ModelError, match=r"takes 3 band\(s\); 2 means are given"):
        described(path, out, mean=(0.1, 0.2), std=(1, 1))
    described(path, out, band_names=("red", "green", "blue"))
    assert read_card(out).outputs[0].bands == ("red", "green", "blue")
