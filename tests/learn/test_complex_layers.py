import pytest
import torch

from satstudio.learn.adversarial.losses import gradient_penalty
from satstudio.learn.nets.complex_layers import (
    CConv2d,
    CLinear,
    complex_parameters,
    folded,
    interleaved,
    start_weights,
    to_complex,
    to_planar,
)
from satstudio.learn.nets.complex_wgan import CriticShape, GeneratorShape, critic, generator


def made_nets(head="abs", seed=0):
    made = generator(GeneratorShape(latent=6, blocks=3, channels=5, factor=0.8, side=2, bands=2))
    critic_net = critic(CriticShape(8, 3, 4, 6, 4, bands=2, head=head))
    random = torch.Generator().manual_seed(seed)
    start_weights(made, "torch", random)
    start_weights(critic_net, "torch", random)
    return made.double(), critic_net.double()


def noise(count=3, dim=6, seed=1):
    random = torch.Generator().manual_seed(seed)
    return torch.randn((count, dim), dtype=torch.complex128, generator=random)


def test_planar_generator_answers_as_native_complex():
    made, _ = made_nets()
    torch.testing.assert_close(to_complex(made(to_planar(noise()))), made(noise()))


@pytest.mark.parametrize("head", ["abs", "real"])
def test_planar_critic_answers_as_native_complex(head):
    made, critic_net = made_nets(head)
    image = made(noise()).detach()
    torch.testing.assert_close(critic_net(to_planar(image)), critic_net(image))


@pytest.mark.parametrize("head", ["abs", "real"])
def test_penalty_and_its_gradients_agree_with_native_complex(head):
    made, critic_net = made_nets(head)
    real, fake = made(noise(seed=2)).detach(), made(noise(seed=3)).detach()
    mix = torch.rand((3, 1, 1, 1), dtype=torch.float64)
    answers = []
    for form in (to_planar, lambda z: z):
        critic_net.zero_grad()
        penalty = gradient_penalty(critic_net, form(real), form(fake), mix)
        (penalty + critic_net(form(fake)).mean()).backward()
        answers.append(
            [penalty.detach(), *(weight.grad.clone() for weight in critic_net.parameters())]
        )
    for planar, native in zip(*answers, strict=True):
        torch.testing.assert_close(planar, native, rtol=1e-9, atol=1e-12)


def test_generator_gradients_agree_with_native_complex():
    made, critic_net = made_nets()
    answers = []
    for form in (to_planar, lambda z: z):
        made.zero_grad()
        critic_net(made(form(noise()))).mean().backward()
        answers.append([weight.grad.clone() for weight in made.parameters()])
    for planar, native in zip(*answers, strict=True):
        torch.testing.assert_close(planar, native, rtol=1e-9, atol=1e-12)


def test_penalty_passes_gradcheck():
    _, critic_net = made_nets()
    real, fake = (torch.randn(1, 4, 8, 8, dtype=torch.float64) for _ in range(2))
    weight = critic_net[0].weight_i
    mix = torch.full((1, 1, 1, 1), 0.4, dtype=torch.float64)

    def penalty(value):
        with torch.no_grad():
            weight.copy_(value)
        return gradient_penalty(critic_net, real, fake, mix)

    start = weight.detach().clone()
    penalty(start).backward()
    bump = torch.zeros_like(start)
    bump.view(-1)[3] = 1e-6
    slope = (penalty(start + bump) - penalty(start - bump)).item() / 2e-6
    assert weight.grad.view(-1)[3].item() == pytest.approx(slope, rel=1e-5)


def test_folded_twin_has_only_plain_layers_and_interleaved_channels():
    made, _ = made_nets()
    twin = folded(made)
    assert not any(isinstance(layer, CConv2d | CLinear) for layer in twin)
    z, image = noise(), made(noise())
    answer = twin(to_planar(z)[:, interleaved(6)])
    torch.testing.assert_close(answer, to_planar(image)[:, interleaved(2)])


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        (GeneratorShape(128, 4, 64, 1.0, 4), 392_193),
        (GeneratorShape(512, 8, 512, 0.8, 2), 12_368_448),
        (CriticShape(32, 5, 32, 128, 8), 387_969),
        (CriticShape(256, 8, 32, 512, 4), 8_647_937),
    ],
)
def test_networks_of_the_paper_have_its_parameter_counts(shape, count):
    with torch.device("meta"):
        net = (generator if isinstance(shape, GeneratorShape) else critic)(shape)
    assert complex_parameters(net) == count


@pytest.mark.parametrize(("init", "variance"), [("torch", 2 / 3), ("lecun", 1.0), ("he", 2.0)])
def test_first_weights_have_the_variance_that_is_promised(init, variance):
    layer = CConv2d(32, 64)
    layer.start(init, torch.Generator().manual_seed(0))
    power = (layer.weight_r.square() + layer.weight_i.square()).mean().item()
    assert power * layer.fan_in == pytest.approx(variance, rel=0.03)
    assert bool((layer.bias_r == 0).all()) == (init != "torch")


def test_first_weights_come_from_the_given_generator_alone():
    one, _ = made_nets(seed=5)
    torch.manual_seed(99)
    two, _ = made_nets(seed=5)
    assert all(torch.equal(*pair) for pair in zip(one.parameters(), two.parameters(), strict=True))


def test_modulus_head_has_finite_gradients_at_zero():
    _, critic_net = made_nets()
    with torch.no_grad():
        critic_net[-2].weight_r.zero_()
        critic_net[-2].weight_i.zero_()
        critic_net[-2].bias_r.zero_()
        critic_net[-2].bias_i.zero_()
    image = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    mix = torch.rand((2, 1, 1, 1), dtype=torch.float64)
    (critic_net(image).mean() + gradient_penalty(critic_net, image, -image, mix)).backward()
    assert all(weight.grad.isfinite().all() for weight in critic_net.parameters())


def test_score_is_never_half_precise():
    _, critic_net = made_nets()
    assert critic_net[-1](torch.randn(4, 2, dtype=torch.bfloat16)).dtype is torch.float32


def limited(limit=2.0):
    made = generator(GeneratorShape(6, 2, 4, 1.0, 2, bands=2, has_limit=True))
    start_weights(made, "he", torch.Generator().manual_seed(0))
    made[-1].limit.fill_(limit)
    return made.double()


def test_a_limit_holds_the_modulus_and_leaves_small_numbers_and_phases():
    z = torch.tensor([[0.1 + 0.1j], [3j], [-400.0 + 0j]], dtype=torch.complex128)[..., None, None]
    found = limited()[-1](z)[:, 0, 0, 0]
    assert abs(found[0] - (0.1 + 0.1j)) < 1e-5
    assert bool((found.abs() < 2).all())
    torch.testing.assert_close(found.angle(), z[:, 0, 0, 0].angle())


def test_a_limit_agrees_in_planar_native_and_folded_form():
    made = limited()
    planar, native = made(to_planar(noise())), made(noise())
    torch.testing.assert_close(to_complex(planar), native)
    answer = folded(made)(to_planar(noise())[:, interleaved(6)])
    torch.testing.assert_close(answer, planar[:, interleaved(2)])


def test_a_limit_is_no_parameter_and_travels_with_the_weights():
    made = limited(0.7)
    assert any(key.endswith(".limit") for key in made.state_dict())
    plain = generator(GeneratorShape(6, 2, 4, 1.0, 2, bands=2))
    assert complex_parameters(made) == complex_parameters(plain)
