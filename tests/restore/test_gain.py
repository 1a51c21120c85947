"""Networks that know one level only: one gain brings a scene there, is undone and recorded."""

import json

import numpy as np
import pytest
import rasterio
from made import speckle, write_geotiff
from made_models import made_card, made_restorer

from satstudio.core.errors import ModelError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.restore.gain import GAIN_TAG
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

MEDIAN = 30.0
UNIT = Scaling(kind="unit_power")


def restored(scene, model, out, **choices):
    """The result (rows, cols) float64 and the gain that its file names."""
    restore_scene(scene, model, RestoreRecipe(**choices), out, Progress(), overwrite=True)
    with rasterio.open(out) as dataset:
        return dataset.read(1).astype(np.float64), float(dataset.tags()[GAIN_TAG])


@pytest.fixture
def of_amplitudes(tmp_path):
    """A model that gives x + 1 in its own numbers, where the median is 30."""
    return made_restorer(
        tmp_path / "raised.onnx", "raised", scaling=UNIT, fitted_median=MEDIAN, quantity="amplitude"
    )


@pytest.fixture
def of_samples(tmp_path):
    """A despeckler that gives |z| + 1 in its own numbers, where the median is 30."""
    return made_restorer(
        tmp_path / "modulus.onnx", "raised_modulus", scaling=UNIT, fitted_median=MEDIAN
    )


@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_a_network_sees_the_same_scene_at_any_level(of_amplitudes, of_samples, tmp_path, scale):
    samples = speckle(80, 90) * np.float32(scale)
    amplitudes = np.abs(samples)
    tags = {"SATSTUDIO_QUANTITY": "amplitude"}
    scene = write_geotiff(tmp_path / "a.tif", amplitudes[None], tags=tags)
    found, gain = restored(scene, of_amplitudes, tmp_path / "out.tif")
    assert gain == pytest.approx(MEDIAN / np.median(amplitudes), rel=1e-6)
    np.testing.assert_allclose(found, amplitudes + 1 / gain, rtol=1e-5)

    scene = write_geotiff(tmp_path / "z.tif", samples[None])
    found, gain = restored(scene, of_samples, tmp_path / "power.tif")
    np.testing.assert_allclose(found, (amplitudes + 1 / gain) ** 2, rtol=1e-4)


def test_the_gain_is_that_of_the_whole_scene_in_every_window(of_samples, tmp_path):
    samples = speckle(64, 64)
    samples[:, 32:] *= 100  # the right half alone would ask for another gain
    scene = write_geotiff(tmp_path / "z.tif", samples[None])
    whole, gain = restored(scene, of_samples, tmp_path / "whole.tif")
    part, same = restored(scene, of_samples, tmp_path / "part.tif", window=Window(8, 40, 20, 20))
    assert gain == same
    np.testing.assert_array_equal(part, whole[8:28, 40:60])


def test_zeros_and_gaps_do_not_count_and_a_scene_of_zeros_keeps_the_gain(of_samples, tmp_path):
    samples = speckle(64, 64)
    samples[:40] = 0
    samples[40:44] = np.nan
    scene = write_geotiff(tmp_path / "z.tif", samples[None])
    found, gain = restored(scene, of_samples, tmp_path / "out.tif")
    assert gain == pytest.approx(MEDIAN / np.median(np.abs(samples[44:])), rel=1e-6)
    np.testing.assert_allclose(found[:40], 1 / gain**2, rtol=1e-5)
    assert np.isnan(found[40:44]).all()

    empty = write_geotiff(tmp_path / "empty.tif", np.zeros((1, 16, 16), np.complex64))
    assert restored(empty, of_samples, tmp_path / "none.tif")[1] == 1


def test_values_become_amplitudes_before_their_median_is_taken(of_amplitudes, tmp_path):
    power = np.abs(speckle(60, 60)) ** 2
    decibels = (10 * np.log10(power)).astype(np.float32)
    scene = write_geotiff(tmp_path / "db.tif", decibels[None], tags={"SATSTUDIO_QUANTITY": "db"})
    found, gain = restored(scene, of_amplitudes, tmp_path / "out.tif")
    assert gain == pytest.approx(MEDIAN / np.median(np.sqrt(power)), rel=1e-5)
    np.testing.assert_allclose(found, 20 * np.log10(np.sqrt(power) + 1 / gain), atol=1e-3)


def test_models_without_it_record_no_gain(tmp_path):
    model = made_restorer(tmp_path / "blur.onnx")
    scene = write_geotiff(tmp_path / "a.tif", np.ones((1, 40, 40), np.float32))
    restore_scene(scene, model, RestoreRecipe(), tmp_path / "out.tif", Progress())
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert GAIN_TAG not in dataset.tags()


def test_only_a_plain_gain_can_be_fitted(tmp_path):
    card = made_card(scaling=UNIT, fitted_median=MEDIAN)
    assert ModelCard.from_metadata(card.to_metadata(), tmp_path) == card
    taken = card.outputs[0].model_dump(mode="json")
    taken["scaling"] = {"kind": "log_amplitude", "eps": 1}
    texts = card.to_metadata() | {"outputs": json.dumps([taken])}
    with pytest.raises(ModelError, match="fitted_median is for the scaling unit_power"):
        ModelCard.from_metadata(texts, tmp_path / "a.onnx")
