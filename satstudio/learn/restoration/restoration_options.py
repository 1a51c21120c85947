"""RestorationOptions: what every restorer that learns from pairs lets one choose."""

import math
from typing import Annotated, Literal

from pydantic import Field

from satstudio.core.recipe import Recipe
from satstudio.learn.image_methods import Flips

Schedule = Literal["one_cycle", "linear", "constant"]
RISING = 0.1
"""Share of the schedule in which the learning rate of `one_cycle` rises."""

LEAST_RATE = 0.01
"""Share of the learning rate that is left at the end."""


CropSide = Annotated[
    int,
    Field(
        ge=8,
        le=1024,
        title="Crop side (px)",
        description="Of the first input; crops are drawn at random from larger patches",
        json_schema_extra={"section": "Steps"},
    ),
]


class RestorationOptions(Recipe):
    """Crops, learning rate, averaging; methods add networks and losses."""

    size: CropSide = 64
    flips: Flips = Field(
        "turns",
        title="Flips",
        description="Of training images, at random. columns: left and right; both: also top and "
        "bottom; turns: also by 90 degrees. Radar looks to one side: none where its shadows matter",
    )
    lr: float = Field(2e-3, gt=0, le=1, title="Learning rate", description="The highest")
    schedule: Schedule = Field(
        "one_cycle",
        title="Schedule of the learning rate",
        description="one_cycle: it rises over a tenth of the steps and falls along a cosine to "
        "1 %; linear: it falls in a straight line over the second half; constant: it stays",
    )
    schedule_steps: int = Field(
        2000,
        ge=1,
        le=100_000_000,
        title="Steps of the schedule",
        description="After them the learning rate stays where it is",
    )
    ema: float = Field(
        0.99,
        ge=0,
        lt=1,
        title="EMA decay",
        description="Exponential moving average of the weights, which images are restored with; "
        "0: the newest weights",
    )
    clip: float = Field(
        1.0,
        gt=0,
        le=1e6,
        title="Gradient clipping (norm)",
        description="Longer gradients are shortened",
    )

    def check_halvings(self, count: int) -> None:
        """Raise ValueError where a crop cannot be halved so often."""
        if self.size % 2**count:
            raise ValueError(
                f"a crop of {self.size} px cannot be halved {count} times; take a multiple of "
                f"{2**count}"
            )

    def rate(self, number: int) -> float:
        """Return the learning rate of step `number` (from 1)."""
        share = min(number / self.schedule_steps, 1.0)
        if self.schedule == "constant":
            return self.lr
        if self.schedule == "linear":
            fall = min(2 - 2 * share, 1.0)
        elif share < RISING:
            fall = share / RISING
        else:
            fall = (1 + math.cos(math.pi * (share - RISING) / (1 - RISING))) / 2
        return self.lr * max(fall, LEAST_RATE)
