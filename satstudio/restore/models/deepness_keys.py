"""DeepnessKeys: the metadata that the QGIS plug-in Deepness reads of an ONNX file.

Sources: its documentation, "Adding metadata to ONNX model" and "Model classes and requirements"
(PUTvision/qgis-plugin-deepness, docs/source/creators), and what its reader does beyond that
(src/deepness/processing/models/model_base.py): every value is JSON; `tile_size` is what it asks
for, `tiles_size` what the documentation says; the standardization is by band, after 8-bit values
were divided by 255: x = (value / 255 - mean) / std.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from satstudio.core.errors import ModelError, RecipeError
from satstudio.core.files.json_text import parse_json
from satstudio.core.recipe import Recipe
from satstudio.restore.recipe import MOST_TILE_PX

ModelType = Literal["Segmentor", "Regressor", "Superresolution", "Detector", "Recognition"]
TOP: Final = 255.0
"""It divides 8-bit values by this; it takes no others."""

OWN: Final = frozenset(
    ("model_type", "tiles_size", "tiles_overlap", "standardization_mean", "standardization_std",
     "seg_thresh", "seg_small_segment", "reg_output_scaling", "det_conf", "det_iou_thresh",
     "det_type", "det_remove_overlap")
)  # fmt: skip
"""Keys that tell its metadata from those of others, who say `names` or `resolution` too."""

LONGEST = 100_000
"""Letters of a list of class names that is no JSON."""


class DeepnessKeys(Recipe):
    """What is known of a model; None where the metadata do not say.

    Attributes
    ----------
    class_names : of the channels of the first output
    resolution : centimetres a pixel
    tile_size : pixels
    tiles_overlap : percent of a tile's side that two neighbours share
    standardization_mean, standardization_std : a number a band, of values from 0 to 1
    reg_output_scaling : what the output of a Regressor is multiplied by
    """

    model_type: ModelType | None = None
    class_names: tuple[str, ...] = ()
    resolution: float | None = Field(None, gt=0, allow_inf_nan=False)
    tile_size: int | None = Field(None, ge=1, le=MOST_TILE_PX)
    tiles_overlap: int | None = Field(None, ge=0, lt=100)
    standardization_mean: tuple[float, ...] = ()
    standardization_std: tuple[float, ...] = ()
    reg_output_scaling: float = Field(1.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if len(self.standardization_mean) != len(self.standardization_std):
            raise ValueError("standardization_mean and standardization_std differ in length")
        if any(not std > 0 for std in self.standardization_std):
            raise ValueError("standardization_std must be above 0")
        return self

    @classmethod
    def read(cls, metadata: Mapping[str, str], source: Path) -> Self | None:
        """Read the metadata of an ONNX file; None where they are not Deepness'.

        Raises
        ------
        ModelError
            If one of its keys holds what the plug-in could not read either.
        """
        if not OWN & set(metadata):
            return None
        found = {name: _value(name, metadata, source) for name in cls.model_fields}
        if found["tile_size"] is None:
            found["tile_size"] = _value("tiles_size", metadata, source)
        for older in ("class_names", "names"):
            if found["class_names"] is None:
                found["class_names"] = _class_names(metadata.get(older, ""), source)
        if isinstance(found["model_type"], str):
            found["model_type"] = found["model_type"].capitalize()  # as the plug-in reads it
        try:
            return cls.build({name: value for name, value in found.items() if value is not None})
        except RecipeError as error:
            raise ModelError(f"The Deepness metadata of {source.name} are damaged: {error}") from (
                error
            )


def _value(name: str, metadata: Mapping[str, str], source: Path) -> Any:  # noqa: ANN401 - any JSON
    if name not in metadata or name == "class_names":
        return None
    try:
        return parse_json(metadata[name])
    except ValueError as error:
        raise ModelError(
            f"The Deepness metadata of {source.name} are damaged: {name} is no JSON."
        ) from error


def _class_names(text: str, source: Path) -> list[str] | None:
    """Return names in the order of their numbers; of several outputs those of the first."""
    if not text:
        return None
    try:
        try:
            names = parse_json(text)
        except ValueError:  # keys that are numbers, as Python writes them
            names = ast.literal_eval(text[:LONGEST])
        first = names[0] if isinstance(names, list | tuple) else names
        return [str(first[key]) for key in sorted(first, key=int)]
    except (
        ValueError, SyntaxError, TypeError, IndexError, KeyError, AttributeError, MemoryError,
        RecursionError,
    ) as error:  # fmt: skip
        raise ModelError(
            f"The Deepness metadata of {source.name} are damaged: class_names is no table of names."
        ) from error
