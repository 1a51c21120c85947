"""The average of weights: torch's, with a decay that starts small; buffers are the newest."""

import pytest
import torch
from torch import nn

from satstudio.learn.ema import Ema


def stepped(net):
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(1.0)
        for buffer in net.buffers():
            buffer.add_(1)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_it_follows_the_weights_and_faster_at_first(decay):
    net = nn.Linear(2, 2)
    ema, expected = Ema(net, decay), [weight.detach().clone() for weight in net.parameters()]
    for number in range(1, 30):
        stepped(net)
        ema.update(net, number)
        share = 1 - min(decay, (1 + number) / (10 + number))
        for mean, new in zip(expected, net.parameters(), strict=True):
            mean.lerp_(new.detach(), share)
    for found, mean in zip(ema.net.parameters(), expected, strict=True):
        assert torch.equal(found, mean)
        assert not found.requires_grad


def test_what_began_with_learnt_weights_keeps_them_from_the_first_update_on():
    net = nn.Linear(1, 1, bias=False)
    ema, first = Ema(net, 0.9), net.weight.detach().clone()
    ema.is_started = True
    stepped(net)
    ema.update(net, 1)
    assert ema.net.weight.item() == pytest.approx(first.item() + 0.1, abs=1e-6)


def test_buffers_of_norms_are_the_newest():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    ema = Ema(net, 0.99)
    stepped(net)
    ema.update(net, 1)
    assert torch.equal(ema.net[1].running_mean, net[1].running_mean)
    assert ema.net[1].num_batches_tracked == net[1].num_batches_tracked


def test_an_update_is_known_by_its_number_so_that_going_on_is_exact():
    one = nn.Linear(3, 3)
    first, second = Ema(one, 0.99), Ema(one, 0.99)
    stepped(one)
    first.update(one, 7)
    second.update(one, 7)
    stepped(one)
    again = Ema(one, 0.99)
    again.net.load_state_dict(first.net.state_dict())
    first.update(one, 8)
    again.update(one, 8)
    assert torch.equal(first.net.weight, again.net.weight)
