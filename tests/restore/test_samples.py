import json

import numpy as np
import pytest
from made_models import DIM, SCALING, SIDE, made_card, made_model, matrix
from PIL import Image

from satstudio.core.errors import Cancelled, InputError, ModelError
from satstudio.core.progress import Progress
from satstudio.pixels.noise import complex_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.pixels.scaling import Scaling, unscaled
from satstudio.restore.samples import SampleRecipe, draw_samples, generate
from satstudio.scenes.scene import open_scene


@pytest.fixture
def model(tmp_path):
    return made_model(tmp_path / "made.onnx")


def draw(model, out, **choices):
    return draw_samples(model, SampleRecipe(**choices), out, Progress())


def test_images_are_what_the_network_says_in_physical_values(model):
    noise = interleave(complex_normal(7, 3, DIM))
    wanted = deinterleave((noise @ matrix().T).reshape(3, 2, SIDE, SIDE))
    found = generate(model, range(7, 10))
    assert found.dtype == np.complex64
    np.testing.assert_allclose(found, unscaled(wanted, SCALING), rtol=1e-3)


def test_a_seed_means_the_same_image_whatever_is_drawn_with_it(model):
    many = generate(model, range(40))
    for seed in (0, 15, 16, 39):
        np.testing.assert_allclose(generate(model, [seed])[0], many[seed], rtol=1e-4)


def test_npy_holds_complex_images_and_the_seeds_beside_it(model, tmp_path):
    out = draw(model, tmp_path / "s.npy", count=5, seed=3)
    values = np.load(out)
    assert (values.shape, values.dtype) == ((5, 1, SIDE, SIDE), np.complex64)
    np.testing.assert_array_equal(values, generate(model, range(3, 8)))
    told = json.loads((tmp_path / "s.json").read_text())
    assert told["seeds"] == [3, 4, 5, 6, 7]
    assert told["weights_sha256"] == "ab12"


def test_tif_is_one_complex_scene_with_the_seeds_in_its_bands(model, tmp_path):
    out = draw(model, tmp_path / "s.tif", count=3, seed=11)
    scene = open_scene(out)
    try:
        assert scene.is_complex
        assert scene.bands == ("seed 11", "seed 12", "seed 13")
        assert scene.tags["SATSTUDIO_SEEDS"] == "11 12 13"
        np.testing.assert_array_equal(scene.read().pixels, generate(model, [11, 12, 13])[:, 0])
    finally:
        scene.close()


def test_png_is_a_grid_in_colour(model, tmp_path):
    out = draw(model, tmp_path / "s.png", count=6, columns=3)
    picture = np.asarray(Image.open(out))
    assert picture.shape[1] > picture.shape[0] > 2 * 64
    assert (picture.std(axis=2) > 20).any()


def test_the_same_seeds_give_the_same_picture(model, tmp_path):
    one, two = (draw(model, tmp_path / name, count=4, seed=2) for name in ("a.png", "b.png"))
    assert one.read_bytes() == two.read_bytes()


def test_a_folder_holds_all_forms_and_one_picture_a_seed(model, tmp_path):
    out = draw(model, tmp_path / "samples", count=2, seed=8)
    assert sorted(path.name for path in out.iterdir()) == [
        "grid.png",
        "samples.json",
        "samples.npy",
        "samples.tif",
        "seed-000008.png",
        "seed-000009.png",
    ]


def test_an_unknown_ending_is_refused_before_anything_is_drawn(model, tmp_path):
    with pytest.raises(InputError, match=r"s.jpg.*\.png, \.npy, \.tif"):
        draw(model, tmp_path / "s.jpg")


def test_a_model_that_takes_images_is_refused(tmp_path):
    card = made_card(takes="image", latent=None, bands_in=1)
    other = made_model(tmp_path / "other.onnx", card.to_metadata())
    with pytest.raises(ModelError, match="takes image, not noise"):
        draw(other, tmp_path / "s.png")


def test_a_stop_leaves_nothing(model, tmp_path):
    with pytest.raises(Cancelled):
        draw_samples(model, SampleRecipe(), tmp_path / "s.npy", Progress(is_stopped=lambda: True))
    assert [path.name for path in tmp_path.iterdir()] == ["made.onnx"]


@pytest.fixture
def spectral(tmp_path):
    """A model whose images are spectra."""
    card = made_card(domain="fourier", scaling=Scaling(kind="unit_power"))
    return made_model(tmp_path / "spectral.onnx", card.to_metadata())


def test_spectra_are_drawn_beside_the_images_that_they_show(spectral, model, tmp_path):
    one, both = (
        np.asarray(Image.open(draw(file, tmp_path / f"{file.stem}.png", count=4, columns=2)))
        for file in (model, spectral)
    )
    assert both.shape[1] == 2 * one.shape[1]
    right = both[21:85, one.shape[1] + 4 : one.shape[1] + 68, :3].astype(int)
    assert right.std() > 20
    assert np.abs(right - right[..., :1]).max() <= 1, "grey"


def test_a_folder_of_spectra_holds_their_images_too(spectral, tmp_path):
    out = draw(spectral, tmp_path / "samples", count=2, seed=8)
    images, spectra = np.load(out / "images.npy"), np.load(out / "samples.npy")
    assert images.dtype == np.float32
    wanted = np.abs(np.fft.ifft2(np.fft.ifftshift(spectra, axes=(2, 3)), norm="ortho"))
    np.testing.assert_allclose(images, wanted, atol=1e-5)
    with Image.open(out / "seed-000008.png") as pair:
        assert pair.size == (4 + 2 * 68, 4 + 68 + 0)
    assert json.loads((out / "samples.json").read_text())["domain"] == "fourier"
