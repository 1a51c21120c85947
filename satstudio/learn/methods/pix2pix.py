"""Pix2Pix: images made of images of the same ground, learnt from pairs.

Isola, Zhu, Zhou and Efros, "Image-to-image translation with conditional adversarial networks", CVPR
2017: a U-Net with skips against a PatchGAN that sees input and output, with 100 L1.
"""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field, model_validator

from satstudio.core.errors import RunError
from satstudio.core.port import BoundPort, Port
from satstudio.learn.adversarial.paired import (
    TARGET,
    PairedNetworks,
    PairedOptions,
    PairedTrainer,
    pair_channels,
)
from satstudio.learn.image_methods import port_of
from satstudio.learn.method import METHODS, MethodInfo, MethodPorts
from satstudio.learn.nets.image_unet import ImageUNet, UNetPlan
from satstudio.learn.nets.norm_layers import Norm
from satstudio.learn.nets.patchgan import PatchGanPlan, head_layers, least_px, patchgan
from satstudio.patches.manifest import INPUT

TARGET_MASK = Port(role="target_mask", dtype="bool", mask_of=TARGET)
"""What has no data in the target is not learnt."""


class Options(PairedOptions):
    """Choices of Pix2Pix; the defaults are the preset `unet256`."""

    downs: int = Field(
        8,
        ge=1,
        le=10,
        title="Halvings of the U-Net",
        description="8: U-Net-256, 7: U-Net-128. The image side is a multiple of 2 to this power",
        json_schema_extra={"section": "Networks"},
    )
    width: int = Field(
        64,
        ge=1,
        le=512,
        title="Channels of the U-Net",
        description="At the largest side; doubled with each halving",
    )
    most_channels: int = Field(512, ge=1, le=4096, title="Most channels")
    norm: Norm = Field(
        "batch",
        title="Norm of the U-Net",
        description="batch as published, of all images of a step, which must be in one process; "
        "instance and group: of each image, so that scenes are blended of tiles",
    )
    dropout: float = Field(
        0.5,
        ge=0,
        lt=1,
        title="Dropout",
        description="Share of values that are 0 in training, in inner layers; as published, 0.5",
    )
    residual: bool = Field(
        False,
        title="Learn the difference",
        description="The output is the input, copied to the bands of the target, plus what the "
        "U-Net makes, without tanh: where both look alike it learns much faster. Not as published",
    )
    critic_width: int = Field(64, ge=1, le=512, title="Channels of the critic")
    critic_layers: int = Field(
        3,
        ge=1,
        le=6,
        title="Halvings of the critic",
        description="3: each score is of a patch of 70 px, 2: of 34 px, 1: of 16 px",
    )
    critic_norm: Norm = Field("batch", title="Norm of the critic")
    critic_head: Literal["patch", "dense"] = Field(
        "patch",
        title="Head of the critic",
        description="patch: a score a patch; dense: those of all patches become one score",
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        multiple = 2**self.downs
        if self.size % multiple:
            raise ValueError(
                f"an image of {self.size} px cannot be halved {self.downs} times; take a multiple "
                f"of {multiple} px, or fewer halvings ('downs')"
            )
        least = least_px(self.critic_layers)
        if self.size < least:
            raise ValueError(
                f"an image of {self.size} px is too small for a critic of {self.critic_layers} "
                f"halvings; take at least {least} px, or fewer ('critic_layers')"
            )
        return self


def make_pix2pix(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> PairedTrainer:
    """U-Net and PatchGAN with fresh weights."""
    taken, made = pair_channels(ports)
    added = residual_parts(ports) if options.residual else 0
    unet = UNetPlan(
        channels_in=taken,
        channels_out=made,
        downs=options.downs,
        width=options.width,
        most=options.most_channels,
        norm=options.norm,
        dropout=options.dropout,
        is_limited=not added and options.is_limited(port_of(ports, TARGET)),
        added=added,
    )
    critic = PatchGanPlan(
        channels=taken + made,
        width=options.critic_width,
        layers=options.critic_layers,
        norm=options.critic_norm,
        dense_px=options.size if options.critic_head == "dense" else None,
    )
    networks = PairedNetworks(ImageUNet(unet), patchgan(critic), head_layers(critic))
    return PairedTrainer(options, networks, ports, seed, device)


def residual_parts(ports: Sequence[BoundPort]) -> int:
    """Return the parts of the channels that the input is added in.

    Raises
    ------
    RunError
        If the input is complex and the target is not, or the other way round.
    """
    taken, made = (port_of(ports, role) for role in (INPUT, TARGET))
    if taken.is_complex != made.is_complex:
        raise RunError(
            "Of input and target one is complex and the other real: there is no difference to "
            "learn; leave 'residual' off."
        )
    return 2 if made.is_complex else 1


METHODS.add(
    "pix2pix",
    MethodInfo(
        title="Pix2Pix",
        description="Learns to make one image of another of the same ground (grey to colour, SAR "
        "to optical, haze to clear) from pairs: a U-Net against a critic of pairs, drawn to the "
        "target by the mean absolute difference.",
        options=Options,
        make=make_pix2pix,
        ports=MethodPorts(
            data=(Port(role=INPUT), Port(role=TARGET), TARGET_MASK),
            inputs=(Port(role=INPUT),),
            outputs=(Port(role=TARGET),),
        ),
        capabilities=frozenset(("translates", "has_discriminator")),
        scaling="range",
        validated=("loss",),
        pairs="needed",
        presets={
            "small": "translate/small.toml",
            "grey_to_colour": "translate/grey_to_colour.toml",
            "tiny": "translate/tiny.toml",
            "unet256": "translate/unet256.toml",
            "unet128": "translate/unet128.toml",
            "as-printed": "translate/as-printed.toml",
            "colour_nebula": "translate/colour_nebula.toml",
            "sar_to_optical": "translate/sar_to_optical.toml",
            "haze_to_clear": "translate/haze_to_clear.toml",
            "layout_to_image": "translate/layout_to_image.toml",
            "image_to_layout": "translate/image_to_layout.toml",
            "low_to_high": "translate/low_to_high.toml",
        },
    ),
)
