"""PatchGAN: a discriminator that scores overlapping patches of an image (Isola et al. 2017).

With three layers it is that of 70 x 70 px. A conditional one sees input and output as one image,
concatenated along the channels.
"""

from dataclasses import dataclass

from torch import nn

from satstudio.learn.nets.norm_layers import Norm, has_bias, hold_idle_biases, norm_layers

SLOPE = 0.2
MOST_TIMES = 8
"""Channels are doubled up to so many times the width."""


@dataclass(frozen=True, slots=True)
class PatchGanPlan:
    """Sizes of a PatchGAN.

    Attributes
    ----------
    channels : of what it sees, all images together
    layers : that halve the image; 3: patches of 70 px
    dense_px : side of the images whose patches' scores a dense head makes one of; None: a score a
        patch, for images of any side
    """

    channels: int
    width: int = 64
    layers: int = 3
    norm: Norm = "batch"
    dense_px: int | None = None


def patchgan(plan: PatchGanPlan) -> nn.Sequential:
    """Images (n, channels, rows, cols) to scores (n, 1, rows', cols'), or (n, 1): logits."""
    widths = [plan.width * min(2**level, MOST_TIMES) for level in range(plan.layers + 1)]
    layers: list[nn.Module] = [
        nn.Conv2d(plan.channels, widths[0], 4, 2, 1, bias=plan.norm != "instance_affine"),
        nn.LeakyReLU(SLOPE),
    ]
    for level in range(1, plan.layers + 1):
        stride = 2 if level < plan.layers else 1
        before, after = widths[level - 1], widths[level]
        layers += [
            nn.Conv2d(before, after, 4, stride, 1, bias=has_bias(plan.norm)),
            *norm_layers(plan.norm, after),
            nn.LeakyReLU(SLOPE),
        ]
    layers.append(nn.Conv2d(widths[-1], 1, 4, 1, 1))
    if plan.dense_px is not None:
        patches = plan.dense_px // 2**plan.layers - 2
        layers += [nn.Flatten(), nn.Linear(patches**2, 1)]
    net = nn.Sequential(*layers)
    hold_idle_biases(net)
    return net


def head_layers(plan: PatchGanPlan) -> int:
    """Return how many layers at its end make scores, which bfloat16 would merge."""
    return 1 if plan.dense_px is None else 3


def patch_px(layers: int) -> int:
    """Return the side of the patch that a score is of."""
    side = 1
    for stride in (1, 1, *[2] * layers):
        side = side * stride + 4 - stride
    return side


def least_px(layers: int) -> int:
    """Return the smallest side of images that it makes a score of."""
    return int(3 * 2**layers)
