"""Super-resolution of one image: what is to be added to its bicubic interpolation, by any fraction.

After EDSR (Lim et al. 2017), small. Complex samples are two channels a band.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

import numpy as np
import torch
from pydantic import Field

from satstudio.core.port import BoundPort, Port
from satstudio.learn.batch import Batch
from satstudio.learn.image_methods import as_values, channels_of, image_use, port_of
from satstudio.learn.method import METHODS, MethodInfo, MethodPorts, Rivals
from satstudio.learn.nets.super_net import SuperNet, SuperPlan
from satstudio.learn.restoration.bands import band_places, channel_places
from satstudio.learn.restoration.restoration_losses import LOSSES, LossName
from satstudio.learn.restoration.restoration_options import CropSide, RestorationOptions
from satstudio.learn.restoration.restoration_trainer import (
    TARGET,
    TARGET_MASK,
    Restoration,
    RestorationTrainer,
)
from satstudio.pixels.resampling import bicubic

LOW = "low"
COARSE = Port(role=LOW)
FINE = Port(role=TARGET, ratio=None)


class Options(RestorationOptions):
    """Choices of super-resolution; the defaults are the preset `small`."""

    size: CropSide = 32
    width: int = Field(
        32,
        ge=1,
        le=512,
        title="Channels",
        description="64 in the baseline of EDSR",
        json_schema_extra={"section": "Networks"},
    )
    blocks: int = Field(
        6, ge=0, le=64, title="Residual blocks", description="16 in the baseline of EDSR"
    )
    loss: LossName = Field(
        "l1", title="Loss", description="Difference from the target that is made small"
    )


def make_super_resolution(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> RestorationTrainer:
    """Network with fresh weights."""
    low, fine = port_of(ports, LOW), port_of(ports, TARGET)
    plan = SuperPlan(
        channels=channels_of(low),
        places=channel_places(low, fine),
        ratio=fine.scale / low.scale,
        width=options.width,
        blocks=options.blocks,
    )
    multiple = plan.ratio.denominator
    task = Restoration(
        net=SuperNet(plan),
        ports=MethodPorts(data=(), inputs=(COARSE,), outputs=(FINE,)),
        use=image_use(
            options.size, multiple, plan.reach_px, is_fixed=True, task="super_resolution"
        ),
        loss=LOSSES[options.loss],
        rivals=partial(interpolated, low=low, places=band_places(low, fine), ratio=plan.ratio),
    )
    return RestorationTrainer(options, task, ports, seed, device)


def interpolated(batch: Batch, low: BoundPort, places: Sequence[int], ratio: Fraction) -> Rivals:
    """Return the bicubic interpolation, of complex samples of both parts."""
    images = as_values(batch[LOW], low)[:, list(places)]
    everywhere = np.ones(images.shape[-2:], bool)
    finer = np.stack([bicubic(image, everywhere, ratio)[0] for image in images])
    return Rivals({"bicubic": finer}, coarse=images)


METHODS.add(
    "super_resolution",
    MethodInfo(
        title="Super-resolution",
        description="Learns to make one image finer, twice, three or four times or by a fraction "
        "such as 5/2: what is to be added to its bicubic interpolation. How much finer it gets is "
        "what the target of the patch set is.",
        options=Options,
        make=make_super_resolution,
        ports=MethodPorts(data=(COARSE, FINE, TARGET_MASK), inputs=(COARSE,), outputs=(FINE,)),
        capabilities=frozenset(("translates",)),
        validated=("loss",),
        pairs="needed",
        alike=(TARGET,),
        presets={
            "small": "restore/super_small.toml",
            "edsr": "restore/super_edsr.toml",
            "tiny": "restore/super_tiny.toml",
        },
    ),
)
