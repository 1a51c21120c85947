"""SuperNet: one image to a finer grid, as what is to be added to its bicubic interpolation.

After Lim, Son, Kim, Nah and Lee, "Enhanced deep residual networks for single image
super-resolution" (EDSR), CVPR workshops 2017: residual blocks without norms at the coarse grid.
"""

from dataclasses import dataclass
from fractions import Fraction

from torch import Tensor, nn
from torch.nn import functional

from satstudio.learn.nets.restoration_net import (
    DETAIL_PX,
    SLOPE,
    ResidualBlock,
    RestorationNet,
    detail,
    finer,
)

BLOCK_SHARE = 0.5
REACH_PX = 3
"""How far, at most, `Upsampling` looks, in pixels of the coarse grid."""


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
        return 2 * self.blocks + 2 + REACH_PX + DETAIL_PX


class SuperNet(RestorationNet):
    """(n, channels, rows, cols) to (n, channels, ratio rows, ratio cols).

    It sees detail without its contrast: a channel of another gain or offset is restored alike.
    """

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

    def begun(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Return the image, interpolated, its detail and contrast, as the answer's channels."""
        image, places = given[0], list(self.plan.places)
        seen, contrast = detail(image)
        return finer(image[:, places], self.plan.ratio), seen, contrast[:, places]

    def features(self, *begun: Tensor) -> Tensor:
        """Run the residual blocks."""
        here = self.first(begun[1])
        answer: Tensor = here + self.body(here)
        return answer

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Make the finer pixels, of the contrast that is there, and add the image, interpolated."""
        image, _, contrast = begun
        answer: Tensor = self.up(features)
        return image + finer(contrast, self.plan.ratio, is_cubic=False) * answer


class Upsampling(nn.Module):
    """Features (n, width, rows, cols) to bands on a grid `ratio` times as fine along an axis.

    By a whole number: a convolution makes all pixels of a coarse one, which are then sorted (pixel
    shuffle, Shi et al. 2016); by 4 in two steps of 2. By a fraction: the features are interpolated,
    and two convolutions refine them there.
    """

    def __init__(self, width: int, bands: int, ratio: Fraction) -> None:
        super().__init__()
        self.ratio = ratio
        self.block = int(ratio) if ratio.denominator == 1 else 0
        self.is_twice = self.block == 4
        last = 2 if self.is_twice else max(self.block, 1)
        self.before = nn.Conv2d(width, width * (4 if self.is_twice else 1), 3, padding=1)
        self.head = nn.Conv2d(width, bands * last**2, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Run it."""
        if not self.block:
            here = functional.leaky_relu(
                self.before(finer(features, self.ratio, is_cubic=False)), SLOPE
            )
            answer: Tensor = self.head(here)
            return answer
        here = self.before(features)
        if self.is_twice:
            here = functional.pixel_shuffle(here, 2)
        here = functional.leaky_relu(here, SLOPE)
        return functional.pixel_shuffle(self.head(here), 2 if self.is_twice else self.block)
