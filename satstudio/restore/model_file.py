"""ModelCard, ModelFile: an ONNX file that says how to feed it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from satstudio.core.environment import forbid_telemetry
from satstudio.core.errors import ModelError
from satstudio.core.recipe import Recipe
from satstudio.pixels.fourier import Domain
from satstudio.pixels.scaling import Scaling
from satstudio.restore.card_texts import FEATURES, FORMAT, from_texts, to_texts
from satstudio.restore.recipe import MOST_HALO_PX, MOST_TILE_PX

Floats = npt.NDArray[np.float32]


Part = Literal["whitening", "points", "power"]
PARTS: Mapping[Part, str] = {
    "whitening": "spectrum centred, flattened and cropped before, band-limited interpolation after",
    "points": "coherent points taken out before (13 dB over the ground), added after",
    "power": "one gain a band, at most 1 dB, that keeps the scene's mean power beside points",
}
"""What each part does, as cards and pages say it."""

MOST_BANDS = 65_535
"""What a GeoTIFF holds."""

MOST_NOISE = 2**20
"""Numbers of one vector: of noise, of features."""


class Latent(Recipe):
    """The noise that a model takes."""

    dim: int = Field(ge=1, le=MOST_NOISE)
    dist: Literal["complex_normal", "normal"]
    var: float = Field(1.0, gt=0)


class ModelCard(Recipe):
    """What a model file takes, gives and was trained on; lies in the file's metadata."""

    format: int = FORMAT
    task: str = Field(
        description="generate, restore, despeckle (of complex samples gives amplitudes, in the "
        "numbers of the scaling), ..."
    )
    method: str
    takes: Literal["image", "noise", "pair", "series"]
    bands_in: int = Field(ge=0, le=MOST_BANDS)
    bands_out: int = Field(ge=1, le=MOST_BANDS)
    is_complex: bool
    complex_layout: Literal["none", "interleaved"] = Field(
        description="interleaved: two real channels a band, re0, im0, re1, im1, ..."
    )
    domain: Domain = Field(
        "image", description="fourier: its images are the moduli of the inverse FFT of the output"
    )
    quantity: str = Field("", description="What its values are; empty: the card does not say")
    scaling: Scaling
    fitted_median: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="One gain, fitted on the whole scene, brings its median amplitude to this",
    )
    scale: float = Field(1.0, gt=0, description="Output pixels for one input pixel")
    tile_px: int = Field(ge=1, le=MOST_TILE_PX)
    halo_px: int = Field(0, ge=0, le=MOST_HALO_PX)
    size_multiple: int = Field(1, ge=1, le=MOST_TILE_PX)
    latent: Latent | None = None
    parts: tuple[Part, ...] = Field(
        (), description="What is done around the network: whitening, points, power"
    )
    pixel_size_m: tuple[float, float] | None = Field(None, description="(row, col) spacing")
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
    def _has_gain(self) -> Self:
        if self.fitted_median is not None and self.scaling.kind != "unit_power":
            raise ValueError("fitted_median is for the scaling unit_power")
        return self

    def to_metadata(self) -> dict[str, str]:
        """Return texts by name, as ONNX metadata wants them."""
        return to_texts(self)

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: Path) -> Self:
        """Undo `to_metadata`.

        Raises
        ------
        ModelError
            If the texts are no card, of a newer format, or of a network of features.
        """
        if metadata.get("task") == FEATURES:
            raise ModelError(
                f"{source.name} gives features, not images; score sets of images with it."
            )
        return from_texts(cls, metadata, source)


class ModelFile:
    """An open model file; runs on the CPU.

    Attributes
    ----------
    input_shape, input_type : of the network itself, as ONNX Runtime names them; None where a side
        is free
    """

    def __init__(self, path: Path, card: ModelCard, session: Any) -> None:  # noqa: ANN401 - onnxruntime
        self.path = path
        self.card = card
        self._session = session
        first = session.get_inputs()[0]  # `open_session` made sure that there is one
        self._input = first.name
        self.input_type: str = first.type
        self.input_shape = tuple(side if isinstance(side, int) else None for side in first.shape)

    @classmethod
    def load(cls, path: Path, threads: int = 1) -> Self:
        """Open a model file.

        Raises
        ------
        ModelError
            If it is missing, no ONNX file, or has no card.
        """
        session = open_session(path, threads)
        metadata = metadata_of(session, path)
        return cls(path, ModelCard.from_metadata(metadata, path), session)

    def run(self, batch: Floats) -> Floats:
        """Run the network on (n, channels, ...) float32, in its own numbers and layout.

        Raises
        ------
        ModelError
            If the network does not take this batch.
        """
        # lazy: heavy; loaded already by `load`
        from onnxruntime.capi.onnxruntime_pybind11_state import (
            Fail,
            InvalidArgument,
            RuntimeException,
        )

        try:
            answer: Floats = self._session.run(None, {self._input: batch})[0]
        except (Fail, InvalidArgument, RuntimeException) as error:
            raise ModelError(
                f"{self.path.name} does not take a batch of shape {batch.shape}: {error}"
            ) from error
        return answer


def read_card(path: Path) -> ModelCard:
    """Read the card of a model file; raises ModelError where it is none."""
    return ModelFile.load(Path(path)).card


def metadata_of(session: Any, path: Path) -> Mapping[str, str]:  # noqa: ANN401 - onnxruntime
    """Return the metadata of an open ONNX file; raises ModelError where it is no text."""
    try:
        found: Mapping[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError as error:
        raise ModelError(
            f"The metadata of {path.name} is no UTF-8 text: the file is damaged; export it again."
        ) from error
    return found


def open_session(path: Path, threads: int = 1) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """Open an ONNX file on the CPU; raises ModelError where it is none that runs here."""
    forbid_telemetry()
    import onnxruntime  # lazy: 30 MB of libraries that most commands do not need
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    if not path.is_file():
        raise ModelError(f"There is no model file {path}.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    damaged = (
        f"{path.name} is no ONNX model that runs here: the file is damaged or of another kind."
    )
    try:
        session = onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        has_input = bool(session.get_inputs())
    except (state.InvalidProtobuf, UnicodeDecodeError) as error:  # also of names that are no text
        raise ModelError(damaged) from error
    except (
        state.Fail,
        state.InvalidGraph,
        state.InvalidArgument,
        state.NotImplemented,
        OSError,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{path.name} is no ONNX model that runs here: {reason}") from error
    if not has_input:
        raise ModelError(f"{path.name} is an ONNX model without any input; it cannot be fed.")
    return session
