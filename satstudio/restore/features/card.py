"""FeatureCard: what a network of features takes and gives; lies in its ONNX file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from satstudio.core.errors import ModelError
from satstudio.core.port import MOST_BANDS
from satstudio.core.recipe import Recipe
from satstudio.restore.models.card_texts import FEATURES, from_texts, to_texts
from satstudio.restore.models.first_card import MOST_NOISE
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import metadata_of, open_session, read_card
from satstudio.restore.recipe import MOST_TILE_PX

KNOWN_WEIGHTS = {
    "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2": "fid",
}
"""sha256 of files of weights that published numbers were made with -> id of the extractor."""

CUSTOM = "custom"
"""Id of every other extractor that comes as a file."""


class FeatureCard(Recipe):
    """What a network of features takes, gives and was made of; lies in the file's metadata."""

    format: int = 1
    task: Literal["features"] = FEATURES
    id: str = Field(CUSTOM, description="fid: the known weights of Inception; custom: any others")
    network: str = Field("", description="what the network is")
    bands: int = Field(ge=1, le=MOST_BANDS)
    size_px: int | None = Field(
        None, ge=1, le=MOST_TILE_PX, description="side of its input; empty: any"
    )
    resize: Literal["tf1", "ptfid", "clean", "none"]
    n_features: int = Field(ge=1, le=MOST_NOISE)
    n_logits: int = Field(0, ge=0, le=MOST_NOISE, description="class logits beside the features")
    weights_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the file of weights")
    licence: str = ""
    version: str

    def to_metadata(self) -> dict[str, str]:
        """Return texts by name, as ONNX metadata wants them."""
        return to_texts(self)

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: Path) -> Self:
        """Undo `to_metadata`.

        Raises
        ------
        ModelError
            If the texts are no card, of a newer format, or of a network that gives images.
        """
        task = metadata.get("task", FEATURES)
        if task != FEATURES:
            raise ModelError(f"{source.name} is a model for '{task}', not for features.")
        return from_texts(cls, metadata, source)


def has_card(path: Path) -> bool:
    """Tell whether an ONNX file has a card; raises ModelError where it is no ONNX file."""
    return "task" in metadata_of(open_session(path), path)


def read_any_card(path: Path) -> ModelCard | FeatureCard:
    """Read the card of a model file, of images or of features; raises ModelError without one."""
    metadata = metadata_of(open_session(path), path)
    if metadata.get("task") == FEATURES:
        return FeatureCard.from_metadata(metadata, path)
    return read_card(path)
