"""IDX files -> spectra -> a trained generator -> samples with their inverse FFT."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from made_idx import made_idx, made_images
from PIL import Image

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.patches.importing import import_patches
from satstudio.restore.generate.samples import SampleRecipe, draw_samples
from satstudio.restore.models.model_file import read_card

FASHION = Path(os.environ.get("SATSTUDIO_TEST_FASHION", "/usr/share/datasets/fashion-mnist"))
pytestmark = pytest.mark.learn


def spectra(folder, size_px=16):
    root = made_idx(folder / "digits.gz", made_images(24))
    choices = {"domain": "fourier", "size_px": size_px}
    return import_patches("idx", root, choices, folder / f"spectra-{size_px}", Progress())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fourier")
    recipe = TrainRecipe(preset="tiny", steps=5, threads=1, samples=4, log_every_s=0)
    return train(spectra(folder), recipe, folder / "run", Progress())


@pytest.fixture(scope="module")
def model(run, tmp_path_factory):
    return export_onnx(run, tmp_path_factory.mktemp("models") / "digits.onnx", Progress())


def test_previews_show_spectra_and_the_images_of_them(run):
    facts = json.loads((run / "run.json").read_text())
    assert (facts["status"], facts["steps"], facts["domain"]) == ("done", 5, "fourier")
    last = sorted((run / "samples").glob("*.png"))[-1]
    picture = np.asarray(Image.open(last))[..., :3].astype(int)
    rows, cols = (side // 2 for side in picture.shape[:2])
    side = 4 + 2 * 68
    assert rows == 17 + side, "two grids of two by two, twice"
    assert side <= cols < side + 12, "a caption is never cut"
    colour = np.ptp(picture[21 : 17 + side - 4, 4:-4], axis=2)
    grey = np.ptp(picture[rows + 21 :, 4:], axis=2)
    assert colour.max() > 60
    assert grey.max() == 0


def test_the_model_file_knows_its_domain_and_samples_are_transformed_back(model, tmp_path):
    card = read_card(model)
    assert card.domain == "fourier"
    assert (card.scaling.kind, card.scaling.gain) == ("unit_power", 1)
    out = draw_samples(model, SampleRecipe(count=4), tmp_path / "made", Progress())
    made, images = np.load(out / "samples.npy"), np.load(out / "images.npy")
    assert images.shape == made.shape == (4, 1, 16, 16)
    powers = (np.square(np.abs(made)).sum(), np.square(images).sum())
    assert powers[0] == pytest.approx(powers[1], rel=1e-4), "the transform is unitary"
    with Image.open(out / "grid.png") as grid:
        assert grid.width == 2 * (4 + 2 * 68)


def test_real_spectra_stand_beside_the_samples_of_a_run(run, model, tmp_path):
    patches = json.loads((run / "run.json").read_text())["patches"]
    recipe = SampleRecipe(count=4, beside=patches)
    with Image.open(draw_samples(model, recipe, tmp_path / "s.png", Progress())) as sheet:
        assert sheet.size[1] == 2 * (17 + 4 + 2 * 85)
        assert 0 <= sheet.size[0] - 2 * (4 + 2 * 68) < 24, "a caption is never cut"
    walk = SampleRecipe(count=2, walk="linear", walk_steps=5)
    with Image.open(draw_samples(model, walk, tmp_path / "w.png", Progress())) as sheet:
        assert sheet.size[0] == 2 * (4 + 5 * 68), "spectra, and the images that they show"


def test_parts_of_spectra_are_not_cut_out(tmp_path):
    recipe = TrainRecipe(preset="tiny", steps=1, threads=1)
    with pytest.raises(RunError, match=r"spectra of 32 px.*network of 16 px"):
        train(spectra(tmp_path, 32), recipe, tmp_path / "run", Progress())
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("many_images")
@pytest.mark.nightly
def test_the_small_preset_learns_where_the_light_of_garments_lies(tmp_path):
    if not FASHION.is_dir():
        pytest.skip("Debian's package dataset-fashion-mnist is not installed")
    choices = {"domain": "fourier", "count": 10_000}
    patches = import_patches("idx", FASHION, choices, tmp_path / "spectra", Progress())
    recipe = TrainRecipe(preset="mnist_small", steps=1100, threads=1, sample_every_s=1000)
    run = train(patches, recipe, tmp_path / "run", Progress())
    best = json.loads((run / "run.json").read_text())["best"]
    assert best["ks_modulus"] <= 0.2
    assert best["spectrum_distance_db"] <= 4
