"""CycleGAN: images of one kind from those of another, learnt without pairs (Zhu et al. 2017)."""

from collections.abc import Sequence
from typing import Literal, Self

import torch
from pydantic import Field, model_validator

from satstudio.core.port import BoundPort, Port
from satstudio.learn.adversarial.cycle_options import CycleOptions
from satstudio.learn.adversarial.cycle_trainer import CycleNetworks, CycleTrainer
from satstudio.learn.adversarial.two_roles import RoleForm, two_roles
from satstudio.learn.image_methods import image_use
from satstudio.learn.method import METHODS, ImageUse, MethodInfo, MethodPorts
from satstudio.learn.nets.image_unet import ImageUNet, UNetPlan, reach_px
from satstudio.learn.nets.norm_layers import Norm, depends_on_image, start_weights
from satstudio.learn.nets.patchgan import PatchGanPlan, head_layers, least_px, patchgan
from satstudio.learn.nets.resnet_generator import ResnetGenerator, ResnetPlan
from satstudio.patches.manifest import INPUT

TARGET = "target"
TARGET_MASK = Port(role="target_mask", dtype="bool", mask_of=TARGET)


class Options(CycleOptions):
    """Choices of CycleGAN; the defaults are the preset `resnet9_256`."""

    generator: Literal["resnet", "unet"] = Field(
        "resnet",
        title="Generators",
        description="resnet: residual blocks, as published; unet: that of Pix2Pix",
        json_schema_extra={"section": "Networks"},
    )
    width: int = Field(
        64, ge=1, le=256, title="Channels", description="At full resolution; doubled a halving"
    )
    downs: int = Field(
        2,
        ge=1,
        le=9,
        title="Halvings",
        description="Of the generators; published: 2 of resnet, 8 of a unet of 256 px",
    )
    blocks: int = Field(
        9, ge=0, le=24, title="Residual blocks", description="Of resnet; 6 at 128 px"
    )
    residual: bool = Field(
        False,
        title="Add to the input",
        description="resnet: answers are added to the input, so that training begins with a copy "
        "of it; of as many channels in as out",
    )
    norm: Norm = Field(
        "instance",
        title="Norm",
        description="instance as published: each image, or tile of a scene, by its own mean and "
        "variance. batch norms need all images of a step in one process",
    )
    critic_width: int = Field(
        64, ge=1, le=256, title="Critic's channels", description="After its first layer"
    )
    critic_layers: int = Field(
        3, ge=1, le=6, title="Critic's halvings", description="3: scores of patches of 70 px"
    )
    critic_head: Literal["patch", "dense"] = Field(
        "patch",
        title="Critic's head",
        description="patch: a score a patch; dense: one of all the image, of fixed size",
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        unit = 2**self.downs
        if self.size % unit:
            raise ValueError(
                f"a crop of {self.size} px cannot be halved {self.downs} times; take a multiple of "
                f"{unit}"
            )
        least = least_px(self.critic_layers)
        if self.size < max(least, 2 * unit if self.generator == "resnet" else 0):
            raise ValueError(
                f"a crop of {self.size} px is too small for these networks; take {least} px or "
                "more, or fewer halvings"
            )
        return self


def make_cyclegan(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> CycleTrainer:
    """Networks with fresh weights."""
    roles = two_roles(ports, is_anchored=options.identity > 0)
    random = torch.Generator().manual_seed(seed)
    pair = (roles.first, roles.second)
    generators = {made.role: _generator(options, taken, made) for taken, made in (pair, pair[::-1])}
    plans = {form.role: _critic_plan(options, form) for form in pair}
    critics = {role: patchgan(plan) for role, plan in plans.items()}
    for net in (*generators.values(), *critics.values()):
        start_weights(net, random)
    use = _use(options, generators[roles.second.role])
    networks = CycleNetworks(generators, critics, head_layers(plans[roles.first.role]), use)
    return CycleTrainer(options, roles, networks, seed, device)


def _generator(options: Options, taken: RoleForm, made: RoleForm) -> ResnetGenerator | ImageUNet:
    """Return a generator; what it gives ends in tanh where the role is scaled to -1..1."""
    channels, is_limited = (taken.channels, made.channels), options.is_limited(made.port)
    if options.generator == "unet":
        return ImageUNet(
            UNetPlan(
                *channels, options.downs, options.width, norm=options.norm, is_limited=is_limited
            )
        )
    sizes = options.width, options.downs, options.blocks
    is_residual = options.residual and channels[0] == channels[1]
    return ResnetGenerator(ResnetPlan(*channels, *sizes, options.norm, is_limited, is_residual))


def _critic_plan(options: Options, form: RoleForm) -> PatchGanPlan:
    dense_px = options.size if options.critic_head == "dense" else None
    return PatchGanPlan(
        form.channels, options.critic_width, options.critic_layers, options.norm, dense_px
    )


def _use(options: Options, net: ResnetGenerator | ImageUNet) -> ImageUse:
    """Return how the generator works on scenes."""
    reach = reach_px(options.downs) if isinstance(net, ImageUNet) else net.plan.reach_px
    is_fixed = not depends_on_image(options.norm)
    return image_use(options.size, net.plan.multiple, reach, is_fixed=is_fixed)


METHODS.add(
    "cyclegan",
    MethodInfo(
        title="CycleGAN",
        description="Learns to make images of one kind of those of another without pairs: two "
        "generators undo each other, and a critic for each kind tells made images from real ones.",
        options=Options,
        make=make_cyclegan,
        ports=MethodPorts(
            data=(Port(role=INPUT), Port(role=TARGET), TARGET_MASK),
            inputs=(Port(role=INPUT),),
            outputs=(Port(role=TARGET),),
        ),
        capabilities=frozenset(("translates",)),
        scaling="range",
        validated=("loss", "cycle"),
        pairs="apart",
        presets={
            "small": "translate/cyclegan_small.toml",
            "tiny": "translate/cyclegan_tiny.toml",
            "resnet9_256": "translate/cyclegan_resnet9_256.toml",
            "resnet6_128": "translate/cyclegan_resnet6_128.toml",
            "as-printed": "translate/cyclegan_as_printed.toml",
        },
    ),
)
