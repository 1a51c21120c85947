"""GameOptions: what every generator that learns against a critic lets one choose."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from satstudio.core.recipe import Recipe
from satstudio.learn.losses import LossName, PenaltyName
from satstudio.learn.spaces import Schedule, Sigma, Space, SpaceKind

LossChoice = Annotated[
    LossName,
    Field(
        title="Loss",
        description="gan: non-saturating. All but wgan need scores of both signs",
        json_schema_extra={"section": "Game"},
    ),
]
PenaltyChoice = Annotated[
    PenaltyName,
    Field(
        title="Gradient penalty",
        description="wgan_gp: between real and made; dragan: about real, with one-sided noise as "
        "in its notebook, or Gaussian as in its text; r1: at real images, the GAN with gradient "
        "regularisation",
    ),
]
CriticSteps = Annotated[
    int,
    Field(
        ge=1,
        le=100,
        title="Critic steps",
        json_schema_extra={"section": "Steps"},
        description="Steps of the critic for one of the generator",
    ),
]
HeadStart = Annotated[
    int,
    Field(
        ge=0,
        le=100_000,
        title="Head start of the critic",
        description="Steps of the critic before the generator's first",
    ),
]
LearningRate = Annotated[float, Field(gt=0, le=1, title="Learning rate")]
GeneratorShare = Annotated[
    float,
    Field(
        gt=0,
        le=10,
        title="Generator's share of it",
        description="The generator's learning rate over the critic's; less keeps the generator "
        "from running ahead",
    ),
]
MeanMemory = Annotated[float, Field(ge=0, lt=1, title="Adam: memory of the mean")]
SquareMemory = Annotated[float, Field(ge=0, lt=1, title="Adam: memory of the square")]
Averaging = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Averaged generator",
        description="Memory of the running mean of the weights that images are made with, a "
        "generator step; 0: the newest weights",
    ),
]
SigmaChoice = Annotated[
    Sigma,
    BeforeValidator(lambda value: "fit" if value is None else value),  # as earlier recipes say it
    Field(
        title="Noise of a step",
        description="Standard deviation; fit: chosen so that the images' variance is kept, in "
        "noise-space their own standard deviation over the root of T. The noisy scale-space paper "
        "has 0.15, for images in 0..1",
    ),
]


class GameOptions(Recipe):
    """Loss, penalty, space and pace of a game; methods add their networks and own defaults."""

    loss: LossChoice = "gan"
    penalty: PenaltyChoice = "none"
    gp: float = Field(10.0, ge=0, le=1000, title="Weight of the gradient penalty")
    space: SpaceKind = Field(
        "none",
        title="Space",
        json_schema_extra={"section": "Space"},
        description="Where the critic sees images: blurred (scale), noisy (noise), or both. Of "
        "complex images both parts are blurred alike and the noise is circular; to spectra a blur "
        "is a window over the image",
    )
    longest: float = Field(
        64.0, ge=0, le=4096, title="First time T", description="Steps of blur and noise at first"
    )
    sigma: SigmaChoice = "fit"
    schedule: Schedule = Field(
        "exponential",
        title="Schedule of the time",
        description="exponential: T exp(-20 i); constant: T; two_step: T for the first half, then "
        "0; step: T halved four times; wave: a cosine between 0 and the exponential",
    )
    anneal_steps: int = Field(
        5000, ge=1, le=10_000_000, title="Steps of the schedule", description="i runs from 0 to 1"
    )
    share: float = Field(
        0.5, ge=0, le=1, title="Share of a batch", description="That is taken into the space"
    )
    n_critic: CriticSteps = 1
    head_start: HeadStart = 0
    lr: LearningRate = 5e-4
    generator_lr_share: GeneratorShare = 1.0
    beta1: MeanMemory = 0.5
    beta2: SquareMemory = 0.999
    ema: Averaging = 0.0

    def make_space(self) -> Space:
        """Return the space; its sigma is fitted later where none is chosen."""
        sigma = 0.0 if self.sigma == "fit" else self.sigma
        return Space(self.space, self.longest, sigma, self.schedule, share=self.share)
