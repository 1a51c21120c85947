"""CycleOptions: what training of two generators in a cycle lets one choose."""

from pydantic import Field

from satstudio.learn.adversarial.cycle_losses import CycleLossName
from satstudio.learn.adversarial.options import EmaDecay
from satstudio.learn.adversarial.translation import TranslationOptions


class CycleOptions(TranslationOptions):
    """Losses; methods add their networks."""

    loss: CycleLossName = Field(
        "lsgan",
        title="Loss",
        description="lsgan: least squares, as published; log: cross entropy",
        json_schema_extra={"section": "Losses"},
    )
    cycle: float = Field(
        10.0,
        ge=0,
        le=1000,
        title="Weight of the cycle loss",
        description="Mean absolute difference of an image and what comes back of it",
    )
    identity: float = Field(
        5.0,
        ge=0,
        le=1000,
        title="Weight of the identity loss",
        description="Holds the brightness; without it a training may learn the inverted "
        "image. An image of a role comes out of the generator of that role as it went in; where "
        "one role has a single band, networks see it as often as the other has bands. Between "
        "other numbers of bands, or complex and real, the brightness itself (mean over the bands) "
        "is held to that of the input. 0: nothing is",
    )
    pool: int = Field(
        50,
        ge=0,
        le=1000,
        title="Image pool",
        description="Generated images of earlier steps that critics see too; 0: newest ones only",
    )
    ema: EmaDecay = 0.0
