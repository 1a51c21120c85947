"""Complex-valued WGAN-GP: images of complex samples from noise.

After Dhédin, Levi, Fix, Ren and Hinostroza, "Complex-valued Wasserstein GAN for SAR image
generation", IGARSS 2024, with two corrections to its text: the parameter counts of the two SAR
networks are swapped there, and strided convolutions are padded by 1.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field, model_validator

from satstudio.core.port import BoundPort
from satstudio.core.recipe import Recipe
from satstudio.learn.adversarial.draws import Noise
from satstudio.learn.adversarial.heads import ComplexHead
from satstudio.learn.adversarial.networks import Networks
from satstudio.learn.adversarial.options import (
    AdamBeta1,
    AdamBeta2,
    AdversarialOptions,
    CriticSteps,
    GeneratorLrRatio,
    HeadStart,
    LearningRate,
    LossChoice,
    PenaltyChoice,
)
from satstudio.learn.adversarial.trainer import AdversarialTrainer
from satstudio.learn.method import (
    ADVERSARIAL,
    METHODS,
    MethodInfo,
    bands_of,
    generator_ports,
)
from satstudio.learn.nets.complex_layers import start_weights
from satstudio.learn.nets.complex_wgan import CriticShape, GeneratorShape, critic, generator

CRITIC_HEAD = 3
"""Layers of the critic that give the score of its features; bfloat16 would merge scores."""


class Layers(Recipe):
    """Layers of the generator and of its critic."""

    size: int = Field(
        16,
        ge=8,
        le=1024,
        title="Image side (px)",
        description="First side times 2^(generator blocks - 1); larger patches are cropped at "
        "random places",
        json_schema_extra={"section": "Networks"},
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
    init: Literal["torch", "lecun", "he"] = Field(
        "lecun",
        title="First weights",
        description="Variance E|W|^2 times inputs: torch 2/3, lecun 1, he 2",
    )
    limit: float = Field(
        1.0,
        ge=0,
        le=100,
        title="Output limit",
        description="Largest modulus of generated numbers, as a share of the largest of the "
        "training data; approached smoothly; 0: no limit",
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


class Options(AdversarialOptions, ComplexHead, Layers):
    """Choices of the complex-valued WGAN-GP; the defaults are the preset `small`."""

    loss: LossChoice = "wgan"
    penalty: PenaltyChoice = "wgan_gp"
    n_critic: CriticSteps = 2
    head_start: HeadStart = 100
    lr: LearningRate = 2e-3
    generator_lr_share: GeneratorLrRatio = 0.3
    beta1: AdamBeta1 = 0.0
    beta2: AdamBeta2 = 0.9

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


def make_complex_wgan(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> AdversarialTrainer:
    """Complex networks with fresh weights."""

    def start(net: torch.nn.Module, random: torch.Generator) -> None:
        start_weights(net, options.init, random)

    networks = Networks(
        generator=generator(options.generator_shape(bands_of(ports))),
        critic=critic(options.critic_shape(bands_of(ports))),
        noise=Noise(options.latent, "complex_normal"),
        size_px=options.size,
        start_weights=start,
        generator_head=2 if options.limit > 0 else 1,
        critic_head=CRITIC_HEAD,
        limit_share=options.limit,
    )
    return AdversarialTrainer(options, networks, seed, device)


METHODS.add(
    "complex_wgan_gp",
    MethodInfo(
        title="Complex WGAN-GP",
        description="Learns to make complex images (amplitude and phase) from noise: a complex "
        "generator against a complex critic, Wasserstein distance with gradient penalty.",
        options=Options,
        make=make_complex_wgan,
        ports=generator_ports("complex64"),
        capabilities=ADVERSARIAL,
        presets={
            "small": "cvwgan/small.toml",
            "tiny": "cvwgan/tiny.toml",
            "mnist": "cvwgan/mnist.toml",
            "mnist_small": "cvwgan/mnist_small.toml",
            "sar": "cvwgan/sar.toml",
            "sar_small": "cvwgan/sar_small.toml",
            "paper": "cvwgan/paper.toml",
        },
    ),
)
