"""ModelCard: what a model file takes, gives and was trained on, port by port (format 2)."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from satstudio.core.errors import ModelError
from satstudio.core.port import BoundPort, Role
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling
from satstudio.pixels.spectral.fourier import Domain
from satstudio.restore.models.card_texts import FEATURES, from_texts, to_texts
from satstudio.restore.models.first_card import FIRST_FORMAT, FirstCard, Latent, Part
from satstudio.restore.recipe import MOST_HALO_PX, MOST_TILE_PX

NOISE_ROLE = "noise"
"""Role of the input that takes the latent noise."""

PARTS: Mapping[Part, str] = {
    "whitening": "spectrum centred, flattened and cropped before, band-limited interpolation after",
    "points": "coherent points taken out before (13 dB over the ground), added after",
    "power": "one gain a band, at most 1 dB, that keeps the scene's mean power beside points",
}
"""What each part does, as cards and pages say it."""

Takes = Literal["image", "images", "noise"]
Blending = Literal["none", "weighted"]
TestTime = Literal["fixed", "tile_statistics"]


class EntryPoint(Recipe):
    """One way into a file that has several, such as z and w of a StyleGAN.

    Attributes
    ----------
    inputs, outputs : what is fed and read on this way: roles, `noise`, and vectors inside the
        network such as w; the other inputs are left out
    latent : of the noise it takes; None: that of the card
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    inputs: tuple[Role, ...] = Field(min_length=1)
    outputs: tuple[Role, ...] = Field(min_length=1)
    latent: Latent | None = None


class ModelCard(Recipe):
    """What a model file takes, gives and was trained on; lies in the file's metadata.

    The name of an ONNX input or output is the role of its port; a file of one input (or output)
    may call it anything. Arrays are float32 (n, channels, rows, cols), or where the port's frames
    are not (1, 1) (n, frames, channels, rows, cols). A channel is a band; complex bands are two,
    re0, im0, re1, im1, ...; masks are 1 where valid, else 0. Noise is (n, dim) or (n, 2 dim).
    """

    format: Literal[2] = 2
    task: str = Field(
        description="generate, restore, despeckle (of complex samples gives amplitudes, in the "
        "numbers of the scaling), ..."
    )
    method: str
    inputs: tuple[BoundPort, ...] = Field(
        (), description="Images it takes, the one that the others are measured by first"
    )
    outputs: tuple[BoundPort, ...] = Field(min_length=1, description="Images it gives")
    entries: tuple[EntryPoint, ...] = Field(
        (), description="Ways into the file, the usual one first; none: all inputs to all outputs"
    )
    latent: Latent | None = None
    domain: Domain = Field(
        "image", description="fourier: its images are the moduli of the inverse FFT of the output"
    )
    fitted_median: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="One gain, fitted on the whole scene, brings its median amplitude to this",
    )
    tile_px: int = Field(ge=1, le=MOST_TILE_PX, description="Of the first input, halo included")
    halo_px: int = Field(0, ge=0, le=MOST_HALO_PX)
    size_multiple: int = Field(1, ge=1, le=MOST_TILE_PX)
    blending: Blending = Field(
        "none",
        description="weighted: tiles fade into each other over the inner half of their halo",
    )
    test_time: TestTime = Field(
        "fixed",
        description="tile_statistics: it normalises by what it sees (instance or batch norm in "
        "training mode), so that its answer depends on the tile",
    )
    fills_gaps: bool = Field(
        False, description="It gives values where an input that has a mask holds none"
    )
    parts: tuple[Part, ...] = Field(
        (), description="What is done around the network: whitening, points, power"
    )
    notes: str = Field("", description="How it was trained, how fast it is, where it is weak")
    trained_on_sha256: str = ""
    started_from_sha256: str = Field(
        "", description="Of the model file whose weights its training began with; empty: of none"
    )
    weights_sha256: str = ""
    converted_from_sha256: str = Field("", description="Of the file that others published")
    licence: str = ""
    version: str

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        roles = [port.role for port in (*self.inputs, *self.outputs)]
        for ports in (self.inputs, self.outputs):
            names = [port.role for port in ports]
            if len(set(names)) < len(names):
                raise ValueError(f"two ports have one role: {', '.join(names)}")
        for port in (*self.inputs, *self.outputs):
            _check_port(port, roles)
        if self.inputs and (self.inputs[0].scale != 1 or self.inputs[0].scaling is None):
            raise ValueError("the first input is an image of ratio 1")
        if self.fitted_median is not None and self.scaling.kind != "unit_power":
            raise ValueError("fitted_median is for the scaling unit_power")
        return self

    @property
    def first(self) -> BoundPort:
        """The port that the others are measured by: the first input, else the first output."""
        return (*self.inputs, *self.outputs)[0]

    @property
    def takes(self) -> Takes:
        """What it is fed with: noise, one image, or several (roles, dates, masks)."""
        if not self.inputs:
            return "noise"
        return "image" if len(self.inputs) == 1 and self.first.frames == (1, 1) else "images"

    @property
    def bands_in(self) -> int:
        """Bands of the first input; 0 where it takes noise."""
        return (self.inputs[0].band_count or 0) if self.inputs else 0

    @property
    def bands_out(self) -> int:
        """Bands of the first output."""
        return self.outputs[0].band_count or 0

    @property
    def is_complex(self) -> bool:
        """Whether the first port holds complex samples."""
        return self.first.is_complex

    @property
    def complex_layout(self) -> Literal["none", "interleaved"]:
        """How complex samples become channels."""
        return "interleaved" if self.is_complex else "none"

    @property
    def quantity(self) -> str:
        """What the values of the first port are; empty: the card does not say."""
        return self.first.quantity

    @property
    def scaling(self) -> Scaling:
        """Of the first port."""
        found = self.first.scaling
        if found is None:
            raise ModelError(f"The port '{self.first.role}' is a mask and has no scaling.")
        return found

    @property
    def ratio(self) -> Fraction:
        """Pixels of the first output for one of the first input, along an axis."""
        return self.outputs[0].scale

    @property
    def unit_px(self) -> int:
        """Tiles start at multiples of this, so that all their ports start at whole pixels."""
        ports = (*self.inputs, *self.outputs)
        return lcm(self.size_multiple, *(port.scale.denominator for port in ports))

    @property
    def pixel_size_m(self) -> tuple[float, float] | None:
        """Spacing (row, col) of the first port."""
        return self.first.pixel_size_m

    def described(self) -> dict[str, Any]:
        """Return all values as plain JSON, those of the first ports by short names too."""
        short = {
            "takes": self.takes,
            "bands_in": self.bands_in,
            "bands_out": self.bands_out,
            "is_complex": self.is_complex,
            "quantity": self.quantity,
            "scaling": self.scaling.model_dump(mode="json"),
            "scale": float(self.ratio),
            "pixel_size_m": self.pixel_size_m and list(self.pixel_size_m),
        }
        return {**self.model_dump(mode="json"), **short}

    def to_metadata(self) -> dict[str, str]:
        """Return texts by name, as ONNX metadata wants them."""
        return to_texts(self)

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: Path) -> Self:
        """Undo `to_metadata`; reads format 1 too.

        Raises
        ------
        ModelError
            If the texts are no card, of a newer format, or of a network of features.
        """
        if metadata.get("task") == FEATURES:
            raise ModelError(
                f"{source.name} gives features, not images; score sets of images with it."
            )
        if metadata.get("format") != str(FIRST_FORMAT):
            return from_texts(cls, metadata, source)
        first = from_texts(FirstCard, metadata, source)
        try:
            return cls.model_validate(first.as_ports())
        except ValueError as error:
            raise ModelError(f"The card of {source.name} is damaged: {error}.") from error


def _check_port(port: BoundPort, roles: Sequence[str]) -> None:
    if port.band_count is None:
        raise ValueError(f"the port '{port.role}' does not say how many bands it has")
    if port.scaling is None and port.dtype != "bool":
        raise ValueError(f"the port '{port.role}' has no scaling")
    if port.mask_of is not None and port.mask_of not in roles:
        raise ValueError(f"'{port.role}' is a mask of '{port.mask_of}', which is no port")
