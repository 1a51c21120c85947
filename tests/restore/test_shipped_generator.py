import numpy as np

from satstudio.core.paths import resources_folder
from satstudio.restore.generate.samples import generate
from satstudio.restore.models.model_file import read_card
from satstudio.scenes.scene import open_scene

MODEL = resources_folder() / "demo/generator.onnx"


def test_the_shipped_generator_makes_samples_like_those_of_the_sample_scene():
    scene = open_scene(resources_folder() / "demo/sample_slc.tif")
    try:
        real = np.abs(scene.sample(20_000).pixels)
    finally:
        scene.close()
    made = generate(MODEL, range(64))
    assert made.shape == (64, 1, read_card(MODEL).tile_px, read_card(MODEL).tile_px)
    assert 0.5 < np.median(np.abs(made)) / np.median(real) < 2


def test_the_shipped_generator_is_small_and_carries_its_card():
    card = read_card(MODEL)
    assert MODEL.stat().st_size < 500_000
    assert (card.method, card.takes, card.is_complex) == ("complex_wgan_gp", "noise", True)
