"""CycleGAN: its losses against the formulas, any bands, unpaired sets, held brightness."""

import json
from copy import deepcopy

import numpy as np
import pytest
import torch
from made_patches import made_for

from satstudio.core.errors import RecipeError, RunError
from satstudio.core.port import Port
from satstudio.core.progress import Progress
from satstudio.learn.adversarial.cycle_losses import (
    brightness,
    brightness_difference,
)
from satstudio.learn.batch import Batch
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import train
from satstudio.learn.method import METHODS, MethodPorts, StepSettings
from satstudio.learn.setup.batches import Batches
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.set_up import set_up
from satstudio.restore.models.model_file import ModelFile

pytestmark = pytest.mark.learn
KINDS = {"real": "float32", "complex": "complex64"}


def made_recipe(**values):
    usual = {"method": "cyclegan", "preset": "tiny", "threads": 1, "samples": 2}
    return TrainRecipe.build({**usual, **values})


def made_set(folder, taken=1, given=3, kinds=("real", "real")):
    ports = tuple(
        Port(role=role, bands=bands, dtype=KINDS[kind])
        for role, bands, kind in zip(("input", "target"), (taken, given), kinds, strict=True)
    )
    return made_for(MethodPorts(data=ports), folder)


@pytest.fixture(scope="module")
def grey_to_colour(tmp_path_factory):
    return made_set(tmp_path_factory.mktemp("pairs") / "set")


def made_method(patches, **values):
    recipe = made_recipe(**values)
    data = open_data(patches, recipe)
    return METHODS["cyclegan"].make(recipe.chosen(), data.ports, 0, torch.device("cpu"))


def made_batch(method, count=4, seed=0):
    random = torch.Generator().manual_seed(seed)
    side = method.size_px
    images = {
        role: torch.randn(count, form.channels // form.copies, side, side, generator=random)
        for role, form in method._forms.items()
    }
    return Batch(images)


def nets_of(method):
    """G makes the target, F the input; D scores the target, E the input."""
    generators, critics = method._networks.generators, method._networks.critics
    return generators["target"], generators["input"], critics["target"], critics["input"]


def plain_losses(method, x, y):
    """The formulas of the paper, one network call each; x and y as networks see them."""
    g, f, d, e = nets_of(method)
    fake_y, fake_x = g(x), f(y)
    fooled = ((d(fake_y) - 1) ** 2).mean() + ((e(fake_x) - 1) ** 2).mean()
    cycle = (f(fake_y) - x).abs().mean() + (g(fake_x) - y).abs().mean()
    identity = (g(y) - y).abs().mean() + (f(x) - x).abs().mean()
    critic = 0
    for net, real, fake in ((d, y, fake_y.detach()), (e, x, fake_x.detach())):
        critic = critic + 0.5 * (((net(real) - 1) ** 2).mean() + (net(fake) ** 2).mean())
    return fooled, cycle, identity, critic


def test_a_step_is_that_of_the_formulas(grey_to_colour):
    method = made_method(grey_to_colour, lr=1e-2)
    method.adjust(StepSettings(precision="float64"))
    batch = made_batch(method)
    x, y = batch["input"].double().expand(-1, 3, -1, -1), batch["target"].double()
    fooled, cycle, identity, critic = plain_losses(method, x, y)
    nets = nets_of(method)
    plain = [deepcopy(net) for net in nets]
    loss = fooled + 10 * cycle + 5 * identity
    for pair, value in ((slice(0, 2), loss), (slice(2, 4), critic)):
        weights = [weight for net in nets[pair] for weight in net.parameters()]
        copies = [weight for net in plain[pair] for weight in net.parameters()]
        for copy, grad in zip(copies, torch.autograd.grad(value, weights), strict=True):
            copy.grad = grad
        torch.optim.Adam(copies, 1e-2, (0.5, 0.999), foreach=False).step()
    found = method.step(batch, 1)
    wanted = {
        "generator_loss": fooled, "cycle": cycle, "identity": identity, "loss": loss,
        "critic_loss": critic,
    }  # fmt: skip
    assert found == pytest.approx({name: value.item() for name, value in wanted.items()})
    for net, copy in zip(nets, plain, strict=True):
        for weight, moved in zip(net.parameters(), copy.parameters(), strict=True):
            torch.testing.assert_close(weight, moved, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_micro_batches_are_a_batch_where_images_are_worked_on_one_by_one(grey_to_colour, norm):
    states = []
    for micro_batches in (1, 4):
        method = made_method(grey_to_colour, norm=norm, pool=2)
        method.adjust(StepSettings(micro_batches=micro_batches, precision="float64"))
        for number in (1, 2, 3):
            method.step(made_batch(method, seed=number), number)
        states.append(method.state())
    gaps = [
        (states[0][key] - value).abs().max().item()
        for key, value in states[1].items()
        if value.is_floating_point()
    ]
    assert (max(gaps) < 1e-9) == (norm == "instance")


def test_the_log_losses_are_the_cross_entropy_of_a_sigmoid(grey_to_colour):
    method = made_method(grey_to_colour, loss="log", critic_head="dense", identity=0.0)
    batch = made_batch(method)
    x, y = batch["input"], batch["target"]
    assert nets_of(method)[0].plan.channels_in == 1  # nothing is repeated without an anchor
    g, f, d, e = nets_of(method)
    with torch.no_grad():
        fooled = -d(g(x)).sigmoid().log().mean() - e(f(y)).sigmoid().log().mean()
        pairs = ((d, y, g(x)), (e, x, f(y)))
        critic = sum(
            -0.5 * (net(real).sigmoid().log() + (1 - net(fake).sigmoid()).log()).mean()
            for net, real, fake in pairs
        )
        assert d(y).shape == (4, 1)
    found = method.step(batch, 1)
    assert found["generator_loss"] == pytest.approx(fooled.item(), rel=1e-5)
    assert found["critic_loss"] == pytest.approx(critic.item(), rel=1e-5)
    assert "identity" not in found


def test_what_has_no_data_counts_nowhere(grey_to_colour):
    """Other values in the holes of either role change neither losses nor weights."""
    random = torch.Generator().manual_seed(5)
    masks = {role: (torch.rand(4, 1, 16, 16, generator=random) > 0.3).float()
             for role in ("input", "target")}  # fmt: skip
    states, losses = [], []
    for filling in (0.0, 7.0):
        method = made_method(grey_to_colour, norm="none")
        batch = made_batch(method)
        values = {role: torch.where(masks[role] > 0, batch[role], filling) for role in masks}
        losses.append(method.step(Batch(values, masks), 1))
        states.append(method.state())
    assert losses[0] == losses[1]
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())
    pool = states[0]["pool_target.images"]
    assert not pool[(masks["input"] == 0).expand_as(pool)].any()


def test_validation_changes_nothing(grey_to_colour):
    method = made_method(grey_to_colour)
    before = {key: value.clone() for key, value in method.state().items()}
    losses = method.validate(made_batch(method), 7)
    assert set(METHODS["cyclegan"].validated) <= set(losses)
    assert all(torch.equal(value, before[key]) for key, value in method.state().items())


@pytest.mark.parametrize(
    ("bands", "kinds", "anchor"),
    [
        ((1, 3), ("real", "real"), "identity"),
        ((3, 1), ("real", "real"), "identity"),
        ((2, 2), ("complex", "complex"), "identity"),
        ((1, 2), ("complex", "complex"), "identity"),
        ((2, 3), ("real", "real"), "brightness"),
        ((1, 2), ("complex", "real"), "brightness"),
    ],
)
def test_any_bands_are_learnt_from_and_exported(tmp_path, bands, kinds, anchor):
    method = made_method(made_set(tmp_path / "set", *bands, kinds))
    assert method._roles.anchor == anchor
    batch = made_batch(method, 2)
    for number in (1, 2):
        assert all(np.isfinite(list(method.step(batch, number).values())))
    shown, given = method.translate(batch), batch["input"].numpy()
    if kinds[0] == "complex":
        given = (given[:, : bands[0]] + 1j * given[:, bands[0] :]).astype(np.complex64)
    exported = method.exportable().reference(given)
    assert (shown.shape, shown.dtype) == ((2, bands[1], 16, 16), KINDS[kinds[1]])
    np.testing.assert_allclose(exported, shown, atol=1e-5)


def test_a_model_file_of_complex_bands_says_what_it_takes_and_gives(tmp_path):
    patches = made_set(tmp_path / "set", 1, 2, ("complex", "complex"))
    run = train(patches, made_recipe(steps=2), tmp_path / "run", Progress())
    known = json.loads((run / "run.json").read_text("utf-8"))
    assert known["anchor"] == "identity"
    card = ModelFile.load(export_onnx(run, tmp_path / "m.onnx", Progress())).card
    found = [(port.band_count, port.dtype) for port in (*card.inputs, *card.outputs)]
    assert found == [(1, "complex64"), (2, "complex64")]


def unpaired_set(folder):
    """Ten images of the input, three of the target, and as many held out."""
    parts = [
        made_for(
            MethodPorts(data=(Port(role=role, bands=bands, dtype="float32"),)),
            folder / role, train=count,
        )
        for role, bands, count in (("input", 1, 10), ("target", 3, 3))
    ]  # fmt: skip
    first, second = (json.loads((part / "manifest.json").read_text("utf-8")) for part in parts)
    for name in ("ports", "shards", "items"):
        first[name] += second[name]
    for file in parts[1].glob("*.npy"):
        file.rename(parts[0] / file.name)
    (parts[0] / "manifest.json").write_text(json.dumps(first), "utf-8")
    return parts[0]


def test_an_unpaired_set_of_other_counts_is_learnt_from(tmp_path):
    folder = unpaired_set(tmp_path)
    run = train(folder, made_recipe(steps=3, log_every_s=0), tmp_path / "run", Progress())
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) == 3
    assert all(np.isfinite(line["cycle_train"]) for line in lines)


def test_of_a_paired_set_training_sees_no_pairs_and_figures_do(grey_to_colour):
    recipe = made_recipe()
    setup = set_up(open_data(grey_to_colour, recipe), recipe)
    paired = Batches(setup.data.training_patches, setup.data.scaling, 4, 16, 0, setup.device)
    own, other = setup.training_batches.batch(1), paired.batch(1)
    assert torch.equal(own["input"], other["input"])
    assert not torch.equal(own["target"], other["target"])
    assert setup.held_out.is_paired


def test_the_difference_of_brightness_is_largest_for_an_inverted_image():
    image = torch.randn(3, 1, 24, 24, generator=torch.Generator().manual_seed(0))
    assert brightness_difference(image, 5 * image + 2) < 1e-2
    other = torch.randn(3, 1, 24, 24, generator=torch.Generator().manual_seed(1))
    assert brightness_difference(image, other) < brightness_difference(image, -image)
    assert brightness_difference(torch.zeros_like(image), image).isfinite()
    flat = torch.zeros_like(image).requires_grad_()
    torch.autograd.backward(brightness_difference(flat, image))
    assert flat.grad.isfinite().all()


def test_the_brightness_of_complex_bands_is_that_of_their_moduli():
    values = torch.tensor([3.0, 0.0, 4.0, 1.0]).reshape(1, 4, 1, 1)  # 3 + 4j and 1j
    assert brightness(values, is_complex=True).item() == pytest.approx(3.0)
    assert brightness(values, is_complex=False).item() == pytest.approx(2.0)


def test_without_an_anchor_the_run_says_so(grey_to_colour, tmp_path):
    run = train(grey_to_colour, made_recipe(steps=1, identity=0), tmp_path / "run", Progress())
    remarks = json.loads((run / "run.json").read_text("utf-8"))["remarks"]
    assert any("can learn the inverted image" in text for text in remarks)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"size": 18, "downs": 2}, "cannot be halved 2 times; take a multiple of 4"),
        ({"size": 16, "critic_layers": 3}, "too small for these networks; take 24 px"),
    ],
)
def test_sizes_that_do_not_go_together_are_refused(values, reason):
    with pytest.raises(RecipeError, match=reason):
        made_recipe(options=values)


def test_a_set_of_one_role_is_refused(tmp_path):
    declared = MethodPorts(data=(Port(role="input", bands=1, dtype="float32"),))
    patches = made_for(declared, tmp_path / "set")
    with pytest.raises(RunError, match="no port 'target'; there is input"):
        open_data(patches, made_recipe())
