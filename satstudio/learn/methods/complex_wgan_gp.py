"""Complex-valued WGAN-GP: images of complex samples from noise.

After Dhédin, Levi, Fix, Ren and Hinostroza, "Complex-valued Wasserstein GAN for SAR image
generation", IGARSS 2024, with two corrections to its text: the parameter counts of the two SAR
networks are swapped there, and strided convolutions are padded by 1.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from satstudio.core.recipe import Recipe
from satstudio.learn.losses import gradient_penalty, wasserstein_distance
from satstudio.learn.manner import add, mixed, parted, set_lr
from satstudio.learn.method import METHODS, Complexes, Exportable, Manner, MethodInfo
from satstudio.learn.method_state import Kept
from satstudio.learn.nets.complex_layers import (
    ModulusLimit,
    complex_parameters,
    folded,
    start_weights,
    to_planar,
)
from satstudio.learn.nets.complex_wgan import CriticShape, GeneratorShape, critic, generator
from satstudio.pixels.noise import complex_normal

CRITIC_HEAD = 3
"""Layers of the critic that give the score of its features; bfloat16 would merge scores."""

NOISE_STREAM = 0x6E6F697365
"""Added to the seed of the noise, so that weights and noise do not start alike."""


class Options(Recipe):
    """Choices of the complex-valued WGAN-GP; the defaults are the preset `small`."""

    size: int = Field(
        16,
        ge=8,
        le=1024,
        title="Image side (px)",
        description="First side times 2^(generator blocks - 1); larger patches are cropped at "
        "random places",
    )
    latent: int = Field(
        64, ge=1, le=4096, title="Latent numbers", description="Complex numbers of noise an image"
    )
    generator_blocks: int = Field(3, ge=1, le=10, title="Generator blocks")
    generator_channels: int = Field(
        8, ge=1, le=2048, title="Generator channels", description="Complex, in the first block"
    )
    generator_factor: float = Field(
        1.0,
        gt=0,
        le=1,
        title="Channel factor",
        description="Channels of a block over the one before",
    )
    generator_side: int = Field(4, ge=1, le=64, title="First side (px)")
    critic_blocks: int = Field(3, ge=1, le=12, title="Critic blocks")
    critic_channels: int = Field(
        8, ge=1, le=2048, title="Critic channels", description="Complex, in the first block"
    )
    critic_most_channels: int = Field(16, ge=1, le=4096, title="Most critic channels")
    critic_least_px: int = Field(
        4, ge=1, le=64, title="Least critic side (px)", description="Smaller sides are not halved"
    )
    head: Literal["abs", "real"] = Field(
        "abs", title="Score", description="Modulus or real part of the critic's complex answer"
    )
    init: Literal["torch", "lecun", "he"] = Field(
        "lecun",
        title="First weights",
        description="Variance E|W|^2 times inputs: torch 2/3, lecun 1, he 2",
    )
    limit: float = Field(
        1.0,
        ge=0,
        le=100,
        title="Largest modulus",
        description="Of generated numbers, as a share of the largest of the training data; "
        "approached smoothly; 0: no limit",
    )
    n_critic: int = Field(
        2,
        ge=1,
        le=100,
        title="Critic steps",
        description="Steps of the critic for one of the generator",
    )
    head_start: int = Field(
        100,
        ge=0,
        le=100_000,
        title="Head start of the critic",
        description="Steps of the critic before the generator's first",
    )
    gp: float = Field(10.0, ge=0, le=1000, title="Weight of the gradient penalty")
    lr: float = Field(2e-3, gt=0, le=1, title="Learning rate")
    generator_lr_share: float = Field(
        0.3,
        gt=0,
        le=10,
        title="Generator's share of it",
        description="The generator's learning rate over the critic's; less keeps the generator "
        "from running ahead",
    )
    beta1: float = Field(0.0, ge=0, lt=1, title="Adam: memory of the mean")
    beta2: float = Field(0.9, ge=0, lt=1, title="Adam: memory of the square")
    ema: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Averaged generator",
        description="Memory of the running mean of the weights that images are made with, a "
        "generator step; 0: the newest weights",
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        made = self.generator_shape(1).size_px
        if made != self.size:
            raise ValueError(
                f"the generator makes {made} px (first side times 2^(blocks - 1)), "
                f"not {self.size} px"
            )
        return self

    def generator_shape(self, bands: int) -> GeneratorShape:
        """Return the generator's layers."""
        return GeneratorShape(
            self.latent,
            self.generator_blocks,
            self.generator_channels,
            self.generator_factor,
            self.generator_side,
            bands,
            self.limit > 0,
        )

    def critic_shape(self, bands: int) -> CriticShape:
        """Return the critic's layers."""
        return CriticShape(
            self.size,
            self.critic_blocks,
            self.critic_channels,
            self.critic_most_channels,
            self.critic_least_px,
            bands,
            self.head,
        )


class ComplexWganGp:
    """Critic and generator of complex layers, trained on planar real pairs.

    A step is one update of the critic; each `n_critic`-th also updates the generator.
    """

    def __init__(self, options: Options, bands: int, seed: int, device: torch.device) -> None:
        self.options = options
        self.size_px = options.size
        self._device = device
        self._manner = Manner()
        self._generator = generator(options.generator_shape(bands))
        self._critic = critic(options.critic_shape(bands))
        self._random = torch.Generator().manual_seed(seed)
        start_weights(self._generator, options.init, self._random)
        start_weights(self._critic, options.init, self._random)
        self._random.manual_seed(seed + NOISE_STREAM)
        self._mean = deepcopy(self._generator).requires_grad_(False)
        for net in (self._generator, self._critic, self._mean):
            net.to(device)
        self._adam_g = self._adam(self._generator, options.generator_lr_share)
        self._adam_c = self._adam(self._critic, 1.0)
        self.parameters: Mapping[str, int] = {
            "generator": complex_parameters(self._generator),
            "critic": complex_parameters(self._critic),
        }

    def fit(self, largest: float) -> None:
        """Set the limit of the generated modulus."""
        for net in (self._generator, self._mean):
            for layer in net:
                if isinstance(layer, ModulusLimit):
                    layer.limit.fill_(self.options.limit * largest)

    def adjust(self, manner: Manner) -> None:
        """Learn from now on in this manner."""
        self._manner = manner
        for adam, share in (
            (self._adam_g, self.options.generator_lr_share),
            (self._adam_c, 1.0),
        ):
            set_lr(adam, manner.pace * share * self.options.lr)

    def step(self, batch: Tensor, number: int) -> dict[str, float]:
        """Update the critic, and at every `n_critic`-th number the generator."""
        losses = self._step_critic(batch)
        later = number - self.options.head_start
        if later > 0 and later % self.options.n_critic == 0:
            losses |= self._step_generator(len(batch))
            self._follow(later // self.options.n_critic)
        return losses

    def validate(self, batch: Tensor, number: int) -> dict[str, float]:
        """Return distance and penalty on a batch, with noise of its own."""
        random = torch.Generator().manual_seed(NOISE_STREAM + number)
        with torch.no_grad():
            fake = self._generator(self._noise(len(batch), random))
            distance = wasserstein_distance(self._critic(batch), self._critic(fake))
        mix = self._mix(len(batch), random)
        penalty = gradient_penalty(self._critic, batch, fake, mix, keep_graph=False)
        return {"wasserstein": distance.item(), "penalty": penalty.item()}

    def generate(self, seeds: Sequence[int]) -> Complexes:
        """Make one image a seed with torch's complex arithmetic."""
        noise = np.concatenate([complex_normal(seed, 1, self.options.latent) for seed in seeds])
        return self._reference(noise)

    def state(self) -> dict[str, Tensor]:
        """Return weights, optimisers and the state of the noise."""
        return self._kept.state()

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)

    def exportable(self) -> Exportable:
        """Fold the generator that images are made with."""
        latent = {"dim": self.options.latent, "dist": "complex_normal", "var": 1.0}
        return Exportable(folded(deepcopy(self._shown()).cpu()), self._reference, latent)

    @property
    def _kept(self) -> Kept:
        return Kept(
            {"generator": self._generator, "critic": self._critic, "mean": self._mean},
            {"adam_generator": self._adam_g, "adam_critic": self._adam_c},
            ("noise", self._random),
        )

    def _shown(self) -> nn.Sequential:
        return self._mean if self.options.ema else self._generator

    def _reference(self, noise: Complexes) -> Complexes:
        with torch.no_grad():
            made = self._shown()(torch.from_numpy(noise).to(self._device))
        values: Complexes = made.cpu().numpy()
        return values

    def _step_critic(self, real: Tensor) -> dict[str, float]:
        noise = self._noise(len(real), self._random)
        mix = self._mix(len(real), self._random)
        losses: dict[str, float] = {}
        self._adam_c.zero_grad(set_to_none=True)
        for share, part in parted(self._manner.parts, real, noise, mix):
            distance, penalty = self._critic_losses(*part)
            loss = self.options.gp * penalty - distance
            torch.autograd.backward(share * loss)
            add(losses, share, wasserstein=distance, penalty=penalty, critic_loss=loss)
        self._adam_c.step()
        return losses

    def _critic_losses(self, real: Tensor, noise: Tensor, mix: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            fake = self._made(noise)
        score = mixed(self._critic, torch.cat([real, fake]), CRITIC_HEAD, self._manner)
        distance = wasserstein_distance(score[: len(real)], score[len(real) :])
        return distance, gradient_penalty(self._critic, real, fake, mix)

    def _step_generator(self, count: int) -> dict[str, float]:
        losses: dict[str, float] = {}
        self._critic.requires_grad_(False)
        self._adam_g.zero_grad(set_to_none=True)
        for share, (noise,) in parted(self._manner.parts, self._noise(count, self._random)):
            score = mixed(self._critic, self._made(noise), CRITIC_HEAD, self._manner)
            loss = -score.mean()
            torch.autograd.backward(share * loss)
            add(losses, share, generator_loss=loss)
        self._adam_g.step()
        self._critic.requires_grad_(True)
        return losses

    def _made(self, noise: Tensor) -> Tensor:
        """Generate; the last convolution, and the limit after it, in float32."""
        return mixed(self._generator, noise, 2 if self.options.limit > 0 else 1, self._manner)

    def _follow(self, updates: int) -> None:
        """Move the averaged generator; early on it forgets faster."""
        memory = min(self.options.ema, (1 + updates) / (10 + updates))
        with torch.no_grad():
            for mean, new in zip(
                self._mean.parameters(), self._generator.parameters(), strict=True
            ):
                mean.lerp_(new, 1 - memory)

    def _noise(self, count: int, random: torch.Generator) -> Tensor:
        shape = (count, self.options.latent)
        noise = torch.randn(shape, dtype=torch.complex64, generator=random)
        return to_planar(noise).to(self._device)

    def _mix(self, count: int, random: torch.Generator) -> Tensor:
        return torch.rand((count, 1, 1, 1), generator=random).to(self._device)

    def _adam(self, net: nn.Module, share: float) -> torch.optim.Adam:
        betas = (self.options.beta1, self.options.beta2)
        return torch.optim.Adam(net.parameters(), share * self.options.lr, betas, fused=True)


METHODS.add(
    "complex_wgan_gp",
    MethodInfo(
        title="Complex WGAN-GP",
        description="Learns to make complex images (amplitude and phase) from noise: a complex "
        "generator against a complex critic, Wasserstein distance with gradient penalty.",
        options=Options,
        make=ComplexWganGp,
        wants_complex=True,
        presets={
            "small": "cvwgan/small.toml",
            "tiny": "cvwgan/tiny.toml",
            "mnist": "cvwgan/mnist.toml",
            "mnist_small": "cvwgan/mnist_small.toml",
            "sar": "cvwgan/sar.toml",
        },
    ),
)
