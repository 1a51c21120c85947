import json
from contextlib import closing

import numpy as np
import pytest
from made_models import DIM, PLAIN, SCALING, SIDE, made_card, made_model, matrix
from made_patches import made_patches
from PIL import Image

from satstudio.core.errors import Cancelled, InputError, ModelError, RecipeError
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.noise import complex_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.pixels.scaling import unscaled
from satstudio.render.picture import patch_pictures, patch_style, to_rgba
from satstudio.restore.generate.samples import SampleRecipe, draw_samples, generate
from satstudio.restore.models.model_card import Latent
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


def png(path):
    with Image.open(path) as image:
        return np.asarray(image)


# ---------------------------------------------------------------------------------- walks


@pytest.mark.parametrize("way", ["slerp", "linear", "blend"])
def test_a_walk_has_a_row_from_each_seed_to_the_next(model, tmp_path, way):
    out = draw(model, tmp_path / "w.npy", count=3, seed=4, walk=way, walk_steps=5)
    values, ends = np.load(out), generate(model, [4, 5, 6])
    assert values.shape == (10, 1, SIDE, SIDE)
    np.testing.assert_allclose(values[[0, 4, 5, 9]], ends[[0, 1, 1, 2]], rtol=1e-4)
    told = json.loads((tmp_path / "w.json").read_text())
    assert (told["seeds"], told["walk"]) == ([4, 5, 6], {"way": way, "steps": 5})
    assert told["titles"][:5] == ["seed 4", "1/4", "2/4", "3/4", "seed 5"]


def test_a_walk_goes_through_the_noise(model, tmp_path):
    out = draw(model, tmp_path / "w.npy", count=2, walk="linear", walk_steps=3)
    middle = interleave(complex_normal(0, 2, DIM).mean(0, keepdims=True))
    wanted = deinterleave((middle @ matrix().T).reshape(1, 2, SIDE, SIDE))
    np.testing.assert_allclose(np.load(out)[1:2], unscaled(wanted, SCALING), rtol=1e-3)


def test_the_picture_of_walks_has_their_rows(model, spectral, tmp_path):
    for file, grids in ((model, 1), (spectral, 2)):
        out = draw(file, tmp_path / f"{file.stem}.png", count=3, walk="slerp", walk_steps=6)
        cell, foot = 64 + 4, 17
        rows, cols = png(out).shape[:2]
        assert cols == grids * (4 + 6 * cell)
        assert rows == (17 if grids == 2 else 0) + 4 + 2 * (cell + foot)


def test_a_blend_of_spectra_is_a_blend_of_their_complex_images(spectral, tmp_path):
    values = np.load(draw(spectral, tmp_path / "w.npy", count=2, walk="blend", walk_steps=3))
    images = np.fft.ifft2(np.fft.ifftshift(values, axes=(2, 3)))
    np.testing.assert_allclose(images[1], (images[0] + images[2]) / 2, atol=1e-4)


def test_a_model_of_real_noise_and_images_walks_too(tmp_path):
    latent = Latent(dim=2 * DIM, dist="normal")
    card = made_card(
        is_complex=False, complex_layout="none", latent=latent, bands_out=2, scaling=PLAIN
    )
    file = made_model(tmp_path / "real.onnx", card.to_metadata())
    values = np.load(draw(file, tmp_path / "w.npy", count=2, walk="slerp", walk_steps=4))
    assert (values.shape, values.dtype) == ((4, 2, SIDE, SIDE), np.float32)
    np.testing.assert_allclose(values[[0, 3]], generate(file, [0, 1]), rtol=1e-4)


def test_a_folder_of_a_walk_has_its_steps_in_order(model, tmp_path):
    out = draw(model, tmp_path / "w", count=2, walk="slerp", walk_steps=3)
    names = [path.name for path in out.glob("walk-*.png")]
    assert sorted(names) == [f"walk-000000-00{step}.png" for step in range(3)]
    with closing(open_scene(out / "samples.tif")) as scene:
        assert scene.bands == tuple(f"seed 0 to 1: {step}/2" for step in range(3))


def test_a_walk_needs_two_seeds_and_stands_alone(tmp_path):
    with pytest.raises(RecipeError, match="two seeds"):
        SampleRecipe.build({"walk": "slerp", "count": 1})
    with pytest.raises(RecipeError, match="choose one of the two"):
        SampleRecipe.build({"walk": "slerp", "beside": tmp_path})


# ---------------------------------------------------------------------------------- real ones


def test_real_patches_stand_beside_samples_under_their_stretch(model, tmp_path):
    patches = made_patches(tmp_path / "set", validation=9, size=SIDE)
    out = draw(model, tmp_path / "s.png", count=9, beside=patches)
    draw(model, tmp_path / "s.npy", count=9, beside=patches)
    real, made = np.load(tmp_path / "s-real.npy")[:, 0], np.load(tmp_path / "s.npy")[:, 0]
    held_out = PatchSet.open(patches).validation[:][:, 0]
    assert {patch.tobytes() for patch in real} == {patch.tobytes() for patch in held_out}
    sheet, style = png(out), patch_style(real)
    half = sheet.shape[1] // 2
    for start, values in ((0, real), (half, made)):
        wanted = to_rgba(patch_pictures(values, style, 64)[0])
        assert np.array_equal(sheet[21:85, start + 4 : start + 68], wanted)
    told = json.loads((tmp_path / "s.json").read_text())["beside"]
    assert (told["split"], sorted(told["numbers"])) == ("validation", list(range(9)))


def test_larger_patches_are_cropped_and_used_again_where_there_are_few(model, tmp_path):
    patches = made_patches(tmp_path / "set", train=3, validation=0, size=24)
    draw(model, tmp_path / "s.npy", count=7, beside=patches)
    real = np.load(tmp_path / "s-real.npy")
    assert real.shape == (7, 1, SIDE, SIDE)
    assert len({patch.tobytes() for patch in real}) == 7
    told = json.loads((tmp_path / "s.json").read_text())["beside"]
    train = PatchSet.open(patches).train
    assert told["split"] == "train"
    for number, patch in zip(told["numbers"], real, strict=True):
        views = np.lib.stride_tricks.sliding_window_view(train[number][0], (SIDE, SIDE))
        assert (views == patch[0]).all(axis=(2, 3)).any()


def test_real_spectra_stand_beside_samples_with_their_images(spectral, tmp_path):
    patches = made_patches(tmp_path / "set", size=SIDE)
    manifest = PatchSet.open(patches).manifest
    with pytest.raises(InputError, match="domain 'image'"):
        draw(spectral, tmp_path / "s.png", beside=patches)
    manifest.changed(domain="fourier").save(patches / "manifest.json")
    sheet = png(draw(spectral, tmp_path / "s.png", count=4, beside=patches))
    grid = (4 + 2 * 68, 17 + 4 + 2 * 85)
    assert sheet.shape[0] == 2 * grid[1]
    assert 2 * grid[0] <= sheet.shape[1] < 2 * grid[0] + 20  # a wide caption makes room


def test_patches_of_another_kind_do_not_stand_beside(model, tmp_path):
    small = made_patches(tmp_path / "small", size=4)
    ones = np.random.default_rng(0).random((3, 1, 24, 24), np.float32)
    real = made_patches(tmp_path / "real", validation=0, values=ones)
    for patches, words in ((small, "patches of 4 px"), (real, "holds real patches")):
        with pytest.raises(InputError, match=words):
            draw(model, tmp_path / "s.png", beside=patches)
    assert not (tmp_path / "s.png").exists()
