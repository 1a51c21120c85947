"""Generator of CycleGAN: parameters as published, any bands, how far it sees."""

import numpy as np
import pytest
import torch

from satstudio.learn.nets.resnet_generator import ResnetGenerator, ResnetPlan


@pytest.mark.parametrize(("blocks", "count"), [(9, 11_378_179), (6, 7_837_699)])
def test_the_published_networks_have_the_published_parameters(blocks, count):
    with torch.device("meta"):
        net = ResnetGenerator(ResnetPlan(3, 3, blocks=blocks))
        assert sum(weight.numel() for weight in net.parameters()) == count
        assert net(torch.empty(1, 3, 256, 256)).shape == (1, 3, 256, 256)


@pytest.mark.parametrize("norm", ["instance", "batch", "group", "none"])
@pytest.mark.parametrize(("downs", "blocks"), [(1, 3), (3, 0)])
def test_it_takes_any_bands_and_sides(norm, downs, blocks):
    net = ResnetGenerator(ResnetPlan(2, 5, 4, downs, blocks, norm))
    rows, cols = 2 * net.plan.multiple, 5 * net.plan.multiple
    made = net(torch.randn(3, 2, rows, cols))
    assert made.shape == (3, 5, rows, cols)
    assert made.abs().max() <= 1


def test_without_a_bound_answers_grow_with_the_weights():
    net = ResnetGenerator(ResnetPlan(1, 1, 4, 1, 1, is_limited=False))
    with torch.no_grad():
        net.last[1].weight.mul_(100)
    assert net(torch.randn(1, 1, 16, 16)).abs().max() > 1


@pytest.mark.parametrize(("downs", "blocks"), [(1, 1), (2, 2)])
def test_it_sees_as_far_as_it_says(downs, blocks):
    """What a pixel's answer depends on, by its gradient."""
    plan = ResnetPlan(1, 1, 2, downs, blocks, "none", is_limited=False)
    net = ResnetGenerator(plan).double()
    for weight in net.parameters():  # nothing cancels, every unit is active
        torch.nn.init.constant_(weight, 0.1)
    side = 2 * plan.reach_px + 4 * plan.multiple
    farthest = 0
    for pixel in range(side // 2, side // 2 + plan.multiple):
        image = torch.ones((1, 1, side, side), dtype=torch.float64, requires_grad=True)
        net(image)[0, 0, pixel, pixel].backward()
        seen = np.argwhere(image.grad[0, 0].numpy())
        farthest = max(farthest, int(np.abs(seen - pixel).max()))
    assert farthest == plan.reach_px
