"""The MERLIN despeckler: ten steps, resume, export, and a scene restored with it."""

import json
from contextlib import closing

import numpy as np
import pytest
import torch
from made import speckle
from made_patches import band_limited, made_patches, made_ports
from PIL import Image

from satstudio.core.errors import Cancelled, RecipeError, RunError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.checkpoint import newest_checkpoint, shown_checkpoint
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.merlin import centred, likelihood
from satstudio.learn.method import METHODS
from satstudio.learn.methods.despeckle import with_blind_spots
from satstudio.learn.nets.one_part import BothParts, OnePart, halo_px, white_places
from satstudio.learn.nets.unet import reach_px, start_weights
from satstudio.patches.cut import cut_patches
from satstudio.patches.positions import PatchRecipe
from satstudio.pixels.phasor import interleave
from satstudio.pixels.scaling import unscaled
from satstudio.pixels.spectral.region_spectrum import centroid
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_surface
from satstudio.restore.generate.samples import generate
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.scene import open_scene
from satstudio.scenes.write import create_scene

INFO = METHODS["despeckle"]


@pytest.fixture(scope="module")
def recipe():
    return TrainRecipe(
        method="despeckle", preset="tiny", steps=10, threads=1, samples=4, log_every_s=0
    )


@pytest.fixture(scope="module")
def run(patches, recipe, tmp_path_factory):
    return train(patches, recipe, tmp_path_factory.mktemp("runs") / "made", Progress())


@pytest.fixture(scope="module")
def model(run, tmp_path_factory):
    return export_onnx(run, tmp_path_factory.mktemp("models") / "made.onnx", Progress())


@pytest.fixture(scope="module")
def method(run, recipe):
    made = INFO.make(recipe.chosen(), made_ports(), 0, torch.device("cpu"))
    made.load_state(shown_checkpoint(run / "checkpoints").tensors)
    return made


def net(channels=3, levels=3, seed=0, blind_spots=False):
    part = OnePart(channels, levels, blind_spots)
    start_weights(part, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        part.net._last.weight.normal_(generator=torch.Generator().manual_seed(seed))
    return part.requires_grad_(False)


def samples(rows, cols, seed=0):
    return torch.from_numpy(speckle(rows, cols, seed=seed))[None, None]


@pytest.mark.parametrize("preset", INFO.presets)
def test_every_preset_says_all_options_and_loads(preset):
    file = resources_folder() / "recipes" / INFO.presets[preset]
    assert set(read_toml(file)["options"]) == set(INFO.options.model_fields)
    assert TrainRecipe.load(file) == TrainRecipe(method="despeckle", preset=preset)


def test_the_starter_is_the_preset_fast_and_so_are_the_defaults():
    starter = TrainRecipe.load(resources_folder() / "recipes/despeckle.toml")
    assert starter == TrainRecipe(method="despeckle", preset="fast")
    assert starter.options == TrainRecipe(method="despeckle").options


def test_a_crop_that_cannot_be_halved_is_refused():
    with pytest.raises(RecipeError, match="multiple of 4"):
        TrainRecipe.build({"method": "despeckle", "preset": "fast", "size": 66})


def test_ten_steps_are_finite_and_logged_with_validation(run):
    log = [json.loads(text) for text in (run / "log.jsonl").read_text().splitlines()]
    assert log[-1]["step"] == 10
    for line in log:
        assert np.isfinite(line["loss_train"])
        assert np.isfinite(line["loss_validation"])
    assert 0.5 < log[-1]["ratio_mean"] < 2
    facts = json.loads((run / "run.json").read_text())
    assert facts["status"] == "done"
    assert (facts["latent"], facts["scaling"]["kind"]) == (None, "unit_power")
    losses = {line["step"]: line["held_out_loss"] for line in log if "held_out_loss" in line}
    assert facts["best"]["by"] == "held_out_loss"
    assert facts["best"]["step"] == min(losses, key=losses.get)
    assert facts["spectrum"]["centre"][0] == pytest.approx(0.1, abs=0.02)
    assert facts["spectrum"]["correlation"][0] > 0.2


def test_pictures_show_patches_before_and_after(run):
    pictures = sorted((run / "samples").glob("*.png"))
    assert [path.stem for path in pictures] == ["step-000000001", "step-000000010"]
    after = np.load(pictures[-1].with_suffix(".npy"))
    assert (after.shape, after.dtype) == ((4, 1, 16, 16), np.float32)
    with Image.open(pictures[-1]) as picture:
        assert picture.width > 2 * 2 * 64


def test_a_user_is_told_that_neighbours_are_correlated(patches, recipe, tmp_path):
    told = []
    progress = Progress(announce=lambda name, fields: told.append((name, dict(fields))))
    train(patches, recipe.changed(steps=1), tmp_path / "run", progress)
    words = [fields["text"] for name, fields in told if name == "remark"]
    assert len(words) == 1
    assert "Neighbours stay correlated" in words[0]
    assert "patches cut --white" in words[0]


def test_patches_that_were_cut_white_need_no_such_advice(recipe, tmp_path):
    model = SceneModel(rows=384, cols=384, doppler_centroid=0.1)
    values = simulate_surface(np.full((384, 384), 400.0), model, np.random.default_rng(3))
    scene = tmp_path / "scene.tif"
    with create_scene(scene, GeoGrid(Size(384, 384)), ["VV"], "complex64") as target:
        target.write(values[None], Window(0, 0, 384, 384))
    said = {}
    for white in (False, True):
        cut = PatchRecipe(size_px=32, count=40, white=white)
        patches = cut_patches([scene], cut, tmp_path / f"patches{white}", Progress())
        run = train(patches, recipe.changed(steps=1), tmp_path / f"run{white}", Progress())
        said[white] = json.loads((run / "run.json").read_text())
    assert [text for text in said[False]["remarks"] if "patches cut --white" in text]
    assert said[True]["remarks"] == []
    assert (
        max(said[True]["spectrum"]["correlation"])
        < 0.1
        < max(said[False]["spectrum"]["correlation"])
    )


def test_a_resumed_run_has_the_weights_of_an_unbroken_one(run, recipe, patches, tmp_path):
    looks = iter(range(10**9))
    broken = tmp_path / "broken"
    with pytest.raises(Cancelled):
        train(patches, recipe, broken, Progress(is_stopped=lambda: next(looks) >= 7))
    assert 0 < newest_checkpoint(broken / "checkpoints").step < 10
    train(patches, recipe, broken, Progress(), resume=True)
    wanted, found = (newest_checkpoint(path / "checkpoints").tensors for path in (run, broken))
    assert wanted.keys() == found.keys()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)


def test_real_patches_are_refused(recipe, tmp_path):
    flat = made_patches(
        tmp_path / "flat", validation=0, values=np.ones((3, 1, 24, 24), np.float32).cumsum(0)
    )
    with pytest.raises(RunError, match="real patches"):
        train(flat, recipe, tmp_path / "run", Progress())


def test_the_loss_is_least_at_the_true_power():
    power = 7.0
    other = torch.from_numpy(
        np.random.default_rng(0).normal(0, np.sqrt(power / 2), (1, 1, 400, 500)).astype(np.float32)
    )
    losses = {
        share: likelihood(torch.full_like(other, np.log(share * power)), other).item()
        for share in (0.8, 0.95, 1.0, 1.05, 1.25)
    }
    assert min(losses, key=losses.get) == 1.0


def test_crops_are_centred_each_by_itself_and_white_ones_left_alone():
    model = SceneModel(rows=64, cols=64, doppler_centroid=0.3, range_centroid=-0.2)
    random = np.random.default_rng(0)
    band = simulate_surface(np.ones((64, 64)), model, random)
    other = simulate_surface(
        np.ones((64, 64)), model.changed(doppler_centroid=-0.1), np.random.default_rng(1)
    )
    white = speckle(64, 64)
    given = torch.from_numpy(np.stack([band, other, white])[:, None])
    moved = centred(given).numpy()
    for image in moved[:2, 0]:
        assert centroid(image, 0) == pytest.approx(0, abs=1e-3)
        assert centroid(image, 1) == pytest.approx(0, abs=1e-3)
    assert np.array_equal(moved[2, 0], white)
    assert np.abs(moved) == pytest.approx(np.abs(given.numpy()), rel=1e-5)


def test_parts_of_centred_band_limited_speckle_are_independent_and_others_are_not():
    def dependence(centre):
        model = SceneModel(rows=512, cols=512, doppler_centroid=centre)
        z = simulate_surface(np.ones((512, 512)), model, np.random.default_rng(0))
        return abs(np.corrcoef(z.real[:-1].ravel(), z.imag[1:].ravel())[0, 1])

    assert dependence(0.0) < 0.01
    assert dependence(0.12) > 0.2


def test_a_scene_ten_times_as_bright_gives_an_answer_ten_times_as_bright():
    whole = BothParts(net())
    image = torch.from_numpy(interleave(speckle(32, 32)[None, None]))
    for factor in (1e-4, 10.0, 1e4):
        assert torch.allclose(whole(factor * image), factor * whole(image), rtol=1e-4)


def test_with_blind_spots_what_is_told_of_a_pixel_never_saw_the_part_that_it_tells():
    whole = BothParts(net(2, 2, blind_spots=True))
    pairs = torch.from_numpy(interleave(speckle(24, 24)[None, None])).requires_grad_()
    for row, col in ((11, 11), (11, 12), (12, 12)):
        for told_from, told in ((0, 1), (1, 0)):
            (gradient,) = torch.autograd.grad(whole.logs(pairs)[0, told_from, row, col], pairs)
            assert gradient[0, told, row, col] == 0
            assert gradient[0, told_from, row, col] != 0
            assert gradient[0, told, row, col + 1] != 0  # but beside it


def test_weights_without_blind_spots_begin_a_network_with_them_that_answers_much_alike():
    plain, blind = BothParts(net()), BothParts(net(seed=1, blind_spots=True))
    blind.load_state_dict(with_blind_spots(plain.state_dict()))
    image = torch.from_numpy(interleave(speckle(64, 64)[None, None]))
    ratio = torch.log(blind(image) / plain(image))
    assert ratio.std() < 1
    assert not torch.equal(blind(image), plain(image))


def test_where_neighbours_are_alike_nothing_is_seen_of_the_other_part():
    whole = BothParts(net(2, 2, blind_spots=True))
    white, smooth = (
        torch.from_numpy(interleave(made))
        for made in (speckle(64, 64)[None, None], band_limited(1, 64))
    )
    assert white_places(white).mean() > 0.99
    assert white_places(smooth).mean() == 0
    assert white_places(torch.zeros(1, 2, 8, 8)).all()
    for pairs, is_seen in ((white, True), (smooth, False)):
        pairs.requires_grad_()
        (slope,) = torch.autograd.grad(whole.logs(pairs)[0, 0, 32, 32], pairs)
        assert bool(slope[0, 1].any()) == is_seen


def test_bands_are_restored_each_by_itself():
    whole = BothParts(net())
    bands = [speckle(16, 16, seed=seed) for seed in (1, 2)]
    both = whole(torch.from_numpy(interleave(np.stack(bands)[None])))
    for band, found in zip(bands, both[0], strict=True):
        alone = whole(torch.from_numpy(interleave(band[None, None])))[0, 0]
        assert torch.allclose(found, alone, rtol=1e-5)


@pytest.mark.parametrize("levels", [2, 3, 4])
def test_an_answer_depends_on_nothing_beyond_the_halo(levels):
    part, halo, multiple = net(1, levels), halo_px(levels), 2 ** (levels - 1)
    side = -(-(2 * halo + 3 * multiple) // multiple) * multiple
    middle = side // 2 // multiple * multiple
    image = torch.from_numpy(speckle(side, side).real.copy())[None, None].requires_grad_()
    furthest = 0
    for pixel in range(middle, middle + multiple):
        (gradient,) = torch.autograd.grad(part(image)[0, 0, pixel, pixel], image)
        rows = torch.nonzero(gradient[0, 0])[:, 0]
        furthest = max(furthest, pixel - int(rows.min()), int(rows.max()) - pixel)
    assert reach_px(levels) < furthest <= halo


def test_the_card_says_how_to_restore_with_it(model, run):
    card = ModelFile.load(model).card
    assert (card.task, card.takes, card.latent) == ("despeckle", "image", None)
    assert (card.bands_in, card.bands_out, card.is_complex) == (1, 1, True)
    assert (card.halo_px, card.size_multiple) == (halo_px(2), 2)
    assert card.scaling.kind == "unit_power"
    assert card.tile_px % card.size_multiple == 0


@pytest.mark.parametrize("shape", [(1, 1, 32, 32), (3, 1, 48, 20)])
def test_the_file_answers_as_torch_at_any_size(model, method, shape):
    images = band_limited(shape[0], 64, 5)[..., : shape[2], : shape[3]] / 20
    answer = ModelFile.load(model).run(interleave(images))
    assert answer.shape == shape
    assert np.abs(answer - method.exportable().reference(images)).max() < 1e-4


def test_a_despeckler_makes_no_samples(model):
    with pytest.raises(Exception, match="takes image, not noise"):
        generate(model, [1])


def test_a_scene_is_restored_as_by_the_method_whatever_the_tiles(model, method, tmp_path):
    values = simulate_surface(
        np.full((200, 150), 400.0), SceneModel(rows=200, cols=150), np.random.default_rng(3)
    )
    scene = tmp_path / "scene.tif"
    with create_scene(scene, GeoGrid(Size(200, 150)), ["VV"], "complex64") as target:
        target.write(values[None], Window(0, 0, 200, 150))
    results = []
    for tile in (None, 64):
        out = tmp_path / f"tile{tile}.tif"
        restore_scene(
            scene, model, RestoreRecipe(tile_px=tile, points="off", power="off"), out, Progress()
        )
        with closing(open_scene(out)) as restored:
            results.append(restored.read().pixels[0])
    assert results[0] == pytest.approx(results[1], rel=1e-4)
    card = ModelFile.load(model).card
    seen = (values * card.scaling.gain)[None, None]
    wanted = np.square(unscaled(method.restore(seen), card.scaling))[0, 0]
    inner = np.s_[20:-20, 20:-20]  # mirrored beyond the scene's edge, cut off at the crop's
    assert results[0][inner] == pytest.approx(wanted[inner], rel=0.02)
    assert np.mean(np.abs(values) ** 2 / results[0]) == pytest.approx(1, abs=0.2)
