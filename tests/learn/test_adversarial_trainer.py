"""One game for all: every loss, penalty and space with real and complex networks of any size."""

import json
from typing import get_args

import numpy as np
import pytest
import torch
from made_patches import band_limited, made_patches, made_ports

from satstudio.core.errors import RecipeError
from satstudio.core.progress import Progress
from satstudio.learn.adversarial.losses import LOSSES, PenaltyName
from satstudio.learn.adversarial.trainer import TWO_STEP, AdversarialTrainer
from satstudio.learn.batch import Batch
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.checkpoint import newest_checkpoint, save_checkpoint
from satstudio.learn.loop.loop import train
from satstudio.learn.method import METHODS, StepSettings
from satstudio.learn.nets.complex_dcgan import CNorm2d
from satstudio.learn.nets.complex_layers import to_complex, to_planar
from satstudio.learn.nets.mixing import mixes_images
from satstudio.learn.setup.batches import as_tensor
from satstudio.learn.setup.recipe import TrainRecipe

CPU = torch.device("cpu")
UNCONDITIONAL = ("complex_wgan_gp", "complex_dcgan", "dcgan")
COMPLEX = UNCONDITIONAL[:2]


def images(name, count=8, size=16, bands=1):
    made = band_limited(count * bands, size).reshape(count, bands, size, size) / 5
    made = np.abs(made).astype(np.float32) if not METHODS[name].wants_complex else made
    return as_tensor(made, CPU)


def made(name, bands=1, **options):
    size = options.get("size", 16)
    wanted = {"preset": "tiny", "options": options}
    method = METHODS[name].make(
        TrainRecipe(method=name, **wanted).chosen(), made_ports(bands), 3, CPU
    )
    method.fit(1.0, Batch.of(images(name, size=size, bands=bands)))
    return method


def test_the_methods_that_know_no_condition_are_one_game():
    assert all(isinstance(made(name), AdversarialTrainer) for name in UNCONDITIONAL)


@pytest.mark.parametrize("penalty", get_args(PenaltyName))
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", UNCONDITIONAL)
def test_every_loss_and_penalty_takes_steps_with_every_method(name, loss, penalty):
    method = made(name, loss=loss, penalty=penalty, gp=1.0, n_critic=1, head_start=0)
    line = method.step(Batch.of(images(name)), 1)
    assert np.isfinite(list(line.values())).all()
    assert (line["penalty"] > 0) == (penalty != "none")
    assert ("sign_real" in line) == (loss in ("gan", "hinge"))
    assert np.isfinite(list(method.validate(Batch.of(images(name)), 1).values())).all()


@pytest.mark.parametrize("space", ["scale", "noise", "noisy_scale"])
@pytest.mark.parametrize("name", UNCONDITIONAL)
def test_every_space_is_an_option_of_every_method(name, space):
    method = made(name, space=space, initial_time=32.0, anneal_steps=20, n_critic=1, head_start=0)
    times = [method.step(Batch.of(images(name)), number)["time"] for number in range(1, 21)]
    assert times == sorted(times, reverse=True)
    assert times[-1] < 1e-6
    assert (method.sigma > 0) == (space != "scale")
    assert made(name, space=space, sigma=0.3).sigma == 0.3


def test_sigma_is_fitted_or_a_number_and_earlier_recipes_mean_fitted():
    build = METHODS["dcgan"].options.build
    assert build({}).sigma == build({"sigma": None}).sigma == build({"sigma": "fit"}).sigma == "fit"
    assert made("dcgan", space="noise").sigma > 0
    assert made("dcgan", space="noise", sigma=0.15).sigma == 0.15
    for wrong in (-0.1, 101, "fitted", float("nan")):
        with pytest.raises(RecipeError, match="sigma"):
            build({"sigma": wrong})


def test_a_fitted_noise_space_is_as_noisy_at_every_first_time_and_a_fixed_one_is_not():
    noise = {
        sigma: [
            made("dcgan", space="noise", initial_time=initial_time, sigma=sigma).sigma
            * initial_time**0.5
            for initial_time in (32.0, 256.0)
        ]
        for sigma in ("fit", 0.15)
    }
    assert noise["fit"][0] == pytest.approx(noise["fit"][1])
    assert noise[0.15][1] == pytest.approx(8**0.5 * noise[0.15][0])


@pytest.mark.parametrize("name", COMPLEX)
def test_a_loss_of_signed_scores_takes_the_real_part(name):
    build = METHODS[name].options.build
    assert build({"loss": "wgan", "head": "abs"}).head == "abs"
    for loss in set(LOSSES) - {"wgan"}:
        assert build({"loss": loss, "head": "abs"}).head == "real"
    scores = made(name, loss="gan", n_critic=1)._critic(images(name))
    assert scores.min() < 0 or scores.mean() < 1e-3  # a modulus would never be


@pytest.mark.parametrize("name", COMPLEX)
def test_images_of_complex_arithmetic_are_those_of_the_exported_real_layers(name):
    method = made(name, bands=2, limit=1.0) if name == "complex_wgan_gp" else made(name, bands=2)
    for number in range(1, 6):
        method.step(Batch.of(images(name, bands=2)), number)
    wanted = method.generate(range(4))
    assert wanted.dtype == np.complex64
    assert wanted.shape == (4, 2, 16, 16)
    export = method.exportable()
    noise = method._networks.noise.latents(range(4))
    flat = torch.from_numpy(noise.view(np.float32))
    found = export.net(flat).detach().numpy()
    np.testing.assert_allclose(found[:, 0::2] + 1j * found[:, 1::2], wanted, atol=1e-5)


@pytest.mark.parametrize("norm", ["layer", "none"])
@pytest.mark.parametrize("name", ["dcgan", "complex_dcgan"])
def test_a_generator_without_batch_norms_works_on_images_one_by_one(name, norm):
    method = made(name, generator_norm=norm)
    assert not mixes_images(method._generator)
    for number in range(1, 4):
        method.step(Batch.of(images(name)), number)
    assert np.allclose(method.generate([0, 1, 2])[1:2], method.generate([1]), atol=1e-5)
    noise = torch.from_numpy(method._networks.noise.latents([1]))
    flat = torch.view_as_real(noise).flatten(1) if noise.is_complex() else noise
    found = method.exportable().net(flat).detach().numpy()
    found = found[:, 0::2] + 1j * found[:, 1::2] if name == "complex_dcgan" else found
    np.testing.assert_allclose(found, method.generate([1]), atol=1e-5)


@pytest.mark.slow
def test_a_complex_generator_with_layer_norms_is_exported(patches, tmp_path):
    recipe = TrainRecipe(
        method="complex_dcgan", preset="tiny", steps=2, options={"generator_norm": "layer"}
    )
    run = train(patches, recipe, tmp_path / "run", Progress())
    assert export_onnx(run, tmp_path / "made.onnx", Progress()).is_file()


def test_a_complex_norm_is_blind_to_a_turn_of_all_phases():
    z = to_complex(torch.randn((6, 8, 5, 5), generator=torch.Generator().manual_seed(1)))
    turn = torch.polar(torch.ones(()), torch.tensor(0.7))
    for kind in ("batch", "layer"):
        norm = CNorm2d(4, kind)
        once, turned = norm(z), norm(turn * z)
        torch.testing.assert_close(turn * once, turned)
        assert float(once.detach().abs().square().mean()) == pytest.approx(1, abs=0.1)
        torch.testing.assert_close(to_planar(once), norm(to_planar(z)))


@pytest.mark.parametrize("size", [32, 64, 128, 256, 512])
@pytest.mark.parametrize("name", ["dcgan", "complex_dcgan"])
def test_sizes_by_powers_of_two_and_any_number_of_bands_are_made(name, size):
    method = made(name, bands=3, size=size, width=1, most_channels=8)
    made_images = method.generate([0])
    assert made_images.shape == (1, 3, size, size)


def test_a_batch_in_parts_has_the_gradients_of_the_whole_also_in_a_space():
    choices = {"space": "noisy_scale", "n_critic": 1, "head_start": 0, "lr": 1e-9, "sigma": 0.1}
    gradients = []
    for parts in (1, 3):
        method = made("complex_wgan_gp", **choices)
        method.adjust(StepSettings(micro_batches=parts))
        method.step(Batch.of(images("complex_wgan_gp")), 1)
        nets = (method._critic, method._generator)
        gradients.append(torch.cat([p.grad.flatten() for net in nets for p in net.parameters()]))
    assert float((gradients[0] - gradients[1]).norm() / gradients[0].norm()) < 1e-5


@pytest.mark.parametrize("name", ["dcgan", "complex_dcgan"])
def test_a_batch_norm_sees_real_and_made_images_apart(name):
    calls = []
    for norm in ("batch", "layer"):
        method = made(name, norm=norm)
        seen = []
        method._critic[0].register_forward_hook(
            lambda _, ins, out, seen=seen: seen.append(len(out))
        )
        method._step_critic(images(name), 0.0)
        calls.append(seen)
    assert calls == [[8, 8], [16]]


def test_a_training_of_two_valued_images_in_a_space_warns(tmp_path):
    values = (np.random.default_rng(0).random((24, 1, 16, 16)) > 0.7).astype(np.float32)
    patches = made_patches(tmp_path / "set", size=16, values=values, validation=0)
    said = []
    for space in ("none", "noisy_scale"):
        recipe = TrainRecipe(method="dcgan", preset="tiny", steps=1, threads=1, space=space)
        run = train(patches, recipe, tmp_path / space, Progress())
        said.append(" ".join(json.loads((run / "run.json").read_text())["remarks"]))
    assert "two-valued" not in said[0]
    assert "nearly two-valued (100%" in said[1]


def two_step(steps):
    options = {"space": "noise", "schedule": "two_step", "anneal_steps": 20, "initial_time": 8.0}
    return TrainRecipe(
        method="dcgan", preset="tiny", steps=steps, options=options, threads=1, samples=4,
        log_every_s=0,
    )  # fmt: skip


def times_of(run):
    lines = [json.loads(text) for text in (run / "log.jsonl").read_text().splitlines()]
    return {line["step"]: line["time"] for line in lines}


@pytest.fixture(scope="module")
def real_patches(tmp_path_factory):
    values = np.abs(band_limited(12, 16)).astype(np.float32)
    folder = tmp_path_factory.mktemp("real") / "made"
    return made_patches(folder, validation=0, size=16, values=values)


def test_a_run_of_the_two_step_schedule_switches_once_also_where_it_goes_on(real_patches, tmp_path):
    run = train(real_patches, two_step(7), tmp_path / "run", Progress())
    train(real_patches, two_step(22), run, Progress(), resume=True)
    times = times_of(run)
    assert [times[step] for step in range(1, 23)] == [8.0] * 10 + [0.0] * 12
    assert json.loads((run / "run.json").read_text())["remarks"] == []


def test_a_run_of_an_earlier_version_goes_on_with_its_own_two_step_schedule(real_patches, tmp_path):
    run = train(real_patches, two_step(7), tmp_path / "run", Progress())
    found = newest_checkpoint(run / "checkpoints")
    earlier = {name: value for name, value in found.tensors.items() if name != TWO_STEP}
    save_checkpoint(run / "checkpoints", earlier, found.info)
    train(real_patches, two_step(14), run, Progress(), resume=True)
    train(real_patches, two_step(22), run, Progress(), resume=True)
    times = times_of(run)
    assert [times[step] for step in range(8, 23)] == [0.0] * 2 + [8.0] * 5 + [0.0] * 5 + [8.0] * 3
    (remark,) = json.loads((run / "run.json").read_text())["remarks"]
    assert "two-step schedule of an earlier version" in remark
