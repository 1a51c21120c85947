"""FirstCard: a card of format 1, of one image in and one out, as older model files have it."""

from fractions import Fraction
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from satstudio.core.port import MOST_BANDS
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling
from satstudio.pixels.spectral.fourier import Domain
from satstudio.restore.recipe import MOST_HALO_PX, MOST_TILE_PX

FIRST_FORMAT = 1
MOST_NOISE = 2**20
"""Numbers of one vector: of noise, of features."""

MOST_DENOMINATOR = 1000
"""Format 1 has ratios as decimal numbers; the fraction meant is the nearest one of these."""

Part = Literal["whitening", "points", "power"]


class Latent(Recipe):
    """The noise that a model takes."""

    dim: int = Field(ge=1, le=MOST_NOISE)
    dist: Literal["complex_normal", "normal"]
    var: float = Field(1.0, gt=0)


class FirstCard(Recipe):
    """The values of format 1, with their bounds."""

    format: Literal[1] = 1
    task: str
    method: str
    takes: Literal["image", "noise", "pair", "series"]
    bands_in: int = Field(ge=0, le=MOST_BANDS)
    bands_out: int = Field(ge=1, le=MOST_BANDS)
    is_complex: bool
    complex_layout: Literal["none", "interleaved"]
    domain: Domain = "image"
    quantity: str = ""
    scaling: Scaling
    fitted_median: float | None = Field(None, gt=0, allow_inf_nan=False)
    scale: float = Field(1.0, ge=1 / MOST_DENOMINATOR, le=MOST_DENOMINATOR)
    tile_px: int = Field(ge=1, le=MOST_TILE_PX)
    halo_px: int = Field(0, ge=0, le=MOST_HALO_PX)
    size_multiple: int = Field(1, ge=1, le=MOST_TILE_PX)
    latent: Latent | None = None
    parts: tuple[Part, ...] = ()
    pixel_size_m: tuple[float, float] | None = None
    notes: str = ""
    trained_on_sha256: str = ""
    started_from_sha256: str = ""
    weights_sha256: str = ""
    converted_from_sha256: str = ""
    licence: str = ""
    version: str

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.is_complex != (self.complex_layout == "interleaved"):
            raise ValueError("is_complex and complex_layout contradict each other")
        if (self.takes == "noise") != (self.bands_in == 0):
            raise ValueError(f"it takes {self.takes} of {self.bands_in} bands")
        return self

    def as_ports(self) -> dict[str, Any]:
        """Return the values of a card of format 2 that says the same."""
        first: dict[str, Any] = {
            "role": "input",
            "bands": self.bands_in,
            "quantity": self.quantity,
            "dtype": "complex64" if self.is_complex else "float32",
            "scaling": self.scaling.model_dump(),
            "pixel_size_m": self.pixel_size_m,
        }
        taken = {
            "noise": [],
            "image": [first],
            "pair": [first, first | {"role": "second"}],
            "series": [first | {"frames": (1, None)}],
        }[self.takes]
        ratio = Fraction(self.scale).limit_denominator(MOST_DENOMINATOR)
        given = first | {"role": "output", "bands": self.bands_out, "ratio": str(ratio)}
        if self.task == "despeckle" and self.is_complex:
            given |= {"dtype": "float32", "quantity": "amplitude"}
        kept = self.model_dump(exclude=set(GONE))
        return {**kept, "inputs": taken, "outputs": [given]}


GONE = (
    "format", "takes", "bands_in", "bands_out", "is_complex", "complex_layout", "quantity",
    "scaling", "scale", "pixel_size_m",
)  # fmt: skip
"""Names that format 2 says port by port."""
