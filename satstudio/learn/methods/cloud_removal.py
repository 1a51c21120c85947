"""Cloud removal: dates with clouds, and SAR of the same ground, to what lies under the clouds.

The network learns what is to be added to the mosaic of clear pixels; where none of the dates is
clear, to the mean of what is clear around. Backbones: the residual CNN of Meraner et al. 2020
(DSen2-CR; here of any number of dates, with masks), and a U-Net that sees all dates at once.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Self

import numpy as np
import torch
from pydantic import Field, model_validator

from satstudio.core.port import BoundPort, Port
from satstudio.learn.batch import Batch
from satstudio.learn.image_methods import image_use, port_of
from satstudio.learn.method import METHODS, MethodInfo, MethodPorts, Rivals
from satstudio.learn.nets.cloud_nets import Backbone, CloudNet, CloudPlan
from satstudio.learn.restoration.bands import band_places
from satstudio.learn.restoration.restoration_losses import LOSSES, LossName
from satstudio.learn.restoration.restoration_options import RestorationOptions
from satstudio.learn.restoration.restoration_trainer import (
    TARGET,
    TARGET_MASK,
    Restoration,
    RestorationTrainer,
    frames_of,
    without_frames,
)
from satstudio.pixels.compositing import least_cloudy, mosaic, temporal_interpolation
from satstudio.pixels.gaps import filled

OPTICAL, SAR = "optical", "sar"
FILLED_PX = 32
ANY_DATES = (1, None)
MOST_LEVELS = 6

IMAGES = Port(role=OPTICAL, dtype="float32", frames=ANY_DATES)
CLEAR = Port(role="optical_mask", dtype="bool", frames=ANY_DATES, mask_of=OPTICAL)
RADAR = Port(role=SAR, dtype="float32", optional=True)
CLEARED = Port(role=TARGET, dtype="float32")


class Options(RestorationOptions):
    """Choices of cloud removal; the defaults are the preset `unet`."""

    backbone: Backbone = Field(
        "unet",
        title="Network",
        description="unet: a U-Net of all dates; dsen2cr: the residual CNN of DSen2-CR",
        json_schema_extra={"section": "Networks"},
    )
    width: int = Field(
        32,
        ge=1,
        le=1024,
        title="Channels",
        description="Of a U-Net at the largest side, doubled a level; of DSen2-CR 256 as published",
    )
    depth: int = Field(
        4,
        ge=1,
        le=64,
        title="Levels or blocks",
        description="Resolutions of the U-Net; residual blocks of DSen2-CR, 16 as published",
    )
    dates: int = Field(
        3,
        ge=1,
        le=32,
        title="Most dates",
        description="That the network can be given; of more in the patch set the first so many",
    )
    use_sar: bool = Field(
        True,
        title="See the SAR image",
        description="Where the patch set has one; without it what lies under clouds of all dates "
        "is known from around only",
    )
    drop_dates: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Share of dates left out",
        description="Of training images, at random, so that the network works with fewer dates "
        "too; at least one stays",
        json_schema_extra={"section": "Steps"},
    )
    loss: LossName = Field(
        "l1", title="Loss", description="Difference from the target that is made small"
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        if self.backbone == "unet":
            if self.depth > MOST_LEVELS:
                raise ValueError(f"a U-Net has at most {MOST_LEVELS} levels, not {self.depth}")
            self.check_halvings(self.depth - 1)
        return self


def make_cloud_removal(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> RestorationTrainer:
    """Network with fresh weights."""
    optical = port_of(ports, OPTICAL)
    roles = [port.role for port in ports]
    has_sar = options.use_sar and SAR in roles
    most = min(options.dates, optical.frames[1] or options.dates)
    plan = CloudPlan(
        bands=optical.band_count or 1,
        places=band_places(optical, port_of(ports, TARGET)),
        dates=most,
        sar=(port_of(ports, SAR).band_count or 1) if has_sar else 0,
        backbone=options.backbone,
        width=options.width,
        depth=options.depth,
    )
    frames = {"frames": (1, most)}
    inputs = (IMAGES.changed(**frames), CLEAR.changed(**frames), *([RADAR] if has_sar else []))
    use = image_use(options.size, plan.multiple, plan.reach_px, is_fixed=True, task="cloud_removal")
    share = options.drop_dates
    task = Restoration(
        net=CloudNet(plan),
        ports=MethodPorts(data=(), inputs=inputs, outputs=(CLEARED,)),
        use=replace(use, fills_gaps=True),
        loss=LOSSES[options.loss],
        rivals=partial(cloud_rivals, places=plan.places),
        change=partial(without_frames, role=OPTICAL, share=share) if share else None,
    )
    return RestorationTrainer(options, task, ports, seed, device)


def cloud_rivals(batch: Batch, places: Sequence[int]) -> Rivals:
    """Return the least cloudy date, the mosaic, and between dates the middle one; both filled.

    What no date shows is measured apart, and filled from around in the stronger two: in patch sets
    nothing lies under clouds. Dates are as far from each other as they stand in order.
    """
    optical, good = frames_of(batch, OPTICAL, places)
    days = range(optical.shape[1])
    found = {
        "least_cloudy": [least_cloudy(*one) for one in zip(optical, good, strict=True)],
        "mosaic": [mosaic(*one) for one in zip(optical, good, strict=True)],
        "temporal_interpolation": [
            temporal_interpolation(*one, days, len(days) // 2)
            for one in zip(optical, good, strict=True)
        ],
    }
    for name in ("mosaic", "temporal_interpolation"):
        found[f"{name}_filled"] = [filled(one, FILLED_PX) for one in found[name]]
    images = {name: np.stack([one.values for one in made]) for name, made in found.items()}
    never = np.logical_not(np.logical_or.reduce(good, axis=1))
    return Rivals(images, {"never_clear": never, "once_clear": np.logical_not(never)})


METHODS.add(
    "cloud_removal",
    MethodInfo(
        title="Cloud removal",
        description="Learns what lies under clouds from pairs: of one or several dates with masks, "
        "and a SAR image where there is one, to the date without clouds. It learns what is to be "
        "added to the mosaic of clear pixels.",
        options=Options,
        make=make_cloud_removal,
        ports=MethodPorts(
            data=(IMAGES, CLEAR, RADAR, CLEARED, TARGET_MASK),
            inputs=(IMAGES, CLEAR, RADAR),
            outputs=(CLEARED,),
        ),
        capabilities=frozenset(("translates",)),
        validated=("loss",),
        pairs="needed",
        alike=(TARGET,),
        presets={
            "unet": "restore/clouds_unet.toml",
            "no_sar": "restore/clouds_no_sar.toml",
            "dsen2cr": "restore/clouds_dsen2cr.toml",
            "one_date": "restore/clouds_one_date.toml",
            "small": "restore/clouds_small.toml",
            "tiny": "restore/clouds_tiny.toml",
        },
    ),
)
