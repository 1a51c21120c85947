import pytest
import torch

from satstudio.learn.losses import gradient_penalty, wasserstein_distance


def images(seed):
    return torch.randn((5, 2, 4, 4), generator=torch.Generator().manual_seed(seed))


def test_distance_of_shifted_scores_is_the_shift():
    scores = torch.arange(6.0)
    assert wasserstein_distance(scores + 2.5, scores).item() == 2.5


@pytest.mark.parametrize("slope", [0.25, 1.0, 3.0])
def test_penalty_of_a_linear_critic_is_known(slope):
    direction = torch.ones(2, 4, 4) / 32**0.5

    def critic(x):
        return slope * (x * direction).sum((1, 2, 3))

    penalty = gradient_penalty(critic, images(0), images(1), torch.rand(5, 1, 1, 1))
    assert penalty.item() == pytest.approx((slope - 1) ** 2, abs=1e-5)


def test_penalty_of_a_flat_critic_has_finite_gradients():
    weight = torch.zeros((), requires_grad=True)
    mix = torch.rand(5, 1, 1, 1)
    gradient_penalty(lambda x: weight * x.sum((1, 2, 3)), images(0), images(1), mix).backward()
    assert weight.grad.isfinite()
