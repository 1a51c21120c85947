"""Despeckling of intensity without phase: one date, or sub-look, learnt from another.

Noise to noise (Lehtinen et al. 2018; of two dates: Dalsasso, Denis and Tupin, "SAR2SAR: a
semi-supervised despeckling algorithm for SAR images", IEEE JSTARS 2021): what is expected of one
image, given another of the same ground under independent speckle, is the ground. The loss is the
likelihood of that speckle, so that power stays what it is. What has changed between the dates is
left out by the ratio of local means.
"""

from collections.abc import Sequence
from functools import partial
from typing import Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn import functional

from satstudio.core.port import BoundPort, Port
from satstudio.learn.batch import Batch
from satstudio.learn.image_methods import Flips, image_use
from satstudio.learn.method import METHODS, MethodInfo, MethodPorts, Rivals, Values
from satstudio.learn.nets.intensity_net import IntensityNet
from satstudio.learn.nets.one_part import halo_px
from satstudio.learn.nets.restoration_net import RestorationNet
from satstudio.learn.restoration.cut_outs import DRAWS_EACH, rectangles
from satstudio.learn.restoration.restoration_losses import LEAST_POWER, power_likelihood
from satstudio.learn.restoration.restoration_options import CropSide, RestorationOptions
from satstudio.learn.restoration.restoration_trainer import (
    TARGET,
    TARGET_MASK,
    Restoration,
    RestorationTrainer,
)
from satstudio.patches.manifest import INPUT
from satstudio.pixels.filters import boxcar, lee
from satstudio.pixels.log_filters import non_local_means

NOISY = Port(role=INPUT, dtype="float32")
OTHER = Port(role=TARGET, dtype="float32")

CHANGE_PX = 9
"""Side of the squares whose mean power is compared between the dates: 81 looks, 1 dB."""

ZEROS = 2
"""Rectangles of zeros in an image that has any."""


class Options(RestorationOptions):
    """Choices of the intensity despeckler; the defaults are the preset `fast`."""

    size: CropSide = 96
    flips: Flips = "none"
    channels: int = Field(
        16,
        ge=1,
        le=256,
        title="Channels",
        description="At full resolution; doubled a level",
        json_schema_extra={"section": "Networks"},
    )
    levels: int = Field(3, ge=2, le=6, title="Levels", description="Resolutions of the U-Net")
    change_db: float = Field(
        3.0,
        ge=0,
        le=60,
        title="Change that is left out (dB)",
        description="Where the mean power of 9 x 9 px differs by more between the two images, "
        "nothing is learnt; 0: everything is",
        json_schema_extra={"section": "Data"},
    )
    zeros: float = Field(
        0.25,
        ge=0,
        le=1,
        title="Share of images with zeros",
        description="Of training images, in which rectangles become zeros, so that what lies "
        "beside lost blocks and borders is despeckled from what there is",
    )
    looks: float = Field(
        1.0,
        gt=0,
        le=1000,
        title="Looks",
        description="Of the intensity; the filters that it is compared with need to know",
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        self.check_halvings(self.levels - 1)
        return self


def make_despeckler(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> RestorationTrainer:
    """Network with fresh weights."""
    multiple = 2 ** (options.levels - 1)
    task = Restoration(
        net=IntensityNet(options.channels, options.levels),
        ports=MethodPorts(data=(), inputs=(NOISY,), outputs=(OTHER,)),
        use=image_use(
            options.size, multiple, halo_px(options.levels), is_fixed=True, task="despeckle"
        ),
        loss=power_likelihood,
        rivals=partial(filtered, looks=options.looks),
        change=partial(changed, change_db=options.change_db, zeros=options.zeros),
        calibrate=calibrate,
    )
    return RestorationTrainer(options, task, ports, seed, device)


def changed(batch: Batch, draws: Tensor, change_db: float, zeros: float) -> Batch:
    """Return a batch either way round, with rectangles of zeros in a share of it."""
    turned = either_way(batch, draws, change_db)
    rows, cols = batch[INPUT].shape[-2:]
    cut = rectangles(draws[:, 2 : 2 + DRAWS_EACH * ZEROS], rows, cols)
    there = ~(cut & (draws[:, 1] < zeros)[:, None, None, None])
    return Batch({**turned.values, INPUT: turned[INPUT] * there}, turned.masks)


def either_way(batch: Batch, draws: Tensor, change_db: float) -> Batch:
    """Return a batch in which half of the pairs are learnt the other way round.

    What has changed by more than `change_db` counts as without data.
    """
    first, second = batch[INPUT], batch[TARGET]
    is_turned = (draws[:, 0] < 0.5)[:, None, None, None]
    given, wanted = torch.where(is_turned, second, first), torch.where(is_turned, first, second)
    counted = batch.masks[TARGET]
    if change_db:
        counted = counted * unchanged(first, second, change_db)
    return Batch({**batch.values, INPUT: given, TARGET: wanted}, {**batch.masks, TARGET: counted})


def unchanged(first: Tensor, second: Tensor, change_db: float) -> Tensor:
    """Return 1 where local means of all bands differ by no more, else 0: (n, 1, rows, cols)."""
    one, two = (
        functional.avg_pool2d(power.clamp(min=0), CHANGE_PX, 1, CHANGE_PX // 2) + LEAST_POWER
        for power in (first, second)
    )
    apart = 10 * (one / two).log10().abs().amax(1, keepdim=True)
    return (apart <= change_db).to(first.dtype)


def calibrate(net: RestorationNet, shown: RestorationNet, batch: Batch, memory: float) -> None:
    """Let the mean ratio of the other image and the answer approach 1 by the gain of both nets."""
    if not (isinstance(net, IntensityNet) and isinstance(shown, IntensityNet)):
        return
    made, other = shown(batch[INPUT]), batch[TARGET]
    counted = batch.masks[TARGET] * (other > 0) * (made > LEAST_POWER)
    if not counted.any():
        return
    ratio = (counted * other / made.clamp(min=LEAST_POWER)).sum() / counted.sum()
    gain = shown.gain * ratio.clamp(0.5, 2) ** (1 - memory)
    net.gain.copy_(gain)
    shown.gain.copy_(gain)


def filtered(batch: Batch, looks: float) -> Rivals:
    """Return what filters make of the intensity; the target is noisy, so likelihood tells."""
    power: Values = batch[INPUT].clamp(min=0).cpu().numpy()
    images = {
        "boxcar": [boxcar(one) for one in power],
        "lee": [lee(one, looks=looks) for one in power],
        "nlm": [non_local_means(one, looks) for one in power],
    }
    made = {name: np.stack(found) for name, found in images.items()}
    return Rivals(made, is_noisy=True)


METHODS.add(
    "despeckle_intensity",
    MethodInfo(
        title="Intensity despeckler",
        description="Learns to remove speckle from intensity without phase, of any number of "
        "looks, from pairs of noisy images of one ground: two dates, or two sub-looks of one "
        "single-look complex scene.",
        options=Options,
        make=make_despeckler,
        ports=MethodPorts(data=(NOISY, OTHER, TARGET_MASK), inputs=(NOISY,), outputs=(OTHER,)),
        capabilities=frozenset(("translates",)),
        scaling="unit_power",
        validated=("loss",),
        pairs="needed",
        alike=(TARGET,),
        presets={
            "fast": "restore/intensity_fast.toml",
            "good": "restore/intensity_good.toml",
            "tiny": "restore/intensity_tiny.toml",
        },
    ),
)
