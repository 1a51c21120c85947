"""AdversarialOptions: what every generator that learns against a critic lets one choose."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from satstudio.core.recipe import Recipe
from satstudio.learn.adversarial.losses import LossName, PenaltyName
from satstudio.learn.adversarial.spaces import Schedule, Sigma, Space, SpaceKind

LossChoice = Annotated[
    LossName,
    Field(
        title="Loss",
        description="gan: non-saturating. All but wgan need scores of both signs",
        json_schema_extra={"section": "Adversarial loss"},
    ),
]
PenaltyChoice = Annotated[
    PenaltyName,
    Field(
        title="Gradient penalty",
        description="wgan_gp: between real and generated; dragan: about real, with one-sided noise "
        "as in its notebook, or Gaussian as in its text; r1: at real images, the GAN with gradient "
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
GeneratorLrRatio = Annotated[
    float,
    Field(
        gt=0,
        le=10,
        title="Generator learning-rate ratio",
        description="The generator's learning rate over the critic's; less keeps the generator "
        "from running ahead",
    ),
]
AdamBeta1 = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Adam beta 1",
        description="Decay of the running mean of the gradients",
    ),
]
AdamBeta2 = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Adam beta 2",
        description="Decay of the running mean of the squared gradients",
    ),
]
EmaDecay = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="EMA decay",
        description="Exponential moving average of the generator's weights, which images are "
        "generated with, a generator step; 0: the newest weights",
    ),
]
SigmaChoice = Annotated[
    Sigma,
    BeforeValidator(lambda value: "fit" if value is None else value),  # as earlier recipes say it
    Field(
        title="Noise standard deviation",
        description="Of one step (sigma); fit: chosen so that the images' variance is kept, in "
        "noise-space their own standard deviation over the root of T. The noisy scale-space paper "
        "has 0.15, for images in 0..1",
    ),
]


class AdversarialOptions(Recipe):
    """Loss, penalty, space and pace; methods add their networks and own defaults."""

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
    initial_time: float = Field(
        64.0, ge=0, le=4096, title="Initial time T", description="Steps of blur and noise at first"
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
    generator_lr_share: GeneratorLrRatio = 1.0
    beta1: AdamBeta1 = 0.5
    beta2: AdamBeta2 = 0.999
    ema: EmaDecay = 0.0

    def make_space(self) -> Space:
        """Return the space; its sigma is fitted later where none is chosen."""
        sigma = 0.0 if self.sigma == "fit" else self.sigma
        return Space(self.space, self.initial_time, sigma, self.schedule, share=self.share)
