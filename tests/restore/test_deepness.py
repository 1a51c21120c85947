"""Metadata of the QGIS plug-in Deepness: read as its own reader does, written where they are true.

The plug-in's documentation (PUTvision/qgis-plugin-deepness, docs/source/creators) names the keys
and what models must be; `Plugin` below reads a file by these rules.
"""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import rasterio
from made import write_geotiff
from made_foreign import MEAN, STD, blurred, deepness, foreign
from made_models import made_model, made_restorer, restorer_card

from satstudio.cli.main import main
from satstudio.core.errors import ExistsError, ModelError
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.restore.foreign.deepness_copy import copy_for_deepness
from satstudio.restore.models.deepness_card import metadata_with_deepness
from satstudio.restore.models.model_file import ModelFile, read_card
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

ROWS, COLS = 90, 101
AGREE = 1e-5
CLASSES = ("Segmentor", "Regressor", "Detector", "Superresolution")


class Plugin:
    """Loads a file as the plug-in's window does, and runs one tile of 8-bit values."""

    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        (self.input,) = self.session.get_inputs()  # "every model should have one input"
        batch, self.bands, rows, cols = self.input.shape
        assert batch == 1 or isinstance(batch, str)
        assert rows == cols
        self.tile = int(rows)  # its number field takes no name of a free side
        for output in self.session.get_outputs():
            assert output.shape[2] == output.shape[3]
        meta = self.session.get_modelmeta().custom_metadata_map
        assert json.loads(meta["model_type"]).capitalize() in CLASSES
        self.kind = json.loads(meta["model_type"])
        assert int(json.loads(meta["tile_size"])) == int(json.loads(meta["tiles_size"]))
        self.overlap = int(json.loads(meta["tiles_overlap"]))
        self.mean, self.std = (
            np.array([float(x) for x in json.loads(meta[f"standardization_{name}"])])
            for name in ("mean", "std")
        )
        self.scaling = float(json.loads(meta.get("reg_output_scaling", "1")))
        self.resolution = float(json.loads(meta["resolution"])) if "resolution" in meta else None

    def run(self, tile):
        """(rows, cols, bands) uint8 -> (bands, rows, cols)."""
        batch = np.float32(tile[None] * 1.0 / 255.0)
        batch = ((batch - self.mean) / self.std).astype(np.float32).transpose(0, 3, 1, 2)
        return self.session.run(None, {self.input.name: batch})[0][0] * self.scaling


def restored(scene, model, out):
    restore_scene(scene, model, RestoreRecipe(), out, Progress())
    with rasterio.open(out) as dataset:
        return dataset.read().astype(np.float64)


def difference(made, wanted):
    return np.abs(made - wanted).max() / np.abs(wanted).max()


def standard(mean, std):
    return deepness(tile_size=64, standardization_mean=mean, standardization_std=std)


@pytest.fixture
def pixels():
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (3, ROWS, COLS)).astype(np.uint8)


@pytest.fixture
def scene(tmp_path, pixels):
    return write_geotiff(tmp_path / "scene.tif", pixels)


# ---------------------------------------------------------------------------------- reading


def test_a_file_with_its_metadata_restores_a_scene(tmp_path, scene, pixels):
    metadata = deepness(model_type="Regressor", tile_size=64, tiles_overlap=20,
                        reg_output_scaling=255.0, resolution=50)  # fmt: skip
    path = foreign(tmp_path / "theirs.onnx", side=64, metadata=metadata)
    card = read_card(path)
    assert (card.task, card.tile_px, card.halo_px) == ("regress", 64, 6)
    assert card.pixel_size_m == (0.5, 0.5)
    made = restored(scene, path, tmp_path / "made.tif")
    assert difference(made, blurred(pixels)) < AGREE


def test_the_command_shows_its_card(tmp_path, capsys):
    metadata = deepness(model_type="Regressor", tile_size=64)
    path = foreign(tmp_path / "theirs.onnx", metadata=metadata)
    assert main(["card", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["method"] == "deepness"


def test_a_mean_and_deviation_a_band_are_applied(tmp_path, scene, pixels):
    metadata = deepness(model_type="Regressor", standardization_mean=MEAN, standardization_std=STD)
    path = foreign(tmp_path / "theirs.onnx", side=64, metadata=metadata)
    mean, std = (np.array(each)[:, None, None] for each in (MEAN, STD))
    made = restored(scene, path, tmp_path / "made.tif")
    assert difference(made, (blurred(pixels) / 255 - mean) / std) < AGREE


def test_a_superresolution_gives_an_image_on_a_finer_grid(tmp_path, scene, pixels):
    metadata = deepness(model_type="Superresolution", tiles_overlap=20)
    path = foreign(tmp_path / "theirs.onnx", "double", side=64, metadata=metadata)
    made = restored(scene, path, tmp_path / "made.tif")
    assert difference(made, blurred(pixels).repeat(2, axis=1).repeat(2, axis=2)) < AGREE


@pytest.mark.parametrize("names", [
    '{"0": "water", "2": "field", "1": "wood"}', "{0: 'water', 1: 'wood', 2: 'field'}",
    '[{"0": "water", "1": "wood", "2": "field"}, {"0": "other"}]',
])  # fmt: skip
def test_the_classes_of_a_segmentor_name_its_bands(tmp_path, names):
    metadata = {**deepness(model_type="segmentor", tiles_size=64), "class_names": names}
    card = read_card(foreign(tmp_path / "theirs.onnx", metadata=metadata))
    assert (card.task, card.tile_px) == ("segment", 64)
    assert card.outputs[0].bands == ("water", "wood", "field")
    assert card.outputs[0].quantity == "dn"


@pytest.mark.parametrize(("metadata", "why"), [
    (deepness(model_type="Detector"), "gives no image"),
    (deepness(model_type="Painter", tile_size=64), "are damaged"),
    ({"model_type": "Regressor"}, "model_type is no JSON"),
    (deepness(model_type="Regressor"), "does not say the size of its tiles"),
    (deepness(model_type="Superresolution", tile_size=64), "how much it enlarges"),
    (deepness(model_type="Regressor", tile_size=-4), "are damaged"),
    (standard([0.5], [0.5]), "1 means for 3"),
    (standard([0.5] * 3, [0] * 3), "above 0"),
    (deepness(model_type="Regressor", tile_size=64, reg_output_scaling=-1), "are damaged"),
    ({**deepness(model_type="Segmentor", tile_size=64), "class_names": "__import__('os')"},
     "no table of names"),
])  # fmt: skip
def test_metadata_that_leave_something_open_or_are_damaged_are_refused(tmp_path, metadata, why):
    path = foreign(tmp_path / "theirs.onnx", metadata=metadata)
    with pytest.raises(ModelError, match=why) as error:
        read_card(path)
    assert "theirs.onnx" in str(error.value)


def test_a_file_without_metadata_is_to_be_described(tmp_path):
    with pytest.raises(ModelError, match=r"without a satstudio card.*models describe"):
        read_card(foreign(tmp_path / "theirs.onnx"))
    with pytest.raises(ModelError, match="without a satstudio card"):
        read_card(foreign(tmp_path / "yolo.onnx", metadata={"names": "{0: 'a'}", "task": "detect"}))


# ---------------------------------------------------------------------------------- writing


def test_the_keys_feed_the_plug_in_what_the_card_feeds(tmp_path, pixels):
    path = made_restorer(tmp_path / "ours.onnx", "blur")  # gain 0.5, offset 0.25
    card = read_card(path)
    metadata = metadata_with_deepness(card)
    mean, std = (json.loads(metadata[f"standardization_{name}"])[0] for name in ("mean", "std"))
    values = pixels[0].astype(np.float64)
    fed = (values / 255 - mean) / std
    assert np.allclose(fed, values * card.scaling.gain + card.scaling.offset)
    assert json.loads(metadata["model_type"]) == "Regressor"
    assert "reg_output_scaling" not in metadata  # its answers have an offset
    assert "plus 0.25" in metadata["notes"]
    assert json.loads(metadata["tiles_overlap"]) == 13  # 2 px on each side of 32


@pytest.mark.parametrize(("change", "why"), [
    ({"scaling": Scaling(kind="log_amplitude", eps=1.0)}, "its answer is a logarithm"),
    ({"scale": 1.5}, "enlarges by whole numbers, not 3/2"),
    ({"takes": "pair"}, "takes one image, this model several"),
])  # fmt: skip
def test_where_they_would_not_be_true_the_card_says_why(change, why):
    metadata = metadata_with_deepness(restorer_card("blur", **change))
    assert "model_type" not in metadata
    assert "Deepness cannot run it: " in metadata["notes"]
    assert why in metadata["notes"]


def test_noise_and_complex_samples_are_not_for_it(tmp_path):
    for path, why in (
        (made_model(tmp_path / "generator.onnx"), "it takes noise"),
        (made_restorer(tmp_path / "complex.onnx", "complex_blur"), "real 8-bit values"),
    ):
        assert why in metadata_with_deepness(read_card(path))["notes"]
        with pytest.raises(ModelError, match=why):
            copy_for_deepness(path, tmp_path / "copy.onnx", Progress())
    assert not (tmp_path / "copy.onnx").exists()


@pytest.mark.parametrize(("name", "bands"), [("blur", 1), ("deep", 3)])
def test_the_copy_loads_in_the_plug_in_and_gives_the_same_values(tmp_path, pixels, name, bands):
    path = made_restorer(tmp_path / "ours.onnx", name, bands)
    copy = tmp_path / "copy.onnx"
    copy_for_deepness(path, copy, Progress())
    plugin = Plugin(copy)
    assert plugin.kind == ("Regressor" if bands == 1 else "Superresolution")
    side = plugin.tile
    tile = pixels[:bands, :side, :side]
    scene = write_geotiff(tmp_path / "tile.tif", pixels[:bands])
    ours = restored(scene, path, tmp_path / "ours.tif")
    halo = read_card(path).halo_px
    inside = np.s_[:, halo : side - halo, halo : side - halo]
    made = plugin.run(tile.transpose(1, 2, 0))
    assert difference(made[inside], ours[:, :side, :side][inside]) < AGREE
    again = restored(scene, copy, tmp_path / "again.tif")
    assert difference(again, ours) < AGREE


def test_an_exported_file_whose_sides_are_free_needs_the_copy(tmp_path):
    path = made_restorer(tmp_path / "ours.onnx", "blur")
    with pytest.raises((ValueError, AssertionError)):
        Plugin(path)


def test_the_command_copies_and_replaces_nothing(tmp_path, capsys):
    path, out = made_restorer(tmp_path / "ours.onnx", "blur"), tmp_path / "copy.onnx"
    words = ["models", "deepness", str(path), "--out", str(out)]
    assert main([*words, "--json"]) == 0
    assert json.loads(json.loads(capsys.readouterr().out)["model_type"]) == "Regressor"
    with pytest.raises(ExistsError):
        copy_for_deepness(path, out, Progress())
    assert main(words) == 2
    assert ModelFile.load(out).card.tile_px == 32
    assert onnx.load(out).graph.input[0].type.tensor_type.shape.dim[2].dim_value == 32
