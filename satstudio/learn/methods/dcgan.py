"""DCGAN: real images from noise; `complex_dcgan`: complex ones, with the same layers.

Backbone of Radford, Metz and Chintala 2016; noisy scale-space and its relatives after Nakamura et
al. (see `learn/spaces.py`).
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
from satstudio.learn.adversarial.options import AdversarialOptions
from satstudio.learn.adversarial.trainer import AdversarialTrainer
from satstudio.learn.method import (
    ADVERSARIAL,
    METHODS,
    MethodInfo,
    bands_of,
    generator_ports,
)
from satstudio.learn.nets import complex_dcgan, dcgan
from satstudio.learn.nets.dcgan import Norm, Plan

HEAD = 2
"""Layers at the end of generator and critic that stay float32."""


class Backbone(Recipe):
    """Layers of a DCGAN."""

    size: int = Field(
        32,
        ge=8,
        le=512,
        title="Image side (px)",
        description="First side times a power of two",
        json_schema_extra={"section": "Networks"},
    )
    first: int = Field(4, ge=1, le=16, title="First side (px)", description="4 as published")
    latent: int = Field(100, ge=1, le=4096, title="Latent numbers")
    width: int = Field(
        16, ge=1, le=512, title="Channels", description="At the largest side; doubled a level down"
    )
    most_channels: int = Field(1024, ge=1, le=4096, title="Most channels")
    norm: Literal["auto", "batch", "layer", "none"] = Field(
        "auto",
        title="Critic's norm",
        description="auto: layer with a penalty of single images (a batch norm mixes them), "
        "else batch",
    )

    generator_norm: Norm = Field(
        "batch",
        title="Generator's norm",
        description="batch as published; batch norms need all images of a step in one process",
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

    def plan(self, bands: int) -> Plan:
        """Return the layers' sizes."""
        return Plan(self.latent, bands, self.size, self.first, self.width, self.most_channels)


class Options(AdversarialOptions, Backbone):
    """Choices of the DCGAN; the defaults are the preset `small`."""


class ComplexBackbone(Backbone):
    """Layers of a complex DCGAN, and how they are begun."""

    init: Literal["dcgan", "torch", "lecun", "he"] = Field(
        "he",
        title="First weights",
        description="Variance E|W|^2 times inputs: torch 2/3, lecun 1, he 2; dcgan: standard "
        "deviation 0.02, as published, which is too little for narrow networks",
    )


class ComplexOptions(AdversarialOptions, ComplexHead, ComplexBackbone):
    """Choices of the complex DCGAN; the defaults are the preset `small`."""


def make_dcgan(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> AdversarialTrainer:
    """Real networks with fresh weights."""
    plan = options.plan(bands_of(ports))
    networks = Networks(
        generator=dcgan.generator(plan, options.generator_norm),
        critic=dcgan.critic(plan, _norm(options)),
        noise=Noise(options.latent, "normal"),
        size_px=options.size,
        start_weights=dcgan.start_weights,
        generator_head=HEAD,
        critic_head=HEAD,
    )
    return AdversarialTrainer(options, networks, seed, device)


def make_complex_dcgan(
    options: ComplexOptions, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> AdversarialTrainer:
    """Complex networks with fresh weights."""

    def start(net: torch.nn.Module, random: torch.Generator) -> None:
        complex_dcgan.start_weights(net, options.init, random)

    plan = options.plan(bands_of(ports))
    networks = Networks(
        generator=complex_dcgan.generator(plan, options.generator_norm),
        critic=complex_dcgan.critic(plan, _norm(options), options.head),
        noise=Noise(options.latent, "complex_normal"),
        size_px=options.size,
        start_weights=start,
        generator_head=HEAD,
        critic_head=HEAD + 1,
    )
    return AdversarialTrainer(options, networks, seed, device)


def _norm(options: Options | ComplexOptions) -> Norm:
    """Return the critic's norm; a batch norm mixes images, so has no gradient of one."""
    if options.norm != "auto":
        return options.norm
    return "batch" if options.penalty in ("none", "r1") else "layer"


METHODS.add(
    "dcgan",
    MethodInfo(
        title="DCGAN",
        description="Learns to make real images from noise, with a choice of losses, gradient "
        "penalties and spaces (noisy scale-space).",
        options=Options,
        make=make_dcgan,
        ports=generator_ports("float32"),
        capabilities=ADVERSARIAL,
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

METHODS.add(
    "complex_dcgan",
    MethodInfo(
        title="Complex DCGAN",
        description="Learns to make complex images from noise with the layers of the DCGAN, all "
        "complex, with a choice of losses, gradient penalties and spaces.",
        options=ComplexOptions,
        make=make_complex_dcgan,
        ports=generator_ports("complex64"),
        capabilities=ADVERSARIAL,
        presets={
            "small": "dcgan/complex_small.toml",
            "tiny": "dcgan/complex_tiny.toml",
            "nss": "dcgan/complex_nss.toml",
        },
    ),
)
