"""Networks of published structure on scenes: any level, any tile, zeros and gaps, one pixel."""

import numpy as np
import pytest
import rasterio
from made import speckle, write_geotiff

from satstudio.core.errors import ModelError
from satstudio.core.progress import Progress
from satstudio.restore.gain import GAIN_TAG
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

pytestmark = [pytest.mark.learn, pytest.mark.slow]
ROWS, COLS = 100, 90
TILE_PX = 448
"""One tile holds the whole scene."""

AGREE = 1e-4
"""Of a pixel: the networks answer in logarithms, of which float32 knows some 1e-6."""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Random weights, converted: of samples, of amplitudes."""
    import torch  # lazy: 4 seconds

    from satstudio.learn.export import onnx_export as export
    from satstudio.learn.export.convert_despeckler import convert_merlin, convert_sar2sar
    from satstudio.learn.nets.log_unet import seeded_weights

    folder = tmp_path_factory.mktemp("converted")
    weights = folder / "stripmap.pth"
    torch.save(seeded_weights(1), weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "check_parity", lambda *_: None)  # tests/learn look at that
        merlin = convert_merlin(weights, folder / "merlin.onnx", Progress())
        sar2sar = convert_sar2sar(weights, folder / "sar2sar.onnx", Progress())
    return {"merlin": merlin.path, "sar2sar": sar2sar.path}


def scene_of(name, samples, path):
    """The scene that a model takes: the samples themselves or their amplitudes."""
    if name == "merlin":
        return write_geotiff(path, samples)
    return write_geotiff(path, np.abs(samples), tags={"SATSTUDIO_QUANTITY": "amplitude"})


def restored(scene, model, out, tile_px=TILE_PX):
    recipe = RestoreRecipe(tile_px=tile_px, threads=1)
    restore_scene(scene, model, recipe, out, Progress(), overwrite=True)
    with rasterio.open(out) as dataset:
        return dataset.read(1).astype(np.float64), dataset.tags()


@pytest.mark.parametrize("name", [pytest.param("merlin", marks=pytest.mark.nightly), "sar2sar"])
def test_tiles_and_levels_make_no_difference(models, tmp_path, name):
    samples = speckle(ROWS, COLS)
    scene = scene_of(name, samples, tmp_path / "scene.tif")
    whole, tags = restored(scene, models[name], tmp_path / "whole.tif")
    assert (whole > 0).all()
    assert float(tags[GAIN_TAG]) == pytest.approx(30 / np.median(np.abs(samples)), rel=1e-6)
    tiled, _ = restored(scene, models[name], tmp_path / "tiled.tif", tile_px=384)
    np.testing.assert_allclose(tiled, whole, rtol=AGREE)
    power = 2 if name == "merlin" else 1  # the result of samples is their intensity
    for scale in (1e-6, 1e6):
        scene = scene_of(name, samples * np.float32(scale), tmp_path / "other.tif")
        found, _ = restored(scene, models[name], tmp_path / "found.tif")
        np.testing.assert_allclose(found / scale**power, whole, rtol=1e-3)


@pytest.mark.parametrize("name", ["merlin", "sar2sar"])
def test_zeros_stay_valid_and_gaps_stay_gaps(models, tmp_path, name):
    samples = speckle(ROWS, COLS)
    samples[20:23, 20:23] = 0
    samples[60:80, 40:70] = 0
    samples[90:, :30] = np.nan
    samples[50, 10] *= 100  # 40 dB
    found, _ = restored(
        scene_of(name, samples, tmp_path / "s.tif"), models[name], tmp_path / "o.tif"
    )
    gaps = np.isnan(samples)
    assert np.isnan(found[gaps]).all()
    assert np.isfinite(found[~gaps]).all()
    assert (found[~gaps] > 0).all()


def test_one_pixel_and_a_scene_of_zeros_have_results(models, tmp_path):
    for number, samples in enumerate((speckle(1, 1), np.zeros((5, 4), np.complex64))):
        scene = write_geotiff(tmp_path / f"{number}.tif", samples)
        found, _ = restored(scene, models["merlin"], tmp_path / "o.tif", tile_px=352)
        assert found.shape == samples.shape
        assert np.isfinite(found).all()


def test_each_is_refused_for_the_other_kind_of_scene(models, tmp_path):
    samples = speckle(20, 20)
    for name, other, reason in (
        ("merlin", "sar2sar", "takes complex samples"),
        ("sar2sar", "merlin", "takes real values"),
    ):
        scene = scene_of(other, samples, tmp_path / f"{other}.tif")
        with pytest.raises(ModelError, match=rf"{name}\.onnx {reason}"):
            restored(scene, models[name], tmp_path / "o.tif")
