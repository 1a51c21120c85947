"""ComplexHead: how a complex critic gives a real score."""

from typing import Literal, Self

from pydantic import Field, model_validator

from satstudio.core.recipe import Recipe
from satstudio.learn.adversarial.losses import LossName

SIGNED_ONLY = "Losses other than wgan need scores of both signs and take the real part."


class ComplexHead(Recipe):
    """The score of a complex critic; a modulus never goes negative, so not every loss can use it.

    A recipe with another loss than `wgan` has `head` real, whatever was asked for.
    """

    head: Literal["abs", "real"] = Field(
        "abs",
        title="Score",
        description="Modulus or real part of the critic's complex answer. " + SIGNED_ONLY,
        json_schema_extra={
            "forced": {"unless": {"loss": "wgan"}, "value": "real", "why": SIGNED_ONLY}
        },
    )

    @model_validator(mode="after")
    def _is_signed_where_it_must(self) -> Self:
        loss: LossName = getattr(self, "loss", "wgan")
        if loss != "wgan":
            object.__setattr__(self, "head", "real")
        return self
