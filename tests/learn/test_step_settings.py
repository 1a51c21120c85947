import numpy as np
import pytest
import torch
from made_patches import band_limited, made_patches, made_ports

from satstudio.core.errors import Cancelled, RunError
from satstudio.core.progress import Progress
from satstudio.learn.adversarial.losses import gradient_penalty
from satstudio.learn.batch import Batch
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.learn.method import METHODS, StepSettings
from satstudio.learn.setup.batches import as_tensor
from satstudio.learn.setup.set_up import adjust
from satstudio.learn.step_settings import micro_batches, mixed

CPU = torch.device("cpu")


def batch_for(method, name, count=8):
    values = band_limited(count, method.size_px) / 5
    if not METHODS[name].wants_complex:
        values = np.abs(values).astype(np.float32)
    return as_tensor(values, CPU)


def made(name, settings, **options):
    recipe = TrainRecipe(method=name, preset="tiny", options=options)
    method = METHODS[name].make(recipe.chosen(), made_ports(), 3, CPU)
    method.fit(1.0, Batch.of(batch_for(method, name)))
    method.adjust(settings)
    return method


def gradients(name, settings, **options):
    """Gradients of all networks after a step, and its losses."""
    method = made(name, settings, **options)
    losses = method.step(Batch.of(batch_for(method, name)), 1)
    nets = [net for net in vars(method).values() if isinstance(net, torch.nn.Module)]
    found = [p.grad for net in nets for p in net.parameters() if p.grad is not None]
    assert len(found) > 4
    return torch.cat([grad.flatten() for grad in found]).double(), losses


# without batch norms in what is derived; a learning rate so small that the generator meets the
# same critic in both
CASES = (
    ("complex_wgan_gp", {"n_critic": 1, "head_start": 0, "lr": 1e-9}),
    ("despeckle", {}),
)


@pytest.mark.parametrize("micro_batches", [2, 3, 8, 99])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_parts_have_the_gradients_of_the_whole_batch(name, options, micro_batches):
    whole, whole_losses = gradients(name, StepSettings(), **options)
    found, losses = gradients(name, StepSettings(micro_batches=micro_batches), **options)
    assert float((whole - found).norm() / whole.norm()) < 1e-5
    assert losses == pytest.approx(whole_losses, rel=1e-4)


def test_a_batch_is_cut_in_order_with_shares_of_its_size():
    images = torch.arange(7.0)
    pieces = list(micro_batches(3, images, 2 * images))
    assert sum(share for share, _ in pieces) == pytest.approx(1)
    assert torch.equal(torch.cat([part[0] for _, part in pieces]), images)
    assert all(torch.equal(2 * first, second) for _, (first, second) in pieces)


@pytest.mark.parametrize("precision", ["bf16", "bf16_all"])
@pytest.mark.parametrize("name", ["complex_wgan_gp", "complex_dcgan", "dcgan", "despeckle"])
def test_bf16_steps_point_where_float32_steps_do(name, precision):
    options = {} if name == "despeckle" else {"n_critic": 1, "lr": 1e-9}
    options |= {"head_start": 0} if name == "complex_wgan_gp" else {}
    full, full_losses = gradients(name, StepSettings(), **options)
    half, losses = gradients(name, StepSettings(precision=precision), **options)
    assert not torch.equal(full, half)
    assert float(torch.cosine_similarity(full, half, 0)) > 0.98
    assert losses == pytest.approx(full_losses, rel=0.1, abs=0.05)


def test_weights_and_heads_are_float32_in_bf16():
    seen = []
    head = torch.nn.Linear(4, 1)
    head.register_forward_hook(lambda _, inputs, out: seen.append((inputs[0].dtype, out.dtype)))
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), head)
    images = torch.randn(64, 3)
    assert mixed(net, images, 1, StepSettings(precision="bf16")).dtype == torch.float32
    assert seen == [(torch.float32, torch.float32)]
    assert torch.equal(mixed(net, images, 1, StepSettings()), net(images))


def test_penalties_are_calculated_in_float32(monkeypatch):
    method = made("complex_wgan_gp", StepSettings(precision="bf16"), head_start=0)
    seen, inside = {True: set(), False: set()}, [False]
    for layer in method._critic[:-3]:
        layer.register_forward_hook(lambda _, inputs, out: seen[inside[0]].add(out.dtype))

    def watched(*arguments, **choices):
        inside[0] = True
        try:
            return gradient_penalty(*arguments, **choices)
        finally:
            inside[0] = False

    monkeypatch.setattr("satstudio.learn.adversarial.trainer.gradient_penalty", watched)
    method.step(Batch.of(batch_for(method, "complex_wgan_gp")), 1)
    assert seen[True] == {torch.float32}
    assert torch.bfloat16 in seen[False]


def test_penalties_are_coarse_only_where_that_is_asked_for():
    method = made("complex_wgan_gp", StepSettings(precision="bf16_all"), head_start=0)
    seen = set()
    for layer in method._critic[:-3]:
        layer.register_forward_hook(lambda _, inputs, out: seen.add(out.dtype))
    method.validate(Batch.of(batch_for(method, "complex_wgan_gp")), 1)
    assert torch.bfloat16 in seen


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what torch.compile imports
@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # its tracing looks at it
@pytest.mark.parametrize("name", ["complex_wgan_gp", "despeckle"])
def test_compiled_networks_take_the_same_steps(name):
    options = {} if name == "despeckle" else {"n_critic": 1, "lr": 1e-9, "head_start": 0}
    plain, losses = gradients(name, StepSettings(), **options)
    found, compiled_losses = gradients(name, StepSettings(is_compiled=True), **options)
    assert float((plain - found).norm() / plain.norm()) < 1e-4
    assert compiled_losses == pytest.approx(losses, rel=1e-4)


def test_compiling_without_a_compiler_is_refused(patches, recipe, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(RunError, match=r"C\+\+ compiler.*'compiled' off"):
        train(patches, recipe.changed(compiled=True), tmp_path / "run", Progress())


def test_float64_is_refused_by_what_has_only_float32(patches, tmp_path):
    recipe = TrainRecipe(method="despeckle", preset="tiny", precision="float64", steps=1)
    with pytest.raises(RunError, match="despeckler learns in float32 or bf16"):
        train(patches, recipe, tmp_path / "run", Progress())
    assert not (tmp_path / "run").exists()


def test_a_run_in_float64_is_resumed_exactly_and_exported_in_float32(patches, recipe, tmp_path):
    exact = recipe.changed(precision="float64", steps=4)
    whole = train(patches, exact, tmp_path / "whole", Progress())
    broken = train(patches, exact.changed(steps=2), tmp_path / "broken", Progress())
    train(patches, exact, broken, Progress(), resume=True)
    wanted, found = (newest_checkpoint(path / "checkpoints").tensors for path in (whole, broken))
    assert all(torch.equal(value, found[key]) for key, value in wanted.items())
    weights = {key: value.dtype for key, value in wanted.items() if "weight" in key}
    assert set(weights.values()) == {torch.float64}
    assert export_onnx(whole, tmp_path / "made.onnx", Progress()).is_file()


def test_bf16_is_refused_where_the_device_has_none(patches, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("satstudio.learn.device.has_bf16", lambda device: False)
    with pytest.raises(RunError, match=r"'cpu' has no bfloat16.*float32"):
        train(patches, recipe.changed(precision="bf16"), tmp_path / "run", Progress())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("choice", [{"accumulate": 2}, {"precision": "bf16"}])
def test_a_method_that_cannot_be_adjusted_says_so(recipe, choice):
    with pytest.raises(RunError, match="whole batches and float32 only"):
        adjust(object(), recipe.changed(**choice))
    adjust(object(), recipe, pace=0.5)


@pytest.mark.parametrize("name", ["complex_wgan_gp", "dcgan", "despeckle"])
def test_a_run_in_parts_and_bf16_is_resumed_exactly(name, tmp_path):
    values = None if name != "dcgan" else np.abs(band_limited(12, 24)).astype(np.float32)
    if name == "despeckle":
        values = band_limited(12, 64)
    size = 24 if name != "despeckle" else 64
    patches = made_patches(tmp_path / "patches", validation=0, size=size, values=values)
    recipe = TrainRecipe(
        method=name, preset="tiny", steps=6, threads=1, accumulate=3, precision="bf16", samples=2,
        sample_every_s=1e6, check_every_s=1e6, batch=6,
    )  # fmt: skip
    whole = train(patches, recipe, tmp_path / "whole", Progress())
    looks = iter(range(10**9))
    stopping = Progress(is_stopped=lambda: next(looks) >= 5)
    with pytest.raises(Cancelled):
        train(patches, recipe, tmp_path / "broken", stopping)
    train(patches, recipe, tmp_path / "broken", Progress(), resume=True)
    one, two = (newest_checkpoint(path / "checkpoints") for path in (whole, tmp_path / "broken"))
    assert one.tensors.keys() == two.tensors.keys()
    assert all(torch.equal(one.tensors[key], two.tensors[key]) for key in one.tensors)
