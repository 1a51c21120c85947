"""Description: what a user says of a model file that others made; the rest is found."""

from typing import Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from satstudio.core.port import MOST_BANDS
from satstudio.core.quantity import CHOICES, quantity_named
from satstudio.core.recipe import Recipe
from satstudio.restore.recipe import MOST_HALO_PX, MOST_TILE_PX

Layout = Literal["nchw", "nhwc"]
Undo = Literal["all", "range", "none"]
FOUND: dict[str, JsonValue] = {"placeholder": "as found"}
LAYOUTS: dict[str, JsonValue] = {
    "found": "as found",
    "nchw": "bands before rows (NCHW)",
    "nhwc": "bands after columns (NHWC)",
}
UNDOS: dict[str, JsonValue] = {
    "found": "as found",
    "all": "all: standardized and divided, as the input",
    "range": "the range alone: from 0 to 1",
    "none": "nothing: its numbers are the result",
}


class Description(Recipe):
    """What a foreign network is fed, and what its answer means.

    Of a value it is fed x = (value / top - mean) / std, with a mean and a std a band.
    """

    task: str = Field(
        "restore",
        pattern=r"^[a-z][a-z_]{0,31}$",
        title="Task",
        description="What it was made for, in a word: restore, translate, super_resolve, segment, "
        "...",
    )
    top: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        title="Largest value",
        description="Values are divided by this: 255 for 8-bit images, 10000 for many reflectances,"
        " 1 where the network takes values as they are. Empty: as the image of the trial has them",
        json_schema_extra=FOUND,
    )
    mean: tuple[float, ...] = Field(
        (),
        title="Mean",
        description="Taken off after the division, a number a band or one for all; .485, .456, .406"
        " for networks trained on ImageNet",
        json_schema_extra={"placeholder": "none"},
    )
    std: tuple[float, ...] = Field(
        (),
        title="Standard deviation",
        description="Divided by after that, a number a band or one for all; .229, .224, .225 for "
        "networks trained on ImageNet",
        json_schema_extra={"placeholder": "none"},
    )
    undo: Literal["found", "all", "range", "none"] = Field(
        "found",
        title="Undone after it",
        description="Which of the two steps before the network its answer still carries",
        json_schema_extra={"shown": UNDOS},
    )
    bands: int | None = Field(
        None,
        ge=1,
        le=MOST_BANDS,
        title="Bands",
        description="Of the image that it takes, where the file leaves that open",
        json_schema_extra=FOUND,
    )
    band_names: tuple[str, ...] = Field(
        (),
        title="Names of its bands",
        description="Of the image that it takes, in their order; bands of these names are taken "
        "from a scene that has more",
        json_schema_extra={"placeholder": "any"},
    )
    names: tuple[str, ...] = Field(
        (),
        title="Names of its answer's bands",
        description="One for each band of its answer",
        json_schema_extra={"placeholder": "as the scene's, or numbers"},
    )
    layout: Literal["found", "nchw", "nhwc"] = Field(
        "found",
        title="Layout",
        description="The order of the axes of its input",
        json_schema_extra={"shown": LAYOUTS},
    )
    output: str = Field(
        "", title="Output", description="Name of the output that is used. Empty: the first image"
    )
    quantity: str = Field(
        "",
        title="Takes",
        description="What the values are; a scene of anything else is refused",
        json_schema_extra={"enum": ["", *CHOICES], "shown": {"": "any values"}},
    )
    gives: str = Field(
        "",
        title="Gives",
        json_schema_extra={"enum": ["", *CHOICES], "shown": {"": "as found"}},
        description="What its answer holds. Empty: the same as it takes where it gives as many "
        "bands, else plain numbers",
    )
    tile_px: int | None = Field(
        None, ge=1, le=MOST_TILE_PX, title="Tile side (px)", json_schema_extra=FOUND
    )
    halo_px: int | None = Field(
        None, ge=0, le=MOST_HALO_PX, title="Halo (px)", json_schema_extra=FOUND
    )
    size_multiple: int | None = Field(
        None, ge=1, le=MOST_TILE_PX, title="Size multiple (px)", json_schema_extra=FOUND
    )
    pixel_size_m: tuple[float, float] | None = Field(
        None,
        title="Pixel (m)",
        description="Spacing it was trained for: row, column",
        json_schema_extra={"placeholder": "any"},
    )
    licence: str = Field("", title="Licence", description="Of the weights")
    notes: str = Field("", title="Notes", description="Where it comes from, what it is good for")

    @field_validator("quantity", "gives")
    @classmethod
    def _is_known(cls, text: str) -> str:
        if text and quantity_named(text) is None:
            raise ValueError(f"'{text}' is no quantity of a scene")
        return text

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if len(self.mean) != len(self.std):
            raise ValueError("give as many means as standard deviations")
        if any(not each > 0 for each in self.std):
            raise ValueError("standard deviations must be above 0")
        if self.band_names and self.bands not in (None, len(self.band_names)):
            raise ValueError(f"{self.bands} bands have {len(self.band_names)} names")
        return self
