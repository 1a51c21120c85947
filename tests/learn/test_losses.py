import pytest
import torch

from satstudio.learn.adversarial.losses import (
    LOSSES,
    gradient_penalty,
    gradient_power,
    perturbed,
    wasserstein_distance,
)


def images(seed):
    return torch.randn((5, 2, 4, 4), generator=torch.Generator().manual_seed(seed))


def test_distance_of_shifted_scores_is_the_shift():
    scores = torch.arange(6.0)
    assert wasserstein_distance(scores + 2.5, scores).item() == 2.5


@pytest.mark.parametrize("gradient", [0.25, 1.0, 3.0])
def test_penalty_of_a_linear_critic_is_known(gradient):
    direction = torch.ones(2, 4, 4) / 32**0.5

    def critic(x):
        return gradient * (x * direction).sum((1, 2, 3))

    penalty = gradient_penalty(critic, images(0), images(1), torch.rand(5, 1, 1, 1))
    assert penalty.item() == pytest.approx((gradient - 1) ** 2, abs=1e-5)


def test_penalty_of_a_flat_critic_has_finite_gradients():
    weight = torch.zeros((), requires_grad=True)
    mix = torch.rand(5, 1, 1, 1)
    gradient_penalty(lambda x: weight * x.sum((1, 2, 3)), images(0), images(1), mix).backward()
    assert weight.grad.isfinite()


@pytest.mark.parametrize("name", LOSSES)
def test_a_better_critic_and_a_better_generator_have_less_loss(name):
    high, low = torch.full((4,), 0.9), torch.full((4,), 0.1)
    loss = LOSSES[name]
    assert loss.critic(high, low) < loss.critic(low, high)
    assert loss.generator(high) < loss.generator(low)


def test_losses_are_those_of_the_papers_for_known_scores():
    real, fake = torch.tensor([2.0]), torch.tensor([-1.0])
    softplus = torch.nn.functional.softplus
    wanted = {
        "gan": (softplus(-real) + softplus(fake), softplus(-fake)),
        "lsgan": (0.5 * 1 + 0.5 * 1, 0.5 * 4),
        "wgan": (-3.0, 1.0),
        "hinge": (0.0, 1.0),
    }
    for name, (critic, generator) in wanted.items():
        assert float(LOSSES[name].critic(real, fake)) == pytest.approx(float(critic))
        assert float(LOSSES[name].generator(fake)) == pytest.approx(float(generator))


def test_the_gradient_power_of_a_linear_critic_is_the_power_of_its_weights():
    weights = images(7)[0]

    def critic(x):
        return (weights * x).sum((1, 2, 3))

    assert gradient_power(critic, images(0)).item() == pytest.approx(
        float(weights.square().sum()), rel=1e-5
    )


def test_dragan_moves_images_one_sidedly_by_half_their_standard_deviation():
    real = images(0)
    assert torch.equal(perturbed(real, torch.zeros_like(real), real.std()), real)
    moved = perturbed(real, torch.ones_like(real), real.std()) - real
    assert torch.allclose(moved, 0.5 * real.std())
