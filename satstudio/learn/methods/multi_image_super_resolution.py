"""Multi-image super-resolution: shifted images of one ground to one of a finer grid.

After HighRes-net (Deudon et al. 2020), learnt as images of PROBA-V are judged (Martens, Izzo,
Krzic and Cox, "Super-resolution of PROBA-V images using convolutional neural networks", 2019): up
to a shift of the target by some pixels and up to a constant, where one asks for it.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from satstudio.core.port import BoundPort, Port
from satstudio.learn.batch import Batch
from satstudio.learn.image_methods import image_use, port_of
from satstudio.learn.method import METHODS, MethodInfo, MethodPorts, Rivals, Values
from satstudio.learn.nets.frame_fusion_net import FrameFusionNet, Fusion, FusionPlan
from satstudio.learn.restoration.bands import band_places
from satstudio.learn.restoration.restoration_losses import LOSSES, LossName, shift_tolerant
from satstudio.learn.restoration.restoration_options import CropSide, RestorationOptions
from satstudio.learn.restoration.restoration_trainer import (
    TARGET,
    TARGET_MASK,
    Restoration,
    RestorationTrainer,
    frames_of,
    without_frames,
)
from satstudio.pixels.frame_fusion import registered_mean, shift_and_add
from satstudio.pixels.registration import frame_shifts, shift_between
from satstudio.pixels.resampling import bicubic

LOW = "low"
FRAMES = Port(role=LOW, dtype="float32", frames=(1, None))
KNOWN = Port(role="low_mask", dtype="bool", frames=(1, None), mask_of=LOW)
FINE = Port(role=TARGET, dtype="float32", ratio=None)


class Options(RestorationOptions):
    """Choices of multi-image super-resolution; the defaults are the preset `x3`."""

    size: CropSide = 32
    width: int = Field(
        48,
        ge=1,
        le=512,
        title="Channels",
        json_schema_extra={"section": "Networks"},
    )
    encoder: int = Field(
        2, ge=0, le=32, title="Blocks before the fusion", description="Of each frame by itself"
    )
    decoder: int = Field(2, ge=0, le=32, title="Blocks after the fusion")
    fusion: Fusion = Field(
        "mean",
        title="Fusion",
        description="mean: over the frames that have data; weighted: by what the network thinks of "
        "each pixel",
    )
    drop_frames: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Share of frames left out",
        description="Of training images, at random, so that the network works with any number of "
        "frames; at least one stays",
        json_schema_extra={"section": "Steps"},
    )
    loss: LossName = Field(
        "l1", title="Loss", description="Difference from the target that is made small"
    )
    tolerated_px: int = Field(
        0,
        ge=0,
        le=6,
        title="Shift that is tolerated (px)",
        description="Of the target, which then may also differ by a constant (cMSE of PROBA-V with "
        "3 px): for targets that do not lie exactly on the first frame",
    )
    align: bool = Field(
        False,
        title="Move targets onto the first frame",
        description="In training, by parts of a pixel, as phase cross-correlation with the first "
        "frame says: for targets of another sensor; what is left may be tolerated",
        json_schema_extra={"section": "Data"},
    )


def make_super_resolver(
    options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
) -> RestorationTrainer:
    """Network with fresh weights."""
    low, fine = port_of(ports, LOW), port_of(ports, TARGET)
    plan = FusionPlan(
        bands=low.band_count or 1,
        places=band_places(low, fine),
        ratio=fine.scale / low.scale,
        width=options.width,
        encoder=options.encoder,
        decoder=options.decoder,
        fusion=options.fusion,
    )
    loss = LOSSES[options.loss]
    task = Restoration(
        net=FrameFusionNet(plan),
        ports=MethodPorts(data=(), inputs=(FRAMES, KNOWN), outputs=(FINE,)),
        use=image_use(options.size, 1, plan.reach_px, is_fixed=True, task="super_resolution"),
        loss=shift_tolerant(loss, options.tolerated_px) if options.tolerated_px else loss,
        rivals=partial(frame_rivals, plan=plan, tolerated_px=options.tolerated_px),
        change=partial(changed, options=options, plan=plan),
    )
    return RestorationTrainer(options, task, ports, seed, device)


def changed(batch: Batch, draws: Tensor, options: Options, plan: FusionPlan) -> Batch:
    """Return a batch as it is learnt from: targets moved, frames left out, where that is wanted."""
    if options.align:
        batch = aligned(batch, plan)
    if options.drop_frames:
        batch = without_frames(batch, draws, LOW, options.drop_frames)
    return batch


def aligned(batch: Batch, plan: FusionPlan) -> Batch:
    """Return a batch whose targets lie on the first frame; those that cannot be told stay."""
    low, good = frames_of(batch, LOW, plan.places)
    wanted, valid = batch[TARGET].cpu().numpy(), batch.masks[TARGET][:, 0].cpu().numpy() > 0
    targets, masks = [], []
    for frame, clear, target, known in zip(low[:, 0], good[:, 0], wanted, valid, strict=True):
        fine, seen = bicubic(frame, clear, plan.ratio)
        shift = shift_between(fine.mean(0), target.mean(0), seen, known)
        moved, there = bicubic(target, known, 1, (shift.rows, shift.cols))
        targets.append(torch.from_numpy(moved))
        masks.append(torch.from_numpy(there))
    counted = torch.stack(masks)[:, None].to(batch.masks[TARGET])
    return Batch(
        {**batch.values, TARGET: torch.stack(targets).to(batch[TARGET])},
        {**batch.masks, TARGET: counted},
    )


def frame_rivals(batch: Batch, plan: FusionPlan, tolerated_px: int = 0) -> Rivals:
    """Return the first frame and the mean of all, interpolated, and what registration gives."""
    found: dict[str, list[Values]] = {}
    frames, clear = frames_of(batch, LOW, plan.places)
    for low, good in zip(frames, clear, strict=True):
        shifts = [(each.rows, each.cols) for each in frame_shifts(low, good)]
        still = [(0.0, 0.0)] * len(low)
        made = {
            "bicubic": registered_mean(low[:1], good[:1], still[:1], plan.ratio),
            "frame_mean": registered_mean(low, good, still, plan.ratio),
            "registered_mean": registered_mean(low, good, shifts, plan.ratio),
            "shift_and_add": shift_and_add(low, good, shifts, plan.ratio),
        }
        for name, one in made.items():
            found.setdefault(name, []).append(one.values)
    images = {name: np.stack(each) for name, each in found.items()}
    coarse = np.where(clear[:, 0, None], frames[:, 0], np.nan)
    return Rivals(images, tolerated_px=tolerated_px, coarse=coarse)


METHODS.add(
    "multi_image_super_resolution",
    MethodInfo(
        title="Multi-image super-resolution",
        description="Learns to make one finer image of several of the same ground, which lie a "
        "part of a pixel beside each other and may have holes: any number of frames, the first of "
        "which says the grid.",
        options=Options,
        make=make_super_resolver,
        ports=MethodPorts(
            data=(FRAMES, KNOWN, FINE, TARGET_MASK), inputs=(FRAMES, KNOWN), outputs=(FINE,)
        ),
        capabilities=frozenset(("translates",)),
        validated=("loss",),
        pairs="needed",
        alike=(TARGET,),
        presets={
            "x3": "restore/frames_x3.toml",
            "proba_v": "restore/frames_proba_v.toml",
            "small": "restore/frames_small.toml",
            "tiny": "restore/frames_tiny.toml",
        },
    ),
)
