"""SuperNet: one image to a finer grid, as what is to be added to its bicubic interpolation.

After Lim, Son, Kim, Nah and Lee, "Enhanced deep residual networks for single image
super-resolution" (EDSR), CVPR workshops 2017: residual blocks without norms at the coarse grid.
"""

from dataclasses import dataclass
from fractions import Fraction

from torch import Tensor, nn

from satstudio.learn.nets.restoration_net import ResidualBlock, RestorationNet
from satstudio.learn.nets.upsampling import REACH_PX, Upsampling, finer

BLOCK_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class SuperPlan:
    """Sizes of a `SuperNet`.

    Attributes
    ----------
    channels : of the image
    places : which of these each channel of the answer is
    """

    channels: int
    places: tuple[int, ...]
    ratio: Fraction
    width: int
    blocks: int

    @property
    def reach_px(self) -> int:
        """How far from a pixel, at most, its answer depends on the image."""
        return 2 * self.blocks + 2 + REACH_PX


class SuperNet(RestorationNet):
    """(n, channels, rows, cols) to (n, channels, ratio rows, ratio cols)."""

    def __init__(self, plan: SuperPlan) -> None:
        super().__init__()
        self.plan = plan
        self.first = nn.Conv2d(plan.channels, plan.width, 3, padding=1)
        self.body = nn.Sequential(
            *(ResidualBlock(plan.width, BLOCK_SHARE) for _ in range(plan.blocks)),
            nn.Conv2d(plan.width, plan.width, 3, padding=1),
        )
        self.up = Upsampling(plan.width, len(plan.places), plan.ratio)
        self.heads = [self.up.head]

    def features(self, *given: Tensor) -> Tensor:
        """Run the residual blocks."""
        here = self.first(given[0])
        answer: Tensor = here + self.body(here)
        return answer

    def joined(self, features: Tensor, *given: Tensor) -> Tensor:
        """Make the finer pixels and add the image, interpolated."""
        image = given[0][:, list(self.plan.places)]
        answer: Tensor = self.up(features)
        return finer(image, self.plan.ratio) + answer
