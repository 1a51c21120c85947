"""deepness_card, metadata_with_deepness: cards from metadata of the plug-in Deepness, and back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import ModelError
from satstudio.core.files.json_text import strict_json
from satstudio.core.port import BoundPort
from satstudio.core.scaling import Scaling
from satstudio.restore.models.deepness_keys import TOP, DeepnessKeys
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.nodes import Node
from satstudio.restore.recipe import MOST_HALO_PX

Floats = npt.NDArray[np.float32]
TASKS: Final = {"Segmentor": "segment", "Regressor": "regress", "Superresolution": "super_resolve"}
METHOD: Final = "deepness"
NAMES: Final = {task: name for name, task in TASKS.items()}
ADVICE: Final = "; describe it: satstudio models describe FILE.onnx --out COPY.onnx."
NOTES: Final = (
    "Read from the metadata of the QGIS plug-in Deepness, which feeds 8-bit values divided by 255."
)
LINEAR: Final = ("linear", "range", "unit_power")
"""Scalings of real values that the plug-in's standardization says too."""

UNKNOWN_OVERLAP: Final = 25
"""Percent of a tile, where the metadata do not say how far neighbours overlap; too much is only
slower."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What a network wants of each band, beside the scaling of its port: (x - mean) / std."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def applied(self, images: Floats) -> Floats:
        """Return images (..., bands, rows, cols) standardized by band."""
        mean, std = (np.asarray(each, np.float32)[:, None, None] for each in (self.mean, self.std))
        made: Floats = ((images - mean) / std).astype(np.float32)
        return made


def deepness_card(
    keys: DeepnessKeys, inputs: Sequence[Node], outputs: Sequence[Node], source: Path
) -> tuple[ModelCard, Standard | None]:
    """Return the card of a file that has Deepness' metadata and no card.

    Parameters
    ----------
    inputs, outputs : of the network itself

    Returns
    -------
    card
    standard : what is done to each band where the bands differ, as a port has one scaling

    Raises
    ------
    ModelError
        If it gives no image, or its metadata and shapes leave open how to feed it.
    """
    if keys.model_type in ("Detector", "Recognition"):
        raise ModelError(
            f"{source.name} is a {keys.model_type} of the plug-in Deepness: it gives no image, "
            "and this program does nothing with it."
        )
    taken, given = _image(inputs, "takes", source), _image(outputs[:1], "gives", source)
    side = _side(taken, source)
    tile = side or keys.tile_size
    if tile is None:
        raise ModelError(f"{source.name} does not say the size of its tiles{ADVICE}")
    ratio = _ratio(keys, side, _side(given, source), source)
    bands, channels = taken.shape[1] or 0, given.shape[1] or 0
    scaling, standard = _taken(keys, bands, source)
    kind = keys.model_type or ("Superresolution" if ratio != 1 else "Regressor")
    names: tuple[str, ...] | int = channels
    if len(keys.class_names) == channels:
        names = keys.class_names
    size = keys.resolution and keys.resolution / 100
    port = BoundPort(
        role="input",
        bands=bands,
        dtype="float32",
        scaling=scaling,
        pixel_size_m=(size, size) if size else None,
    )
    out = BoundPort(
        role="output",
        bands=names,
        dtype="float32",
        quantity="" if kind == "Superresolution" else "dn",
        ratio=str(ratio),
        scaling=_given(keys, kind, source),
    )
    card = ModelCard(
        task=TASKS[kind],
        method=METHOD,
        inputs=(port,),
        outputs=(out,),
        tile_px=tile,
        halo_px=_halo(keys, tile),
        notes=NOTES,
        version="unknown",
    )
    return card, standard


def deepness_props(card: ModelCard) -> tuple[dict[str, str], str]:
    """Return the metadata by which Deepness runs a model, and why there are none, or what to know.

    They are written where they are true: (value / 255 - mean) / std is what the card's scaling
    says of the same 8-bit value.
    """
    reason = _unfit(card)
    if reason:
        return {}, f"The QGIS plug-in Deepness cannot run it: {reason}."
    first, out = card.inputs[0], card.outputs[0]
    taken, given = as_linear(card.scaling), as_linear(out.scaling)
    std = 1 / (TOP * taken.gain)
    mean = 0.0 - taken.offset * std
    bands, channels = first.band_count or 1, out.band_count or 1
    kind = NAMES.get(card.task) or (
        "Regressor" if channels == 1 and card.ratio == 1 else "Superresolution"
    )
    values: dict[str, Any] = {
        "model_type": kind,
        "tile_size": card.tile_px,
        "tiles_size": card.tile_px,
        "tiles_overlap": 0 if kind == "Superresolution" else _overlap(card),
        "standardization_mean": [mean] * bands,
        "standardization_std": [std] * bands,
    }
    if isinstance(out.bands, tuple):
        values["class_names"] = dict(enumerate(out.bands))
    size = first.pixel_size_m
    if size is not None and math.isclose(*size, rel_tol=0.01):  # it has one for both axes
        values["resolution"] = 100 * size[0]
    if kind == "Regressor" and given.offset == 0:
        values["reg_output_scaling"] = 1 / given.gain
    remark = _remark(card, kind, given)
    return {name: strict_json(value, None) for name, value in values.items()}, remark


def as_linear(scaling: Scaling | None) -> Scaling:
    """Return one of the LINEAR scalings as gain and offset; none is the value itself."""
    if scaling is None:
        return Scaling(kind="linear")
    offset = 0.0 if scaling.kind == "unit_power" else scaling.offset
    return Scaling(kind="linear", gain=scaling.gain, offset=offset)


def _remark(card: ModelCard, kind: str, given: Scaling) -> str:
    """Return what to know of a model's result in Deepness, which no key says."""
    said = []
    if given.offset != 0:
        said.append(f"its result is {given.gain:g} times the value plus {given.offset:g}")
    elif given.gain != 1 and kind == "Superresolution":
        said.append(f"set the output scaling {1 / given.gain:g}")
    if card.blending == "weighted":
        said.append("its tiles do not fade into each other")
    return f"In the QGIS plug-in Deepness {' and '.join(said)}." if said else ""


def metadata_with_deepness(card: ModelCard) -> dict[str, str]:
    """Return all metadata of a model file: its card, and beside it what Deepness reads of it.

    Where the plug-in cannot run it, or needs a word from the user, the notes of the card say so.
    """
    props, remark = deepness_props(card)
    notes = " ".join(filter(None, (card.notes, remark)))
    return {**card.changed(notes=notes).to_metadata(), **props}


def _unfit(card: ModelCard) -> str:
    """Return why Deepness cannot feed a model, in words that follow a colon."""
    out = card.outputs[0]
    is_linear = out.scaling is not None and out.scaling.kind in LINEAR
    needs_more = card.domain != "image" or card.fitted_median is not None or bool(card.parts)
    reasons = {
        "it takes noise": not card.inputs or card.latent is not None,
        "it takes one image, this model several": card.takes != "image",
        "it takes real 8-bit values, this model complex samples": card.is_complex,
        "it shows real values, and this model gives complex samples": out.is_complex,
        "it does nothing around the network, and this one needs that": needs_more,
        "it has several outputs": len(card.outputs) > 1,
        "its answer is a logarithm or a mask, which the plug-in would show as it is": not is_linear,
        f"it enlarges by whole numbers, not {card.ratio}": card.ratio.denominator != 1,
    }
    found = next((reason for reason, holds in reasons.items() if holds), "")
    if not found and card.scaling.kind not in LINEAR:
        return f"it scales values linearly, this model by '{card.scaling.kind}'"
    return found


def _overlap(card: ModelCard) -> int:
    """Return percent of a tile; the plug-in cuts half of it from each side."""
    return min(99, math.ceil(200 * card.halo_px / card.tile_px))


def _halo(keys: DeepnessKeys, tile: int) -> int:
    percent = UNKNOWN_OVERLAP if keys.tiles_overlap is None else keys.tiles_overlap
    return min(tile * percent // 200, (tile - 1) // 2, MOST_HALO_PX)


def _image(nodes: Sequence[Node], does: str, source: Path) -> Node:
    """Return the only node, which is (n, bands, rows, cols) with a known number of bands."""
    if len(nodes) != 1:
        raise ModelError(f"{source.name} {does} {len(nodes)} arrays; Deepness' models take one.")
    (node,) = nodes
    if len(node.shape) != 4 or not node.shape[1] or node.type != "tensor(float)":
        raise ModelError(
            f"{source.name} {does} {node.type} {node.shape}; Deepness' models have float32 "
            f"(1, bands, rows, cols){ADVICE}"
        )
    return node


def _side(node: Node, source: Path) -> int | None:
    """Return the side of the only tiles that a node has; None where it is free."""
    rows, cols = node.shape[2:]
    if rows != cols:
        raise ModelError(f"{source.name} has tiles of {rows} x {cols} px; they must be squares.")
    return rows


def _ratio(keys: DeepnessKeys, side: int | None, made: int | None, source: Path) -> Fraction:
    if side is not None and made is not None:
        if made < side:
            raise ModelError(f"{source.name} gives {made} px of {side} px tiles{ADVICE}")
        return Fraction(made, side)
    if keys.model_type == "Superresolution":
        raise ModelError(f"{source.name} does not say how much it enlarges{ADVICE}")
    return Fraction(1)


def _taken(keys: DeepnessKeys, bands: int, source: Path) -> tuple[Scaling, Standard | None]:
    mean, std = keys.standardization_mean, keys.standardization_std
    if not mean:
        return Scaling(kind="linear", gain=1 / TOP), None
    if len(mean) != bands:
        raise ModelError(
            f"The Deepness metadata of {source.name} are damaged: {len(mean)} means for {bands} "
            "band(s)."
        )
    if len(set(mean)) == 1 and len(set(std)) == 1:
        return Scaling(kind="linear", gain=1 / (TOP * std[0]), offset=-mean[0] / std[0]), None
    return Scaling(kind="linear", gain=1 / TOP), Standard(mean, std)


def _given(keys: DeepnessKeys, kind: str, source: Path) -> Scaling:
    if kind == "Superresolution":  # an image from 0 to 1, as it takes
        return Scaling(kind="linear", gain=1 / TOP)
    factor = keys.reg_output_scaling if kind == "Regressor" else 1.0
    if not factor > 0:
        raise ModelError(
            f"The Deepness metadata of {source.name} are damaged: reg_output_scaling is {factor}."
        )
    return Scaling(kind="linear", gain=1 / factor)
