"""Restorers with ports and batches of random images, without any patch set."""

import torch

from satstudio.core.port import BoundPort
from satstudio.learn.batch import Batch
from satstudio.learn.method import METHODS
from satstudio.learn.setup.recipe import TrainRecipe

RESTORERS = ("cloud_removal", "multi_image_super_resolution", "super_resolution",
             "despeckle_intensity", "gap_filling")  # fmt: skip


def port(role, bands=1, frames=(1, 1), ratio="1", dtype="float32"):
    names = tuple(f"b{band}" for band in range(bands)) if isinstance(bands, int) else bands
    return BoundPort(role=role, bands=names, dtype=dtype, frames=frames, ratio=ratio,
                     scaling={"kind": "linear"})  # fmt: skip


PORTS = {
    "cloud_removal": (port("optical", 4, (3, 3)), port("sar", 2), port("target", 4)),
    "multi_image_super_resolution": (port("low", 1, (4, 4)), port("target", ratio="3")),
    "super_resolution": (port("low", 2), port("target", 2, ratio="5/2")),
    "despeckle_intensity": (port("input", 2), port("target", 2)),
    "gap_filling": (port("input", 2), port("target", 2)),
}


def made_batch(ports, side=24, count=4, seed=0) -> Batch:
    """Random images of all ports, with holes in all masks."""
    draw = torch.Generator().manual_seed(seed)
    values, masks = {}, {}
    for each in ports:
        frames = () if each.frames == (1, 1) else (each.frames[1],)
        size = (count, *frames, 1, int(side * each.scale), int(side * each.scale))
        shape = (*size[:-3], each.band_count, *size[-2:])
        values[each.role] = torch.randn(shape, generator=draw)
        masks[each.role] = (torch.rand(size, generator=draw) > 0.3).float()
    return Batch(values, masks)


def made_method(name, preset="tiny", ports=None, **options):
    recipe = TrainRecipe.build({"method": name, "preset": preset, **options})
    return METHODS[name].make(recipe.chosen(), ports or PORTS[name], 0, torch.device("cpu"))
