"""What methods that make images of images share: ports, flips, tiles, answers, export."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from satstudio.core.port import BoundPort, Role
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import Group
from satstudio.learn.method import Exportable, ImageUse, MethodPorts, StepSettings, Values
from satstudio.pixels.phasor import interleave

FLIP_STREAM = 4
"""Of the flips, beside those of `Batches`."""

Flips = Literal["none", "columns", "both", "turns"]
AXES: Mapping[Flips, tuple[int, ...]] = {"columns": (-1,), "both": (-1, -2), "turns": (-1, -2)}

MOST_EXACT_PX = 128
"""Largest halo with which a scene is translated exactly; networks that see farther are blended."""

LEAST_TILE_PX = 512
AT_ONCE_PX = 16 * 256**2
"""Pixels that go through a network at once where nothing is learnt: memory stays small."""


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


def image_use(
    size_px: int, multiple: int, reach_px: int, *, is_fixed: bool, task: str = "translate"
) -> ImageUse:
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
        return ImageUse(task, tile, halo, multiple, "none" if is_exact else "weighted")
    halo = up(min(reach_px, size_px // 2))
    tile = up(max(size_px, 4 * halo))  # not much more than the size whose means it knows
    return ImageUse(task, tile, halo, multiple, "weighted", "tile_statistics")


@torch.no_grad()
def answered(net: nn.Module, *images: Tensor) -> Tensor:
    """Return what a network makes of its inputs, planar images (n, ...), a few at a time."""
    each = max(AT_ONCE_PX // images[0][0, ..., 0:1, :, :].numel(), 1)
    parts = zip(*(torch.split(one, each) for one in images), strict=True)
    return torch.cat([net(*part) for part in parts])


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
    taken : what its inputs hold, in their order
    ports : of the network, where they are fewer or narrower than its method declares
    """

    net: nn.Module
    taken: tuple[BoundPort, ...]
    made: BoundPort
    use: ImageUse
    ports: MethodPorts | None = None

    def ready(self) -> Exportable:
        """Return it for interleaved channels, with its answers to compare."""
        net = deepcopy(self.net).cpu().float().eval().requires_grad_(False)
        outer = Interleaved(net, [port.is_complex for port in self.taken], self.made.is_complex)

        def reference(*images: Values) -> Values:
            fed = (interleave(one) if np.iscomplexobj(one) else one for one in images)
            with torch.no_grad():
                made: Values = outer(*map(torch.from_numpy, fed)).numpy()
            return made[:, 0::2] + 1j * made[:, 1::2] if self.made.is_complex else made

        return Exportable(outer, reference, image=self.use, ports=self.ports)


class Interleaved(nn.Module):
    """A network of planar channels for such as are interleaved (re0, im0, re1, im1, ...).

    Parameters
    ----------
    taken, made : whether each input, and the output, is complex; real ones stay as they are
    """

    def __init__(self, net: nn.Module, taken: Sequence[bool], made: bool) -> None:
        super().__init__()
        self.net = net
        self.taken, self.made = tuple(taken), made

    def forward(self, *images: Tensor) -> Tensor:
        """Run it."""
        answer: Tensor = self.net(
            *(
                torch.cat([one[..., 0::2, :, :], one[..., 1::2, :, :]], -3) if is_so else one
                for one, is_so in zip(images, self.taken, strict=True)
            )
        )
        if self.made:
            parts = answer.chunk(2, 1)
            answer = torch.stack(parts, 2).flatten(1, 2)
        return answer
