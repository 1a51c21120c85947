"""DCGAN: real images from noise, with any loss, penalty and space.

Backbone of Radford, Metz and Chintala 2016; noisy scale-space and its relatives after Nakamura et
al. (see `learn/spaces.py`). Real and fake images go through the critic in two calls, so that batch
norms see them apart.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from satstudio.core.recipe import Recipe
from satstudio.learn.losses import (
    LOSSES,
    LossName,
    PenaltyName,
    gradient_penalty,
    perturbed,
    slope_power,
)
from satstudio.learn.manner import add, mixed, parted, set_lr
from satstudio.learn.method import METHODS, Exportable, Manner, MethodInfo, Values
from satstudio.learn.method_state import Kept
from satstudio.learn.nets.dcgan import Norm, Reach, critic, generator, start_weights
from satstudio.learn.spaces import Schedule, Space, SpaceKind, fit_sigma
from satstudio.pixels.noise import real_normal

HEAD = 2
"""Layers at the end of generator and critic that stay float32."""

NOISE_STREAM = 0x6E6F697365
"""Added to the seed of the noise, so that weights and noise do not start alike."""


class Options(Recipe):
    """Choices of the DCGAN; the defaults are the preset `small`."""

    size: int = Field(
        32, ge=8, le=512, title="Image side (px)", description="First side times a power of two"
    )
    first: int = Field(4, ge=1, le=16, title="First side (px)", description="4 as published")
    latent: int = Field(100, ge=1, le=4096, title="Latent numbers")
    width: int = Field(
        16, ge=1, le=512, title="Channels", description="At the largest side; doubled a level down"
    )
    norm: Literal["auto", "batch", "layer", "none"] = Field(
        "auto",
        title="Critic's norm",
        description="auto: layer with a penalty of single images (a batch norm mixes them), "
        "else batch",
    )
    loss: LossName = Field(
        "gan", title="Loss", description="gan: non-saturating; scores are logits"
    )
    penalty: PenaltyName = Field(
        "none", title="Gradient penalty", description="r1 is the GAN with gradient regularisation"
    )
    weight: float = Field(10.0, ge=0, le=1000, title="Weight of the penalty")
    space: SpaceKind = Field(
        "none",
        title="Space",
        description="Where the critic sees images: blurred (scale), noisy (noise), or both",
    )
    longest: float = Field(
        64.0, ge=0, le=4096, title="First time T", description="Steps of blur and noise at first"
    )
    sigma: float | None = Field(
        None,
        ge=0,
        le=100,
        title="Noise of a step",
        description="Standard deviation; empty: chosen so that the images' variance is kept",
    )
    schedule: Schedule = Field("exponential", title="Schedule of the time")
    anneal_steps: int = Field(
        5000, ge=1, le=10_000_000, title="Steps of the schedule", description="i runs from 0 to 1"
    )
    share: float = Field(
        0.5, ge=0, le=1, title="Share of a batch", description="That is taken into the space"
    )
    n_critic: int = Field(1, ge=1, le=100, title="Critic steps")
    lr: float = Field(5e-4, gt=0, le=1, title="Learning rate")
    beta1: float = Field(0.5, ge=0, lt=1, title="Adam: memory of the mean")
    beta2: float = Field(0.999, ge=0, lt=1, title="Adam: memory of the square")
    ema: float = Field(
        0.0, ge=0, lt=1, title="Averaged generator", description="0: the newest weights"
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        times = self.size // self.first
        if self.size % self.first or times < 2 or times & (times - 1):
            raise ValueError(
                f"{self.size} px cannot be made by doubling {self.first} px; take a power of two "
                "times the first side"
            )
        return self

    @property
    def chosen_norm(self) -> Norm:
        """The critic's norm."""
        if self.norm != "auto":
            return self.norm
        return "layer" if self.penalty in ("wgan_gp", "dragan") else "batch"

    def make_space(self) -> Space:
        """Return the space; its sigma is fitted later where none is chosen."""
        return Space(self.space, self.longest, self.sigma or 0.0, self.schedule, share=self.share)


class Dcgan:
    """A step is one update of the critic; each `n_critic`-th also updates the generator."""

    def __init__(self, options: Options, bands: int, seed: int, device: torch.device) -> None:
        self.options = options
        self.size_px = options.size
        self._device = device
        self._manner = Manner()
        shape = (options.size, options.first, options.width)
        self._generator = generator(options.latent, bands, *shape)
        self._critic = critic(bands, *shape, options.chosen_norm)
        self._random = torch.Generator().manual_seed(seed)
        start_weights(self._generator, self._random)
        start_weights(self._critic, self._random)
        self._random.manual_seed(seed + NOISE_STREAM)
        self._mean = deepcopy(self._generator).requires_grad_(False)
        self._space = options.make_space()
        for net in (self._generator, self._critic, self._mean):
            net.to(device)
        betas = (options.beta1, options.beta2)
        self._adam_g = torch.optim.Adam(self._generator.parameters(), options.lr, betas, fused=True)
        self._adam_c = torch.optim.Adam(self._critic.parameters(), options.lr, betas, fused=True)
        self.parameters: Mapping[str, int] = {
            "generator": _count(self._generator),
            "critic": _count(self._critic),
        }

    def fit(self, largest: float) -> None:
        """Set the largest modulus that images can have."""
        for net in (self._generator, self._mean):
            for layer in net:
                if isinstance(layer, Reach):
                    layer.limit.fill_(max(largest, 1e-6))

    def adjust(self, manner: Manner) -> None:
        """Learn from now on in this manner."""
        self._manner = manner
        for adam in (self._adam_g, self._adam_c):
            set_lr(adam, manner.pace * self.options.lr)

    def step(self, batch: Tensor, number: int) -> dict[str, float]:
        """Update the critic, and at every `n_critic`-th number the generator."""
        if self._space.sigma == 0 and self.options.sigma is None and self._is_noisy:
            sigma = fit_sigma(batch, self.options.longest, self.options.space)
            self._space = replace(self._space, sigma=sigma)
        time = self._space.time(number / self.options.anneal_steps)
        losses = self._step_critic(batch, time)
        if number % self.options.n_critic == 0:
            losses |= self._step_generator(len(batch), time)
            self._follow(number // self.options.n_critic)
        return losses | ({"time": time} if self.options.space != "none" else {})

    def validate(self, batch: Tensor, number: int) -> dict[str, float]:
        """Return the gap of the scores and the penalty on a batch, with noise of its own."""
        random = torch.Generator().manual_seed(NOISE_STREAM + number)
        self._critic.eval()
        with torch.no_grad():
            fake = self._shown()(self._noise(len(batch), random))
            gap = self._critic(batch).mean() - self._critic(fake).mean()
        penalty = self._penalty(batch, fake, random, keep_graph=False)
        self._critic.train()
        return {"wasserstein": gap.item(), "penalty": penalty.item()}

    def generate(self, seeds: Sequence[int]) -> Values:
        """Make one image a seed."""
        noise = np.concatenate([real_normal(seed, 1, self.options.latent) for seed in seeds])
        return self._reference(noise)

    def state(self) -> dict[str, Tensor]:
        """Return weights, optimisers, sigma and the state of the noise."""
        sigma = torch.tensor(self._space.sigma, dtype=torch.float64)
        return self._kept.state() | {"space.sigma": sigma}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)
        self._space = replace(self._space, sigma=float(state["space.sigma"]))

    def exportable(self) -> Exportable:
        """Return the generator that images are made with."""
        latent = {"dim": self.options.latent, "dist": "normal", "var": 1.0}
        return Exportable(deepcopy(self._shown()).cpu().eval(), self._reference, latent)

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise of one step; 0 before it is fitted."""
        return self._space.sigma

    @property
    def _kept(self) -> Kept:
        return Kept(
            {"generator": self._generator, "critic": self._critic, "mean": self._mean},
            {"adam_generator": self._adam_g, "adam_critic": self._adam_c},
            ("noise", self._random),
        )

    @property
    def _is_noisy(self) -> bool:
        return self.options.space in ("noise", "noisy_scale")

    def _shown(self) -> nn.Sequential:
        """Return the generator that images are made with, as it is when nothing is learnt."""
        return (self._mean if self.options.ema else self._generator).eval()

    def _reference(self, noise: Values) -> Values:
        with torch.no_grad():
            made = self._shown()(torch.from_numpy(noise).to(self._device))
        self._generator.train()
        values: Values = made.cpu().numpy()
        return values

    def _step_critic(self, real: Tensor, time: float) -> dict[str, float]:
        losses: dict[str, float] = {}
        noise = self._noise(len(real), self._random)
        self._generator.train()
        self._adam_c.zero_grad(set_to_none=True)
        for share, (images, sources) in parted(self._manner.parts, real, noise):
            gap, penalty, loss = self._critic_losses(images, sources, time)
            torch.autograd.backward(share * loss)
            add(losses, share, wasserstein=gap, penalty=penalty, critic_loss=loss)
        self._adam_c.step()
        return losses

    def _critic_losses(
        self, real: Tensor, noise: Tensor, time: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        with torch.no_grad():
            fake = mixed(self._generator, noise, HEAD, self._manner)
        seen_real = self._space.apply(real, time, self._random)
        seen_fake = self._space.apply(fake, time, self._random)
        scores = [mixed(self._critic, seen, HEAD, self._manner) for seen in (seen_real, seen_fake)]
        penalty = self._penalty(seen_real, seen_fake, self._random)
        loss = LOSSES[self.options.loss].critic(*scores) + self.options.weight * penalty
        return scores[0].mean() - scores[1].mean(), penalty, loss

    def _step_generator(self, count: int, time: float) -> dict[str, float]:
        losses: dict[str, float] = {}
        self._critic.requires_grad_(False)
        self._adam_g.zero_grad(set_to_none=True)
        for share, (noise,) in parted(self._manner.parts, self._noise(count, self._random)):
            fake = mixed(self._generator, noise, HEAD, self._manner)
            seen = self._space.apply(fake, time, self._random)
            score = mixed(self._critic, seen, HEAD, self._manner)
            loss = LOSSES[self.options.loss].generator(score)
            torch.autograd.backward(share * loss)
            add(losses, share, generator_loss=loss)
        self._adam_g.step()
        self._critic.requires_grad_(True)
        return losses

    def _penalty(
        self, real: Tensor, fake: Tensor, random: torch.Generator, *, keep_graph: bool = True
    ) -> Tensor:
        kind = self.options.penalty
        if kind == "none":
            return torch.zeros((), device=real.device)
        if kind == "r1":
            return slope_power(self._critic, real, keep_graph=keep_graph)
        mix = torch.rand((len(real), 1, 1, 1), generator=random).to(real.device)
        other = fake
        if kind == "dragan":
            shift = torch.rand(real.shape, generator=random).to(real.device)
            other = perturbed(real, shift)
        return gradient_penalty(self._critic, real, other, mix, keep_graph=keep_graph)

    def _follow(self, updates: int) -> None:
        """Move the averaged generator; early on it forgets faster; batch norms are the newest."""
        memory = min(self.options.ema, (1 + updates) / (10 + updates))
        with torch.no_grad():
            pairs = zip(self._mean.parameters(), self._generator.parameters(), strict=True)
            for mean, new in pairs:
                mean.lerp_(new, 1 - memory)
            for kept, newest in zip(self._mean.buffers(), self._generator.buffers(), strict=True):
                kept.copy_(newest)

    def _noise(self, count: int, random: torch.Generator) -> Tensor:
        return torch.randn((count, self.options.latent), generator=random).to(self._device)


def _count(net: nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


METHODS.add(
    "dcgan",
    MethodInfo(
        title="DCGAN",
        description="Learns to make real images from noise, with a choice of losses, gradient "
        "penalties and spaces (noisy scale-space).",
        options=Options,
        make=Dcgan,
        wants_real=True,
        presets={
            "small": "dcgan/small.toml",
            "tiny": "dcgan/tiny.toml",
            "nss": "dcgan/nss.toml",
            "dcgan64": "dcgan/dcgan64.toml",
            "report32": "dcgan/report32.toml",
            **{
                f"nss-{data}-{kind}": f"dcgan/nss-{data}-{kind}.toml"
                for data in ("celeba", "church", "conference", "flowers")
                for kind in ("gan", "gan-gr", "lsgan", "wgan-gp", "dragan", "ss", "ns", "nss")
            },
        },
    ),
)
