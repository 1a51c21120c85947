"""RestoreRecipe: how a scene is restored."""

from typing import Literal

from pydantic import Field, JsonValue, field_validator

from satstudio.core.grid import Window
from satstudio.core.port import Role
from satstudio.core.recipe import Recipe

Switch = Literal["card", "on", "off"]
SWITCH: dict[str, JsonValue] = {"card": "as the model's card says", "on": "on", "off": "off"}
MOST_TILE_PX, MOST_HALO_PX = 8192, 2048
"""Of a choice, and of what the card of a model may say."""


class RestoreRecipe(Recipe):
    """How a scene is restored; what a model's card says holds where a choice is left empty."""

    window: Window | None = Field(None, title="Window", description="Empty: the whole scene")
    bands: tuple[int, ...] | None = Field(
        None, title="Bands", description="Counted from 0; empty: all"
    )
    inputs: dict[Role, tuple[str, ...]] = Field(
        default_factory=dict,
        title="Other images",
        description="What a model of several inputs takes beside the scene: role = files, several "
        "where it takes several dates. The scene itself is its first input's first image",
    )
    align: bool = Field(
        False,
        title="Align",
        description="Images that do not lie on the scene's grid are resampled onto it; otherwise "
        "they are refused",
    )
    own: dict[str, JsonValue] = Field(
        default_factory=dict,
        title="Own options",
        description="Options that a filter of a plug-in declares itself",
    )
    tile_px: int | None = Field(
        None,
        ge=1,
        le=MOST_TILE_PX,
        title="Tile side (px)",
        description="The image is restored in squares of this side, halo included; larger ones are "
        "faster and take more memory. Empty: what the model's card says",
        json_schema_extra={"placeholder": "as the card says"},
    )
    halo_px: int | None = Field(
        None,
        ge=0,
        le=MOST_HALO_PX,
        title="Halo (px)",
        description="What is read around each square so that no seams show. Empty: what the model "
        "needs",
        json_schema_extra={"placeholder": "as the card says"},
    )
    keep_phase: bool = Field(
        False,
        title="Keep the phase",
        description="The result stays complex: its modulus is restored, its phase the scene's. "
        "Otherwise the result is an intensity without phase",
    )
    whitening: Switch = Field(
        "card",
        title="Whitening",
        description="Around the model, complex scenes only: the spectrum is centred, flattened and "
        "cropped to the occupied band before, the result interpolated back. Filters: off",
        json_schema_extra={"shown": SWITCH},
    )
    points: Switch = Field(
        "card",
        title="Points",
        description="Around the model, complex scenes only: coherent point scatterers are taken "
        "out before and added after, so that they keep their power. Filters: off",
        json_schema_extra={"shown": SWITCH},
    )
    power: Switch = Field(
        "card",
        title="Mean power",
        description="Around the model, complex scenes only: one gain for the scene, at most 1 dB, "
        "keeps its mean power; recorded in the result. Filters: off",
        json_schema_extra={"shown": SWITCH},
    )
    looks: float = Field(
        1.0,
        gt=0,
        le=10_000,
        title="Looks",
        description="How many independent measurements were averaged in the scene: 1 for "
        "single-look complex data; more looks mean less speckle, so less is smoothed",
    )
    filter_px: int = Field(
        7,
        ge=3,
        le=51,
        title="Filter window (px)",
        description="Side of the square around a pixel that is averaged; an odd number",
    )
    strength: float | None = Field(
        None,
        gt=0,
        le=100,
        title="Strength",
        description="How much non-local means and total variation smooth, in standard deviations "
        "of the log speckle. Empty: the value tuned on synthetic scenes, 0.6 and 1.4; more where "
        "neighbours are correlated",
        json_schema_extra={"placeholder": "tuned"},
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=256,
        title="Threads",
        description="Cores at work. Empty: all but one, on the command line all",
        json_schema_extra={"placeholder": "all cores but one"},
    )

    @field_validator("filter_px")
    @classmethod
    def _is_odd(cls, side: int) -> int:
        if side % 2 == 0:
            raise ValueError("the filter's window must be odd")
        return side

    @field_validator("bands")
    @classmethod
    def _is_any(cls, bands: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if bands is not None and (not bands or min(bands) < 0):
            raise ValueError("name at least one band, counted from 0")
        return bands
