"""What methods that translate images share: options, flips, falling rates, ports, export."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from satstudio.core.port import BoundPort, Role
from satstudio.core.recipe import Recipe
from satstudio.learn.adversarial.options import AdamBeta1, AdamBeta2, LearningRate
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import Group
from satstudio.learn.method import Exportable, ImageUse, StepSettings, Values
from satstudio.pixels.phasor import interleave

FLIP_STREAM = 4
"""Of the flips, beside those of `Batches`."""

Flips = Literal["none", "columns", "both", "turns"]
AXES: Mapping[Flips, tuple[int, ...]] = {"columns": (-1,), "both": (-1, -2), "turns": (-1, -2)}
Output = Literal["auto", "tanh", "linear"]

MOST_EXACT_PX = 128
"""Largest halo with which a scene is translated exactly; networks that see farther are blended."""

LEAST_TILE_PX = 512
AT_ONCE_PX = 16 * 256**2
"""Pixels that go through a network at once where nothing is learnt: memory stays small."""


class TranslationOptions(Recipe):
    """What every method that translates images lets one choose beside its networks and losses."""

    size: int = Field(
        256,
        ge=8,
        le=1024,
        title="Image side (px)",
        description="Crops of this side are drawn at random from larger patches: 256 from 286 as "
        "published",
        json_schema_extra={"section": "Networks"},
    )
    output: Output = Field(
        "auto",
        title="Output",
        description="auto: tanh where the target's values are scaled to -1 to 1, else linear",
    )
    flips: Flips = Field(
        "none",
        title="Flips",
        description="Of training images, at random. columns: left and right; both: also top and "
        "bottom; turns: also by 90 degrees. Radar images look to one side and must not be flipped",
        json_schema_extra={"section": "Steps"},
    )
    lr: LearningRate = 2e-4
    beta1: AdamBeta1 = 0.5
    beta2: AdamBeta2 = 0.999
    constant_steps: int = Field(
        100_000,
        ge=0,
        le=100_000_000,
        title="Steps at the full rate",
        description="Before the learning rate begins to fall",
    )
    decay_steps: int = Field(
        100_000,
        ge=0,
        le=100_000_000,
        title="Steps to rate 0",
        description="In which the learning rate falls to 0, in a straight line; 0: it stays",
    )

    def rate(self, number: int) -> float:
        """Return the learning rate of step `number` (from 1); after the last one it stays there."""
        if not self.decay_steps:
            return self.lr
        fallen = max(number - self.constant_steps, 0) / (self.decay_steps + 1)
        return self.lr * (1 - min(fallen, self.decay_steps / (self.decay_steps + 1)))

    def is_limited(self, made: BoundPort) -> bool:
        """Tell whether answers for a port go through tanh."""
        if self.output != "auto":
            return self.output == "tanh"
        return made.scaling is not None and made.scaling.kind == "range"


def port_of(ports: Sequence[BoundPort], role: Role) -> BoundPort:
    """Return the port of a role."""
    return next(port for port in ports if port.role == role)


def channels_of(port: BoundPort) -> int:
    """Return how many real channels the bands of a port are; a complex band is two."""
    return (port.band_count or 1) * (2 if port.is_complex else 1)


def flipped(batch: Batch, flips: Flips, seed: int, number: int, group: Group) -> Batch:
    """Return the images of step `number`, each flipped at random, all its roles alike.

    The draws depend on seed and number only, for all images of a batch, whichever process has
    them.
    """
    if flips == "none":
        return batch
    count = len(batch) * group.world
    random = np.random.default_rng((seed, FLIP_STREAM, number))
    own = group.own(torch.from_numpy(random.integers(0, 2, (count, 3)))).bool()

    def turned(images: Tensor) -> Tensor:
        return torch.stack([_turned(*one, flips) for one in zip(images, own, strict=True)])

    return Batch(
        {role: turned(images) for role, images in batch.values.items()},
        {role: turned(masks) for role, masks in batch.masks.items()},
    )


def _turned(image: Tensor, draws: Tensor, flips: Flips) -> Tensor:
    axes = [axis for axis, is_so in zip(AXES[flips], draws.tolist(), strict=False) if is_so]
    out = image.flip(axes) if axes else image
    return out.transpose(-1, -2) if flips == "turns" and draws[2] else out


def image_use(size_px: int, multiple: int, reach_px: int, *, is_fixed: bool) -> ImageUse:
    """Return how scenes are translated by a network.

    Where its answer depends on what is near only, exactly, with a halo of that size. Where it sees
    too far for that, or takes means of what it is given, tiles fade into each other.

    Parameters
    ----------
    size_px : of the images that it learnt from
    multiple : sides of tiles are multiples of this
    reach_px : how far it sees
    is_fixed : it takes no means of the image that it is given
    """

    def up(length: int) -> int:
        return -(-length // multiple) * multiple

    if is_fixed:
        halo, is_exact = up(min(reach_px, MOST_EXACT_PX)), up(reach_px) <= MOST_EXACT_PX
        tile = up(max(LEAST_TILE_PX, 4 * halo))
        return ImageUse("translate", tile, halo, multiple, "none" if is_exact else "weighted")
    halo = up(min(reach_px, size_px // 2))
    tile = up(max(size_px, 4 * halo))  # not much more than the size whose means it knows
    return ImageUse("translate", tile, halo, multiple, "weighted", "tile_statistics")


@torch.no_grad()
def answered(net: nn.Module, images: Tensor) -> Tensor:
    """Return what a network makes of planar images (n, channels, ...), a few at a time."""
    each = max(AT_ONCE_PX // (images.shape[-1] * images.shape[-2]), 1)
    return torch.cat([net(part) for part in torch.split(images, each)])


def as_values(answer: Tensor, made: BoundPort) -> Values:
    """Return planar images as an array (n, bands, ...), complex64 where the port is."""
    values: Values = answer.float().cpu().numpy()
    if not made.is_complex:
        return values
    bands = values.shape[1] // 2
    return (values[:, :bands] + 1j * values[:, bands:]).astype(np.complex64)


def in_precision(
    head: Callable[[Tensor], Tensor],
    body: Callable[[Tensor], Tensor],
    images: Tensor,
    settings: StepSettings,
) -> Tensor:
    """Run a network whose head is never calculated in bfloat16."""
    if not settings.is_low:
        return head(body(images))
    with torch.autocast(images.device.type, torch.bfloat16):
        features = body(images)
    return head(features.float())


@dataclass(frozen=True, slots=True)
class Exported:
    """A network that was trained on planar channels, on its way into a model file.

    Attributes
    ----------
    net : as nothing is learnt, on any device
    """

    net: nn.Module
    taken: BoundPort
    made: BoundPort
    use: ImageUse

    def ready(self) -> Exportable:
        """Return it for interleaved channels, with its answers to compare."""
        net = deepcopy(self.net).cpu().float().eval().requires_grad_(False)
        given = self.taken.band_count if self.taken.is_complex else None
        answered = self.made.band_count if self.made.is_complex else None
        outer = Interleaved(net, given, answered)

        def reference(images: Values) -> Values:
            values = interleave(images) if np.iscomplexobj(images) else images
            with torch.no_grad():
                made: Values = outer(torch.from_numpy(values)).numpy()
            return made[:, 0::2] + 1j * made[:, 1::2] if answered else made

        return Exportable(outer, reference, image=self.use)


class Interleaved(nn.Module):
    """A network of planar channels for such as are interleaved (re0, im0, re1, im1, ...).

    Parameters
    ----------
    taken, made : complex bands that it takes and makes; None: real ones, as they are
    """

    def __init__(self, net: nn.Module, taken: int | None, made: int | None) -> None:
        super().__init__()
        self.net = net
        self.taken, self.made = taken, made

    def forward(self, images: Tensor) -> Tensor:
        """Run it."""
        if self.taken is not None:
            images = torch.cat([images[:, 0::2], images[:, 1::2]], 1)
        answer: Tensor = self.net(images)
        if self.made is not None:
            parts = answer.chunk(2, 1)
            answer = torch.stack(parts, 2).flatten(1, 2)
        return answer
