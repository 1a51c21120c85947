"""DCGAN: published sizes, every loss and penalty, exact resume, export, refusals; it learns."""

import json

import numpy as np
import pytest
import torch
from made_patches import made_patches, made_ports

from satstudio.core.errors import Cancelled, InputError, RunError
from satstudio.core.progress import Progress
from satstudio.learn.batch import Batch
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.method import METHODS
from satstudio.restore.generate.samples import generate
from satstudio.restore.models.model_file import ModelFile

INFO = METHODS["dcgan"]
CPU = torch.device("cpu")


def textures(count, size=16, seed=0):
    """Real images (count, 1, size, size): stripes of a random phase and noise."""
    random = np.random.default_rng(seed)
    phase = random.uniform(0, 2 * np.pi, (count, 1, 1, 1))
    rows = np.arange(size)[:, None] / size * 2 * np.pi
    made = np.sin(rows + phase) + 0.2 * random.standard_normal((count, 1, size, size))
    return (100 + 20 * made).astype(np.float32)


@pytest.fixture(scope="module")
def real_patches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real") / "made"
    return made_patches(folder, size=16, values=textures(24), validation=0)


def recipe(**values):
    known = {"preset": "tiny", "steps": 10, "threads": 1, "samples": 4, "log_every_s": 0}
    return TrainRecipe(method="dcgan", **{**known, **values})


def made(seed=0, **options):
    chosen = INFO.options.build({"size": 16, "latent": 8, "width": 4, **options})
    method = INFO.make(chosen, made_ports(), seed, CPU)
    method.fit(2.5, Batch.of(batch(64)))
    return method


def batch(count=8):
    return torch.from_numpy((textures(count) - 100) / 20)


@pytest.mark.parametrize(
    ("preset", "generator", "critic"),
    [("dcgan64", 3_576_704, 2_765_568), ("report32", 11_429_632, 11_023_872)],
)
def test_the_published_networks_have_the_published_sizes(preset, generator, critic):
    chosen = TrainRecipe(method="dcgan", preset=preset).chosen()
    method = INFO.make(chosen, made_ports(3), 0, CPU)
    assert method.parameters == {"generator": generator, "critic": critic}


@pytest.mark.parametrize("penalty", ["none", "wgan_gp", "dragan", "r1"])
@pytest.mark.parametrize("loss", ["gan", "lsgan", "wgan", "hinge"])
def test_every_loss_with_every_penalty_takes_steps(loss, penalty):
    method = made(loss=loss, penalty=penalty, gp=1.0)
    lines = [method.step(Batch.of(batch()), number) for number in range(1, 4)]
    assert all(np.isfinite(list(line.values())).all() for line in lines)
    assert (lines[0]["penalty"] > 0) == (penalty != "none")
    held_out = method.validate(Batch.of(batch()), 1)
    assert np.isfinite(held_out["wasserstein"])


@pytest.mark.parametrize("space", ["scale", "noise", "noisy_scale"])
def test_a_space_chooses_its_noise_from_the_images_and_lets_go_over_time(space):
    method = made(space=space, initial_time=32, anneal_steps=20)
    times = [method.step(Batch.of(batch()), number)["time"] for number in range(1, 21)]
    assert times == sorted(times, reverse=True)
    assert times[-1] < 1e-6
    assert (method.sigma > 0) == (space != "scale")
    assert made(space=space, sigma=0.3).sigma == 0.3


def test_a_penalty_of_single_images_takes_the_batch_out_of_the_critic():
    kinds = {
        penalty: {type(layer) for layer in made(penalty=penalty)._critic.modules()}
        for penalty in ("none", "wgan_gp", "dragan", "r1")
    }
    for penalty, layers in kinds.items():
        assert (torch.nn.BatchNorm2d in layers) == (penalty in ("none", "r1"))


def test_sizes_that_doubling_does_not_reach_are_refused():
    with pytest.raises(InputError, match="power of two"):
        INFO.options.build({"size": 24, "first": 4})


@pytest.mark.parametrize("space", ["none", "noisy_scale"])
def test_a_stopped_run_goes_on_to_the_same_weights(real_patches, tmp_path, space):
    whole = train(real_patches, recipe(space=space), tmp_path / "whole", Progress())
    wish = {"stop": False}

    def told(event, fields):
        if event == "logged" and fields["step"] >= 4:
            wish["stop"] = True

    progress = Progress(announce=told, is_stopped=lambda: wish["stop"])
    with pytest.raises(Cancelled):
        train(real_patches, recipe(space=space), tmp_path / "broken", progress)
    first = newest_checkpoint((tmp_path / "broken") / "checkpoints")
    assert first.info["step"] < 10
    train(real_patches, recipe(space=space), tmp_path / "broken", Progress(), resume=True)
    found = newest_checkpoint(tmp_path / "broken" / "checkpoints")
    wanted = newest_checkpoint(whole / "checkpoints")
    assert found.info["step"] == wanted.info["step"] == 10
    for key, tensor in wanted.tensors.items():
        assert torch.equal(found.tensors[key], tensor), key


def test_an_exported_generator_gives_real_images_in_the_scene_s_numbers(real_patches, tmp_path):
    run = train(real_patches, recipe(), tmp_path / "run", Progress())
    line = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    assert {"wasserstein_train", "generator_loss"} <= set(line)
    out = export_onnx(run, tmp_path / "made.onnx", Progress())
    card = ModelFile.load(out).card
    assert (card.takes, card.is_complex, card.complex_layout) == ("noise", False, "none")
    assert card.latent.dist == "normal"
    images = generate(out, range(3))
    assert images.shape == (3, 1, 16, 16)
    assert images.dtype == np.float32
    assert 40 < images.mean() < 160


def test_complex_patches_are_refused_in_a_sentence(patches, tmp_path):
    with pytest.raises(RunError, match="learns from real images"):
        train(patches, recipe(), tmp_path / "run", Progress())


@pytest.mark.slow
def test_it_learns_the_values_of_simple_images():
    method = made(lr=1e-3, ema=0.9)
    images = (textures(64, seed=5) - 100) / 20
    for number in range(1, 401):
        chosen = np.random.default_rng(number).integers(0, 64, 16)
        method.step(Batch.of(torch.from_numpy(images[chosen])), number)
    fake = method.generate(range(64))
    rows = [np.abs(np.fft.fft(one.mean(-1), axis=-1))[..., 1].mean() for one in (images, fake)]
    assert 0.5 < rows[1] / rows[0] < 1.5  # one stripe from top to bottom
    assert 0.6 < fake.std() / images.std() < 1.4
    assert fake[:, 0, 4, 4].std() > 0.4  # of many phases
