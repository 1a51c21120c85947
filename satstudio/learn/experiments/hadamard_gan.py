"""teach: generators of combinations of Hadamard bases, and the variation that they keep.

Real images are c_1 B_1 + ... + c_8 B_8 with independent c uniform in -1..1 and B the eight vertical
stripe patterns of 8 x 8 pixels (rows of the Walsh matrix, by sequency). The later half are the high
frequencies. A space is harmful where generated images lose the variation of their coefficients.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from satstudio.core.progress import Progress
from satstudio.learn.adversarial.losses import LOSSES
from satstudio.learn.adversarial.spaces import Schedule, Space, SpaceKind, fit_sigma
from satstudio.learn.experiments.ensemble import Ensemble

SIDE = 8
PIXELS = SIDE * SIDE
HIGH = SIDE // 2
"""Bases from this one on are the high frequencies."""

HALF_STEP = 0.5
"""The paper counts whole steps: a time below this is none."""

MEASURED = 4000
LOOKS = 15
SLOPE = 0.2


@dataclass(frozen=True, slots=True)
class Setting:
    """How the generators are taught.

    Attributes
    ----------
    share : of each batch that is taken into the space
    sigma : None: fitted so that the images' variance is kept
    seeds : how many generators, each with weights and noise of its own
    """

    space: SpaceKind
    share: float
    initial_time: float
    schedule: Schedule
    sigma: float | None
    seeds: int
    steps: int
    batch: int
    latent: int
    hidden: int
    lr: float
    beta1: float
    seed: int


@dataclass(frozen=True, slots=True)
class Look:
    """What the generators make after `step` steps; a number a seed.

    Attributes
    ----------
    high_std, low_std : mean standard deviation of the coefficients of each half
    distance : W1 between the coefficients and the uniform ones, mean over the bases
    """

    step: int
    high_std: tuple[float, ...]
    low_std: tuple[float, ...]
    distance: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trained:
    """What teaching gave: looks over the steps, sigma, and images (n, 8, 8) of the first seed."""

    looks: tuple[Look, ...]
    sigma: float
    images: Tensor


def stripes() -> Tensor:
    """Return the eight bases as rows (8, 64), of values 1 and -1, by number of sign changes."""
    walsh = torch.ones(1, 1)
    while len(walsh) < SIDE:
        walsh = torch.cat([torch.cat([walsh, walsh], 1), torch.cat([walsh, -walsh], 1)])
    changes = (walsh[:, 1:] != walsh[:, :-1]).sum(1)
    return walsh[changes.argsort()].repeat(1, SIDE)


def real_images(seeds: int, count: int, random: torch.Generator) -> Tensor:
    """Return real images (seeds, count, 64)."""
    shares = torch.rand((seeds, count, SIDE), generator=random) * 2 - 1
    return shares @ stripes()


def coefficients(images: Tensor) -> Tensor:
    """Return the coefficients (..., 8) of images (..., 64)."""
    return images @ stripes().T / PIXELS


def teach(setting: Setting, progress: Progress) -> Trained:
    """Teach generators against critics that see images in the space of the setting."""
    random = torch.Generator().manual_seed(setting.seed)
    networks = _Networks(setting, random)
    looks = [networks.look(0)]
    every = max(setting.steps // LOOKS, 1)
    for step in _steps(setting.steps, progress):
        time = networks.space.time(step / setting.steps)
        networks.step(time if time >= HALF_STEP else 0.0)
        if step % every == 0 or step == setting.steps:
            looks.append(networks.look(step))
    return Trained(tuple(looks), networks.space.sigma, networks.images())


def _steps(count: int, progress: Progress) -> Iterator[int]:
    for step in range(1, count + 1):
        yield step
        progress.report(step / count, f"Step {step}")


class _Networks:
    """Generators and critics of all seeds, and one step of both."""

    def __init__(self, setting: Setting, random: torch.Generator) -> None:
        self._setting = setting
        self._random = random
        hidden = (setting.hidden, setting.hidden)
        self._maker = Ensemble(setting.seeds, (setting.latent, *hidden, PIXELS), 0.0, random)
        self._critic = Ensemble(setting.seeds, (PIXELS, *hidden, 1), SLOPE, random)
        betas = (setting.beta1, 0.999)
        self._adam_m = torch.optim.Adam(self._maker.parameters(), setting.lr, betas, fused=True)
        self._adam_c = torch.optim.Adam(self._critic.parameters(), setting.lr, betas, fused=True)
        sigma = setting.sigma
        if sigma is None:
            known = real_images(1, MEASURED, random).reshape(-1, 1, SIDE, SIDE)
            is_noisy = setting.space in ("noise", "noisy_scale")
            # as in the paper noise alone has the sigma of both together
            sigma = fit_sigma(known, setting.initial_time) if is_noisy else 0.0
        self.space = Space(
            setting.space, setting.initial_time, sigma, setting.schedule, share=setting.share
        )

    def step(self, time: float) -> None:
        """Update all critics, then all generators; seeds do not see each other."""
        setting = self._setting
        count = setting.batch
        real = real_images(setting.seeds, count, self._random)
        fake = self._make(count)
        loss = LOSSES["gan"]
        seen = torch.cat([self._seen(real, time), self._seen(fake.detach(), time)], 1)
        scores = self._critic(seen)
        told = loss.critic(scores[:, :count], scores[:, count:])
        self._adam_c.zero_grad(set_to_none=True)
        torch.autograd.backward(setting.seeds * told)  # the mean over seeds back to their sum
        self._adam_c.step()
        self._critic.requires_grad_(False)
        told = loss.generator(self._critic(self._seen(fake, time)))
        self._adam_m.zero_grad(set_to_none=True)
        torch.autograd.backward(setting.seeds * told)
        self._adam_m.step()
        self._critic.requires_grad_(True)

    def look(self, step: int) -> Look:
        """Measure what the generators make now."""
        with torch.no_grad():
            found = coefficients(self._make(MEASURED))
        std = found.std(1)
        uniform = (torch.arange(MEASURED) + 0.5) / MEASURED * 2 - 1
        distance = (found.sort(1).values - uniform[None, :, None]).abs().mean((1, 2))
        return Look(
            step,
            tuple(std[:, HIGH:].mean(1).tolist()),
            tuple(std[:, :HIGH].mean(1).tolist()),
            tuple(distance.tolist()),
        )

    def images(self, count: int = 16) -> Tensor:
        """Return images (count, 8, 8) of the first seed."""
        with torch.no_grad():
            return self._make(count)[0].reshape(count, SIDE, SIDE)

    def _make(self, count: int) -> Tensor:
        shape = (self._setting.seeds, count, self._setting.latent)
        made: Tensor = self._maker(torch.randn(shape, generator=self._random))
        return made

    def _seen(self, images: Tensor, time: float) -> Tensor:
        """Take the first share of each seed's batch into the space: seeds stand as channels."""
        seeds, count, _ = images.shape
        apart = images.transpose(0, 1).reshape(count, seeds, SIDE, SIDE)
        is_taken = self.space.taken_of(count)
        white = torch.zeros_like(apart)
        if self.space.is_noisy and time > 0:
            white[is_taken] = torch.randn(apart[is_taken].shape, generator=self._random)
        seen = self.space.apply(apart, time, is_taken, white)
        return seen.reshape(count, seeds, PIXELS).transpose(0, 1)
