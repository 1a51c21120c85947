"""Exported files carry what the QGIS plug-in Deepness reads of them, where it is true."""

import json

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.learn.export.onnx_export import write_model
from satstudio.learn.method import METHODS, Exportable, ImageUse
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.restore.foreign.deepness_copy import copy_for_deepness
from satstudio.restore.foreign.description import Description
from satstudio.restore.foreign.trial import try_model
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import ModelFile, read_card

FITTED = Scaling(kind="linear", gain=0.02, offset=-1.7)
"""As `fit_scaling` gives it: mean 0, standard deviation 1."""


def exported(path, bands_out=3, scaling=FITTED, **ports):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, bands_out, 1))
    net.eval()

    def reference(image):
        with torch.no_grad():
            return net(torch.from_numpy(image)).numpy()

    first = BoundPort(
        role="input", bands=3, dtype="float32", scaling=scaling, pixel_size_m=(10, 10), **ports
    )
    card = ModelCard(
        task="translate",
        method="made",
        inputs=(first,),
        outputs=(first.changed(role="target", bands=bands_out),),
        tile_px=32,
        halo_px=1,
        version=VERSION,
    )
    return write_model(
        Exportable(net, reference, image=ImageUse("translate", 32, 1, 1)), card, path, Progress()
    )


def test_the_keys_stand_beside_the_card(tmp_path):
    path = exported(tmp_path / "made.onnx")
    found = {item.key: item.value for item in onnx.load(path).metadata_props}
    assert json.loads(found["model_type"]) == "Superresolution"  # the one class of several bands
    assert json.loads(found["tile_size"]) == 32
    assert json.loads(found["tiles_overlap"]) == 0
    assert json.loads(found["resolution"]) == 1000
    mean, std = (np.array(json.loads(found[f"standardization_{n}"])) for n in ("mean", "std"))
    value = np.arange(256)[:, None]
    assert np.allclose((value / 255 - mean) / std, value * FITTED.gain + FITTED.offset)
    card = read_card(path)
    assert (card.task, card.scaling) == ("translate", FITTED)
    assert "Deepness" in card.notes
    one = exported(tmp_path / "one.onnx", bands_out=1)
    found = {item.key: item.value for item in onnx.load(one).metadata_props}
    assert json.loads(found["model_type"]) == "Regressor"
    assert json.loads(found["tiles_overlap"]) == 7


def test_an_export_becomes_a_file_of_one_size_that_gives_values(tmp_path):
    path, copy = exported(tmp_path / "made.onnx"), tmp_path / "copy.onnx"
    copy_for_deepness(path, copy, Progress())
    net = ModelFile.load(copy)
    assert net.inputs["input"].shape == (1, 3, 32, 32)
    assert next(iter(net.outputs.values())).shape == (1, 3, 32, 32)
    values = np.random.default_rng(0).integers(0, 256, (1, 3, 32, 32)).astype(np.float32)
    ours = ModelFile.load(path).run(values * np.float32(FITTED.gain) + np.float32(FITTED.offset))
    wanted = (ours - FITTED.offset) / FITTED.gain
    assert np.allclose(net.run(values / 255), wanted, rtol=1e-5, atol=1e-3)


def test_a_network_of_minus_one_to_one_is_fed_so(tmp_path):
    tanh = Scaling.of_range(0, 255)
    path, copy = exported(tmp_path / "made.onnx", scaling=tanh), tmp_path / "copy.onnx"
    found = {item.key: item.value for item in onnx.load(path).metadata_props}
    assert json.loads(found["standardization_mean"]) == pytest.approx([0.5] * 3)
    assert json.loads(found["standardization_std"]) == pytest.approx([0.5] * 3)
    copy_for_deepness(path, copy, Progress())
    assert read_card(copy).outputs[0].scaling == Scaling(kind="linear")


@pytest.mark.parametrize("quantity", ["", "reflectance"])
def test_what_the_values_are_stays_in_the_card(tmp_path, quantity):
    copy = tmp_path / "copy.onnx"
    copy_for_deepness(exported(tmp_path / "made.onnx", quantity=quantity), copy, Progress())
    assert read_card(copy).quantity == quantity


@pytest.mark.parametrize("name", ["pix2pix", "cyclegan"])
def test_a_network_of_image_translation_loads_there_and_is_found_when_its_card_is_lost(
    tmp_path, name
):
    """Both roads of a model between programs: out with the copy, back in by a trial."""
    tanh = Scaling.of_range(0, 255)
    ports = tuple(
        BoundPort(role=role, bands=3, dtype="float32", scaling=tanh) for role in ("input", "target")
    )
    recipe = TrainRecipe(method=name, preset="tiny", threads=1)
    method = METHODS[name].make(recipe.chosen(), ports, 0, torch.device("cpu"))
    ready = method.exportable()
    use = ready.image
    card = ModelCard(
        task=use.task, method=name, inputs=ports[:1], outputs=ports[1:], tile_px=use.tile_px,
        halo_px=use.halo_px, size_multiple=use.size_multiple, blending=use.blending,
        test_time=use.test_time, version=VERSION,
    )  # fmt: skip
    path = write_model(ready, card, tmp_path / "made.onnx", Progress())
    copy = tmp_path / "copy.onnx"
    copy_for_deepness(path, copy, Progress())
    assert ModelFile.load(copy).inputs["input"].shape == (1, 3, use.tile_px, use.tile_px)
    lost = tmp_path / "lost.onnx"
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, lost)
    found = try_model(lost, Description(mean=(0.5,), std=(0.5,)), "", None, Progress())
    assert (found.bands_in, found.bands_out, found.ratio, found.undo) == (3, 3, "1", "all")
    assert use.size_multiple % found.size_multiple == 0
    if use.test_time == "fixed":
        assert found.halo_px is not None
        assert found.halo_px <= use.halo_px
        assert found.seam <= 1e-5
    else:
        assert found.blending == "weighted"
