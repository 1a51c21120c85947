"""TranslationOptions: what is chosen wherever images are translated against a critic."""

from typing import Literal

from pydantic import Field

from satstudio.core.port import BoundPort
from satstudio.core.recipe import Recipe
from satstudio.learn.adversarial.options import AdamBeta1, AdamBeta2, LearningRate
from satstudio.learn.image_methods import Flips

Output = Literal["auto", "tanh", "linear"]


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
