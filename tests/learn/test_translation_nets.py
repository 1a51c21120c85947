"""Networks of Pix2Pix and CycleGAN: counts as published, shapes, how far they see."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from satstudio.learn.nets.image_unet import ImageUNet, UNetPlan, reach_px
from satstudio.learn.nets.mixing import mixes_images
from satstudio.learn.nets.norm_layers import (
    STD,
    image_by_image,
    norm_layers,
    start_weights,
)
from satstudio.learn.nets.patchgan import PatchGanPlan, patch_px, patchgan


def parameters(net):
    return sum(weight.numel() for weight in net.parameters())


@pytest.mark.parametrize(
    ("channels", "norm", "count"),
    [(6, "batch", 2_768_705), (4, "batch", 2_766_657), (3, "instance", 2_764_737)],
)
def test_a_patchgan_of_70_px_has_the_published_parameters(channels, norm, count):
    assert patch_px(3) == 70
    with torch.device("meta"):
        net = patchgan(PatchGanPlan(channels, norm=norm))
        assert parameters(net) == count
        assert net(torch.empty(1, channels, 256, 256)).shape == (1, 1, 30, 30)


@pytest.mark.parametrize(("bands", "count"), [(3, 54_413_955), (1, 54_411_907)])
def test_a_unet_256_has_the_published_parameters(bands, count):
    with torch.device("meta"):
        net = ImageUNet(UNetPlan(bands, 3))
        assert parameters(net) == count
        assert net(torch.empty(1, bands, 256, 256)).shape == (1, 3, 256, 256)


def test_networks_of_the_report_have_the_parameters_of_its_wording():
    """U-Net with instance norms that have factors; a critic that says one number of an image."""
    with torch.device("meta"):
        made = ImageUNet(UNetPlan(3, 3, norm="instance_affine"))
        critic = patchgan(PatchGanPlan(3, norm="instance_affine", dense_px=256))
        assert parameters(made) == 54_413_955
        assert parameters(critic) == 2_766_470
        assert critic(torch.empty(2, 3, 256, 256)).shape == (2, 1)


def test_a_unet_has_its_dropout_at_the_published_levels():
    assert UNetPlan(3, 3).dropped == [4, 5, 6]
    assert UNetPlan(3, 3, downs=7).dropped == [4, 5]
    assert UNetPlan(3, 3, downs=4, width=16).dropped == [2]
    net = ImageUNet(UNetPlan(1, 1, downs=4, width=4, dropout=0.5))
    image = torch.randn(2, 1, 32, 32)
    assert not torch.equal(net.train()(image), net(image))
    assert torch.equal(net.eval()(image), net(image))


@pytest.mark.parametrize("norm", ["batch", "instance", "instance_affine", "group", "none"])
@pytest.mark.parametrize("downs", [1, 2, 5])
def test_a_unet_takes_any_bands_and_sides(norm, downs):
    net = ImageUNet(UNetPlan(2, 5, downs, 4, 8, norm))
    start_weights(net, torch.Generator().manual_seed(0))
    sides = net.plan.multiple * 2, net.plan.multiple * 3
    assert net(torch.randn(2, 2, *sides)).shape == (2, 5, *sides)
    critic = patchgan(PatchGanPlan(7, 4, 2, norm))
    assert critic(torch.randn(2, 7, 32, 48)).shape == (2, 1, 6, 10)
    assert mixes_images(net) == (norm == "batch" and downs > 1)


def test_answers_are_limited_where_the_target_is():
    image = 100 * torch.randn(1, 1, 16, 16)
    for is_limited in (True, False):
        net = ImageUNet(UNetPlan(1, 1, 2, 4, norm="none", is_limited=is_limited))
        assert (net(image).abs().max() <= 1) == is_limited


@pytest.mark.parametrize("downs", [1, 2, 3, 4])
def test_a_unet_sees_as_far_as_it_says(downs):
    """What a pixel's answer depends on, by its gradient."""
    net = ImageUNet(UNetPlan(1, 1, downs, 2, norm="none", is_limited=False)).double()
    for weight in net.parameters():  # nothing cancels, every unit is active
        torch.nn.init.constant_(weight, 0.1)
    side = net.plan.multiple * 8
    farthest = 0
    for pixel in range(side // 2, side // 2 + net.plan.multiple):
        image = torch.ones((1, 1, side, side), dtype=torch.float64, requires_grad=True)
        net(image)[0, 0, pixel, pixel].backward()
        seen = np.argwhere(image.grad[0, 0].numpy())
        farthest = max(farthest, int(np.abs(seen - pixel).max()))
    assert farthest == reach_px(downs)


@pytest.mark.parametrize("side", [32, 64])
def test_a_dense_head_makes_one_score_of_an_image(side):
    net = patchgan(PatchGanPlan(3, 4, 3, dense_px=side))
    assert net(torch.randn(5, 3, side, side)).shape == (5, 1)


def test_weights_begin_as_published():
    net = patchgan(PatchGanPlan(3, 32, norm="batch"))
    start_weights(net, torch.Generator().manual_seed(1))
    assert net[0].weight.std().item() == pytest.approx(STD, rel=0.05)
    assert not net[0].bias.any()
    assert net[3].weight.mean().item() == pytest.approx(1, abs=0.01)
    again = patchgan(PatchGanPlan(3, 32, norm="batch"))
    start_weights(again, torch.Generator().manual_seed(1))
    assert all(map(torch.equal, net.state_dict().values(), again.state_dict().values()))


def test_image_by_image_an_answer_is_that_of_a_batch_of_one_in_training_mode():
    net = ImageUNet(UNetPlan(1, 2, 3, 4))
    start_weights(net, torch.Generator().manual_seed(0))
    images = torch.randn(3, 1, 16, 24)
    alone = image_by_image(net).eval()
    assert not mixes_images(alone)
    with torch.no_grad():
        wanted = torch.cat([net.train()(image[None]) for image in images])
        torch.testing.assert_close(alone(images), wanted, atol=1e-6, rtol=1e-5)
        net.last[1].weight.zero_()  # the weights are the same ones
        assert alone(images).std() < 1e-3


def test_a_group_norm_has_groups_of_16_channels_where_they_divide():
    assert norm_layers("group", 64)[0].num_groups == 4
    assert norm_layers("group", 6)[0].num_groups == 3
    assert norm_layers("group", 7)[0].num_groups == 7


@pytest.mark.parametrize("norm", ["instance", "instance_affine"])
def test_instance_norms_make_no_noise_of_flat_images(norm):
    """Rounding of a flat image grows in plain norms until it fills the output."""
    net = ImageUNet(UNetPlan(1, 1, 3, 8, norm=norm)).eval()
    start_weights(net, torch.Generator().manual_seed(0))
    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv2d) and layer.bias is not None:
            torch.nn.init.constant_(layer.bias, 0.1)
    flat, exact = torch.full((1, 1, 96, 96), 0.3), deepcopy(net).double()
    with torch.no_grad():
        torch.testing.assert_close(net(flat).double(), exact(flat.double()), atol=1e-5, rtol=0)


@pytest.mark.parametrize("norm", ["instance", "instance_affine"])
def test_an_instance_norm_is_that_of_torch_whether_or_not_it_learns(norm):
    (own,) = norm_layers(norm, 5)
    if own.affine:
        torch.nn.init.normal_(own.weight)
        torch.nn.init.normal_(own.bias)
    images = 3 + torch.randn(2, 5, 9, 11)
    wanted = torch.nn.functional.instance_norm(images, weight=own.weight, bias=own.bias)
    for mode in (True, False):
        torch.testing.assert_close(own.train(mode)(images), wanted, atol=1e-5, rtol=1e-5)


def test_biases_that_an_instance_norm_takes_away_stay_what_they_are():
    """Their gradients are rounding, of which Adam would make steps of full length."""
    net = ImageUNet(UNetPlan(2, 1, 3, 4, norm="instance"))
    adam = torch.optim.Adam(net.parameters(), 1e-2)
    images = torch.randn(4, 2, 32, 32)
    net(images).square().mean().backward()
    before = {name: weight.clone() for name, weight in net.named_parameters()}
    adam.step()
    still = [name for name, weight in net.named_parameters() if torch.equal(weight, before[name])]
    assert still == ["down.1.1.bias", "up.0.1.bias", "up.1.1.bias"]
    critic = patchgan(PatchGanPlan(2, 4, 2, "instance"))
    critic(images).mean().backward()
    assert [name for name, weight in critic.named_parameters() if not weight.grad.any()] == [
        "2.bias", "5.bias",
    ]  # fmt: skip
