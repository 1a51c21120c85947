"""Gap filling: an image with holes, and the mask of what is known, to a whole one.

The network learns what is to be added to means of what is near, in units of the contrast around;
its convolutions are gated (Yu et al. 2019). Complex samples are two channels a band. Holes are
those of the patch set, and more of them where one asks for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from satstudio.core.port import BoundPort, Port
from satstudio.learn.batch import Batch
from satstudio.learn.image_methods import as_values, channels_of, image_use, port_of
from satstudio.learn.method import METHODS, MethodInfo, MethodPorts, Rivals
from satstudio.learn.nets.gap_net import GapNet, GapPlan
from satstudio.learn.restoration.bands import band_places
from satstudio.learn.restoration.cut_outs import DRAWS_EACH, rectangles
from satstudio.learn.restoration.restoration_losses import LOSSES, LossName
from satstudio.learn.restoration.restoration_options import RestorationOptions
from satstudio.learn.restoration.restoration_trainer import (
    DRAWS,
    TARGET,
    TARGET_MASK,
    Restoration,
    RestorationTrainer,
)
from satstudio.patches.manifest import INPUT
from satstudio.pixels.gaps import gap_widths, harmonic, in_classes, nearest

HOLED = Port(role=INPUT)
KNOWN = Port(role="input_mask", dtype="bool", mask_of=INPUT)
WHOLE = Port(role=TARGET)

MOST_GAPS = DRAWS // DRAWS_EACH
LEAST_LOST = 0.01
"""Of an image whose gaps are smaller, the loss counts as if they were this share of it."""


class Options(RestorationOptions):
    """Choices of gap filling; the defaults are the preset `small`."""

    lr: float = Field(4e-3, gt=0, le=1, title="Learning rate", description="The highest")
    width: int = Field(
        24,
        ge=1,
        le=512,
        title="Channels",
        description="Of the U-Net at the largest side; doubled a level",
        json_schema_extra={"section": "Networks"},
    )
    levels: int = Field(
        4,
        ge=2,
        le=6,
        title="Levels",
        description="Resolutions of the U-Net; more of them see across wider gaps",
    )
    loss: LossName = Field(
        "l1",
        title="Loss",
        description="Difference from the target that is made small; known pixels have none. "
        "decibels: the PSNR of each image and band, so that narrow gaps count as much as wide ones",
    )
    more_gaps: int = Field(
        1,
        ge=0,
        le=MOST_GAPS,
        title="More gaps",
        description="Rectangles that are cut out of training images beside their own gaps",
        json_schema_extra={"section": "Data"},
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        self.check_halvings(self.levels - 1)
        return self


def make_gap_filler(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> RestorationTrainer:
    """Network with fresh weights."""
    holed = port_of(ports, INPUT)
    band_places(holed, port_of(ports, TARGET))
    plan = GapPlan(channels_of(holed), options.width, options.levels)
    multiple = 2 ** (options.levels - 1)
    use = image_use(options.size, multiple, plan.reach_px, is_fixed=True, task="gap_filling")
    task = Restoration(
        net=GapNet(plan),
        ports=MethodPorts(data=(), inputs=(HOLED, KNOWN), outputs=(WHOLE,)),
        use=replace(use, fills_gaps=True),
        loss=LOSSES[options.loss],
        weight=of_gaps,
        rivals=partial(plainly_filled, holed=holed),
        change=partial(with_gaps, count=options.more_gaps) if options.more_gaps else None,
    )
    return RestorationTrainer(options, task, ports, seed, device)


def with_gaps(batch: Batch, draws: Tensor, count: int) -> Batch:
    """Return a batch whose inputs have this many rectangular holes more, of 1 px to half a side."""
    known = batch.masks[INPUT]
    cut = rectangles(draws[:, : DRAWS_EACH * count], *known.shape[-2:])
    return Batch(batch.values, {**batch.masks, INPUT: known * ~cut})


def of_gaps(batch: Batch) -> Tensor:
    """Return by how much more a loss counts so that it is the mean over an image's gaps."""
    lost = (1 - batch.masks[INPUT]).mean((1, 2, 3), keepdim=True)
    return 1 / lost.clamp(min=LEAST_LOST)


def plainly_filled(batch: Batch, holed: BoundPort) -> Rivals:
    """Return the nearest and the smoothest values in gaps; gaps are measured by their width."""
    images = as_values(batch[INPUT], holed)
    known = batch.masks[INPUT][:, 0].cpu().numpy() > 0
    made = {
        name: np.stack([fill(*one) for one in zip(images, known, strict=True)])
        for name, fill in (("nearest", nearest), ("harmonic", harmonic))
    }
    classes = [in_classes(gap_widths(valid)) for valid in known]
    regions = {name: np.stack([each[name] for each in classes]) for name in classes[0]}
    return Rivals(made, regions, counted=np.logical_not(known))


METHODS.add(
    "gap_filling",
    MethodInfo(
        title="Gap filling",
        description="Learns to fill holes (lost lines, defects, clouds cut out) from images with "
        "holes and whole ones: what is to be added to means of what is near. Known pixels stay as "
        "they are.",
        options=Options,
        make=make_gap_filler,
        ports=MethodPorts(
            data=(HOLED, KNOWN, WHOLE, TARGET_MASK), inputs=(HOLED, KNOWN), outputs=(WHOLE,)
        ),
        capabilities=frozenset(("translates",)),
        validated=("loss",),
        pairs="needed",
        alike=(TARGET,),
        presets={
            "small": "restore/gaps_small.toml",
            "wide": "restore/gaps_wide.toml",
            "tiny": "restore/gaps_tiny.toml",
        },
    ),
)
