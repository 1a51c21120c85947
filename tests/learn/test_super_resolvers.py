"""Super-resolution by any ratio, of complex samples too; targets that lie beside the frames."""

import json
from fractions import Fraction

import numpy as np
import pytest
import torch
from made_patches import made_for
from made_restorers import made_batch, made_method, port
from scipy.ndimage import fourier_shift

from satstudio.core.port import Port
from satstudio.core.progress import Progress
from satstudio.learn.batch import Batch
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.loop import train
from satstudio.learn.method import METHODS, MethodPorts
from satstudio.learn.methods.multi_image_super_resolution import aligned
from satstudio.learn.nets.frame_fusion_net import FusionPlan
from satstudio.learn.nets.restoration_net import finer
from satstudio.learn.nets.super_net import SuperNet, SuperPlan
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.pixels.resampling import bicubic
from satstudio.restore.models.model_file import ModelFile


@pytest.mark.parametrize("ratio", ["2", "3", "4", "5/2", "25/8"])
def test_a_tile_becomes_what_it_is_in_the_whole_image(ratio):
    ratio = Fraction(ratio)
    plan = SuperPlan(channels=1, places=(0,), ratio=ratio, width=4, blocks=1)
    net = SuperNet(plan)
    net.start(torch.Generator().manual_seed(0))
    torch.nn.init.normal_(net.up.head.weight, generator=torch.Generator().manual_seed(1))
    unit, reach = ratio.denominator, -(-plan.reach_px // ratio.denominator) * ratio.denominator
    side = 2 * reach + 4 * unit
    image = torch.randn((1, 1, side + 2 * unit, side), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        whole, tile = net(image), net(image[..., unit : unit + side, :])
    assert whole.shape[-1] == side * ratio
    edge, start = int(reach * ratio), int(unit * ratio)
    inside = np.s_[..., edge:-edge, edge:-edge]
    there = whole[..., start : start + tile.shape[-2], :]
    torch.testing.assert_close(tile[inside], there[inside], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("ratio", ["2", "5/2"])
def test_other_levels_and_contrasts_of_a_band_are_restored_alike(ratio):
    """What was learnt from made land holds for real one, whose bands have other numbers."""
    net = SuperNet(SuperPlan(channels=2, places=(0, 1), ratio=Fraction(ratio), width=4, blocks=1))
    net.start(torch.Generator().manual_seed(0))
    torch.nn.init.normal_(net.up.head.weight, generator=torch.Generator().manual_seed(1))
    image = torch.rand((1, 2, 24, 24), generator=torch.Generator().manual_seed(2))
    gain, offset = (torch.tensor(pair)[:, None, None] for pair in ((3.0, 0.2), (0.5, 0.0)))
    with torch.no_grad():
        here, there = net(image), net(gain * image + offset)
    torch.testing.assert_close(there, gain * here + offset, rtol=1e-3, atol=1e-3)
    assert (here - finer(image, Fraction(ratio))).abs().max() > 0.1, "else nothing was added"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("super_resolution", {"low": "1", "target": "5/2"}),
        ("gap_filling", {"input": "1", "target": "1"}),
    ],
)
def test_complex_samples_are_learnt_watched_and_exported(tmp_path, name, roles):
    declared = METHODS[name].ports
    data = tuple(
        Port(role=role, dtype="complex64", ratio=ratio) for role, ratio in roles.items()
    ) + tuple(each for each in declared.data if each.mask_of == "input")
    patches = made_for(MethodPorts(data=data, inputs=declared.inputs), tmp_path / "set", size=24)
    recipe = TrainRecipe(
        method=name,
        preset="tiny",
        steps=2,
        batch=2,
        threads=1,
        log_every_s=0,
        samples=4,
        options={"size": 24},
    )
    run = train(patches, recipe, tmp_path / "run", Progress())
    last = json.loads((run / "log.jsonl").read_text("utf-8").splitlines()[-1])
    assert 0.5 < last["coherence"] <= 1
    assert 0.5 < last["coherence_best"] <= 1
    assert ("hallucination" in last and "lr_consistency" in last) == (name == "super_resolution")
    card = ModelFile.load(export_onnx(run, tmp_path / "made.onnx", Progress())).card
    assert card.inputs[0].is_complex
    assert card.outputs[0].is_complex
    assert card.outputs[0].ratio == roles["target"]
    assert "Coherence with the target 0." in card.notes
    assert ("Hallucination" in card.notes) == (name == "super_resolution")


@pytest.mark.parametrize("ratio", ["3", "5/2", "25/8"])
def test_networks_interpolate_as_the_baseline_does(ratio):
    image = np.random.default_rng(0).standard_normal((2, 24, 32)).astype(np.float32)
    made = finer(torch.from_numpy(image)[None], Fraction(ratio))[0].numpy()
    wanted = bicubic(image, np.ones((24, 32), bool), Fraction(ratio))[0]
    np.testing.assert_allclose(made, wanted, atol=1e-5)


def frames_with_target(shift):
    """Frames of a smooth ground, and the ground itself moved by (rows, cols)."""
    random = np.random.default_rng(3)
    spectrum = np.fft.fft2(random.standard_normal((96, 96)))
    row, col = np.fft.fftfreq(96)[:, None], np.fft.fftfreq(96)[None]
    ground = 20 * np.fft.ifft2(spectrum * np.exp(-400 * (row**2 + col**2))).real
    low = ground.reshape(32, 3, 32, 3).mean((1, 3))
    moved = np.fft.ifft2(fourier_shift(np.fft.fft2(ground), shift)).real
    stack = torch.from_numpy(np.stack([low] * 3)[None, :, None]).float()
    target = torch.from_numpy(moved[None, None]).float()
    masks = {"low": torch.ones(1, 3, 1, 32, 32), "target": torch.ones(1, 1, 96, 96)}
    return Batch({"low": stack, "target": target}, masks), ground


def test_a_target_is_moved_onto_the_first_frame_by_parts_of_a_pixel():
    plan = FusionPlan(1, (0,), Fraction(3), 4, 1, 0, "mean")
    batch, ground = frames_with_target((1.4, -2.3))
    found = aligned(batch, plan)["target"][0, 0].numpy()
    inner = np.s_[8:-8, 8:-8]
    before = np.abs(batch["target"][0, 0].numpy() - ground)[inner].mean()
    assert np.abs(found - ground)[inner].mean() < 0.1 * before


def test_a_target_that_tells_nothing_stays_where_it_is():
    plan = FusionPlan(1, (0,), Fraction(3), 4, 1, 0, "mean")
    batch, _ = frames_with_target((0, 0))
    constant = Batch({**batch.values, "target": torch.ones(1, 1, 96, 96)}, batch.masks)
    assert torch.equal(aligned(constant, plan)["target"], constant["target"])


def test_tolerated_shifts_are_tolerated_in_psnr_too():
    ports = (port("low", 1, (3, 3)), port("target", ratio="3"))
    tolerant = made_method("multi_image_super_resolution", ports=ports, tolerated_px=2)
    assert tolerant.rivals(made_batch(ports)).tolerated_px == 2
