"""Noisy scale-space: the form in one go equals the iterated one, in value and in distribution."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from satstudio.learn.adversarial.spaces import Space, fit_sigma, iterated, spectral


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def images(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=seeded(seed), dtype=dtype)


def natural(std, side=64, count=16):
    """Images whose spectrum falls as 1 / f^1.2, as photographs' do."""
    frequency = torch.fft.fftfreq(side)
    radius = (frequency[:, None].square() + frequency[None].square()).sqrt()
    radius[0, 0] = math.inf
    white = torch.randn((count, 1, side, side), generator=seeded(3))
    made = torch.fft.ifft2(torch.fft.fft2(white) / radius**1.2).real
    return std * made / made.std()


@pytest.mark.parametrize("steps", [1, 4, 32])
@pytest.mark.parametrize("shape", [(2, 3, 16, 24), (1, 1, 9, 5)])
def test_blur_in_one_go_is_the_iterated_one_and_so_is_its_gradient(steps, shape):
    given_ = images(*shape).requires_grad_()
    weights = images(*shape, seed=1)
    one = spectral(given_, steps, "scale", 0.0, seeded())
    (slope,) = torch.autograd.grad((one * weights).sum(), given_)
    many = iterated(given_, steps, "scale", 0.0, seeded())
    (wanted,) = torch.autograd.grad((many * weights).sum(), given_)
    assert torch.allclose(one, many, atol=1e-12)
    assert torch.allclose(slope, wanted, atol=1e-12)


@pytest.mark.parametrize("kind", ["noise", "noisy_scale"])
def test_both_forms_agree_in_distribution(kind):
    nothing = torch.zeros((20_000, 1, 5, 4), dtype=torch.float64)
    one = spectral(nothing, 3, kind, 0.2, seeded(1)).flatten(1)
    many = iterated(nothing, 3, kind, 0.2, seeded(2)).flatten(1)
    assert torch.allclose(one.T.cov(), many.T.cov(), atol=0.006)
    assert abs(float(one.mean())) < 0.005
    assert float(one.var()) == pytest.approx(float(many.var()), rel=0.02)


@given(first=st.integers(0, 40), second=st.integers(0, 40))
def test_blurring_twice_is_blurring_for_as_long(first, second):
    given_ = images(1, 1, 8, 6)
    twice = spectral(spectral(given_, first, "scale", 0, seeded()), second, "scale", 0, seeded())
    assert torch.allclose(twice, spectral(given_, first + second, "scale", 0, seeded()), atol=1e-9)


def test_a_time_between_two_steps_lies_between_them():
    given_ = images(1, 1, 16, 16)
    spreads = [float(spectral(given_, t, "scale", 0, seeded()).std()) for t in (2, 2.5, 3)]
    assert spreads[0] > spreads[1] > spreads[2]


@pytest.mark.parametrize(("std", "wanted"), [(0.25, 0.147), (0.5, 0.294)])
def test_sigma_keeps_the_variance_of_natural_images(std, wanted):
    found = fit_sigma(natural(std), 256)
    assert found == pytest.approx(wanted, rel=0.15)


@pytest.mark.parametrize(("initial_time", "crossing"), [(256, 0.277), (128, 0.243), (32, 0.173)])
def test_the_exponential_schedule_falls_as_the_erratum_says(initial_time, crossing):
    space = Space("noisy_scale", initial_time)
    assert space.time(0) == initial_time
    assert space.time(crossing - 0.001) > 1 > space.time(crossing + 0.001)


def test_other_schedules_do_what_they_are_called():
    times = {
        name: [Space("scale", 64, schedule=name).time(i / 100) for i in range(101)]
        for name in ("constant", "two_step", "step", "wave")
    }
    assert set(times["constant"]) == {64}
    assert set(times["two_step"]) == {0, 64}
    assert times["two_step"] == sorted(times["two_step"], reverse=True), "it switches once"
    assert sorted(set(times["step"]), reverse=True) == [64, 32, 16, 8, 4]
    assert max(times["wave"]) == 64
    assert min(times["wave"]) < 1
    assert Space("none", 64).time(0.5) == 0


@pytest.mark.parametrize("steps", [2, 300, 1200])
def test_both_periods_of_the_two_step_schedule_are_as_long(steps):
    space = Space("noisy_scale", 8, schedule="two_step")
    times = [space.time(step / steps) for step in range(1, steps + 1)]
    assert times == [8] * (steps // 2) + [0] * (steps // 2)
    assert space.time(2.0) == 0, "and nothing comes after the schedule"


def test_only_a_share_of_the_batch_is_taken():
    given_ = images(8, 2, 8, 8)
    space = Space("noisy_scale", 16, 0.1, "constant", share=0.5)
    white = torch.randn(given_.shape, generator=seeded())
    made = space.apply(given_, 16, space.taken_of(8), white)
    assert not torch.equal(made[:4], given_[:4])
    assert torch.equal(made[4:], given_[4:])
    assert Space("none").apply(given_, 16, space.taken_of(8), white) is given_
