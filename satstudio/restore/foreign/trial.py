"""try_model: a foreign network run on a patch, and what was found of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from satstudio.core.errors import ModelError
from satstudio.core.progress import Progress
from satstudio.core.system.machine import task_threads
from satstudio.restore.foreign.description import Description, Undo
from satstudio.restore.foreign.findings import Findings
from satstudio.restore.foreign.foreign_graph import INTEGERS, ForeignGraph, Image, per_band
from satstudio.restore.foreign.probe import SAME, Probe, patch_side, probe
from satstudio.restore.foreign.trial_patch import TrialPatch, patch_of
from satstudio.restore.foreign.trial_pictures import save_before_after
from satstudio.restore.models.card_texts import is_card
from satstudio.restore.models.deepness_keys import TOP, DeepnessKeys
from satstudio.restore.models.nodes import Node

USUAL_TILE_PX: Final = 256
CONSTANT: Final = "Its answer is the same everywhere: it may want other values (top, mean, std)."
TANH: Final = "Its answers lie from -1 to 1; it may be fed so too: set mean=0.5, std=0.5."
WHOLE_TILE: Final = (
    "Its answer looks over the whole tile, so it depends on the tiles, which fade into each other."
)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A network after its trial.

    Attributes
    ----------
    image : (bands, rows, cols) what it was fed
    answer : (bands, rows, cols) what it made of it, in its own numbers
    """

    net: ForeignGraph
    patch: TrialPatch
    image: Image
    answer: Image
    findings: Findings


def try_model(
    model: Path, description: Description, scene: str, pictures: Path | None, progress: Progress
) -> Findings:
    """Try an ONNX file of others on a patch; the file stays as it is.

    Parameters
    ----------
    scene : address of the scene whose middle is taken; "": a synthetic image
    pictures : folder where `before.png` and `after.png` go

    Raises
    ------
    ModelError
        If the file is no network that takes one image and gives one, or does not run here.
    InputError
        If the scene does not have what it takes.
    """
    trial = carry_out(model, description, scene, progress)
    if pictures is not None:
        save_before_after(
            trial.patch.values[:, : trial.image.shape[1], : trial.image.shape[2]],
            undone(trial.answer, trial.findings),
            pictures,
        )
    return trial.findings


def carry_out(model: Path, said: Description, scene: str, progress: Progress) -> Trial:
    """Do what `try_model` does, and keep what was seen."""
    progress.report(0.0, f"Opening {model.name}")
    net = ForeignGraph.open(model, said, task_threads())
    if is_card({item.key: item.value for item in net.model.metadata_props}):
        raise ModelError(f"{model.name} has a card already; it can be used as it is.")
    said = with_deepness(net, said)
    ends = net.ends
    patch = patch_of(scene, ends.bands, patch_side(ends.side_px))
    top = said.top or _top(ends.taken.type, patch)
    mean, std = (by_band(each, ends.bands, model.name) for each in (said.mean, said.std))
    image = fed_with(patch.values, top, mean, std)
    found = probe(net, image, progress.part(0.1, 0.9))
    if ends.side_px is not None and not _has_room(found, ends.side_px, found.halo or 0):
        found = replace(found, halo=None)
    tile = _tile(said, found, ends.side_px, model.name)
    side = min(tile, image.shape[1] // found.multiple * found.multiple)
    shown = image[:, :side, :side]  # the tile that the card will name runs too
    started = time.perf_counter()
    answer = net.run(shown)
    seconds = time.perf_counter() - started
    progress.report(1.0, "Tried")
    kept = Findings(
        file=model.name,
        takes=_text(ends.taken),
        gives=_text(ends.given),
        dtype=ends.taken.type.removeprefix("tensor(").removesuffix(")"),
        layout=ends.layout,
        bands_in=ends.bands,
        bands_out=found.bands,
        ratio=str(found.ratio),
        crop_px=found.crop,
        side_px=ends.side_px,
        tile_px=tile,
        halo_px=found.halo if said.halo_px is None else said.halo_px,
        size_multiple=said.size_multiple or found.multiple,
        blending="weighted" if found.halo is None else "none",
        seam=found.seam,
        low=float(np.nanmin(answer)) if np.isfinite(answer).any() else 0.0,
        high=float(np.nanmax(answer)) if np.isfinite(answer).any() else 0.0,
        is_finite=bool(np.isfinite(answer).all()),
        seconds=seconds,
        top=top,
        mean=mean,
        std=std,
        undo=_undo(said, shown, answer, mean, std),
        tried_on=patch.about,
        remarks=_remarks(net, found, answer, said),
    )
    return Trial(net, patch, shown, answer, kept)


def with_deepness(net: ForeignGraph, said: Description) -> Description:
    """Return the description with what the metadata of Deepness say and the user does not."""
    metadata = {item.key: item.value for item in net.model.metadata_props}
    keys = DeepnessKeys.read(metadata, net.path)
    if keys is None:
        return said
    chosen = said.model_fields_set
    more = {
        "top": TOP,
        "mean": keys.standardization_mean,
        "std": keys.standardization_std,
        "names": keys.class_names,
        "tile_px": keys.tile_size,
    }
    if "mean" in chosen or "std" in chosen:
        del more["mean"], more["std"]
    if keys.resolution:
        more["pixel_size_m"] = (keys.resolution / 100,) * 2
    return said.changed(**{key: value for key, value in more.items() if key not in chosen})


def by_band(values: Sequence[float], bands: int, name: str) -> tuple[float, ...]:
    """Return one number a band, of one for all or as many as bands; none stay none."""
    if len(values) in (0, bands):
        return tuple(values)
    if len(values) == 1:
        return tuple(values) * bands
    raise ModelError(f"{name} takes {bands} band(s); {len(values)} means are given.")


def fed_with(values: Image, top: float, mean: Sequence[float], std: Sequence[float]) -> Image:
    """Return values (bands, rows, cols) as the network is fed: (x / top - mean) / std."""
    image = values / np.float32(top)
    if mean:
        image = (image - per_band(mean)) / per_band(std)
    made: Image = image.astype(np.float32)
    return made


def undone(answer: Image, found: Findings) -> Image:
    """Return the values that an answer (bands, rows, cols) stands for."""
    values = answer.astype(np.float64)
    if found.undo == "all" and found.mean:
        values = values * per_band(found.std)
        values += per_band(found.mean)
    if found.undo != "none":
        values = values * found.top
    made: Image = values.astype(np.float32)
    return made


def _top(kind: str, patch: TrialPatch) -> float:
    """Return what values are divided by: whole numbers that fit the network's type stay."""
    if kind not in INTEGERS:
        return patch.top
    return max(1.0, patch.top / float(np.iinfo(INTEGERS[kind]).max))


def _has_room(found: Probe, tile: int, halo: int) -> bool:
    """Tell whether a tile keeps pixels inside its halo, which is rounded up to the multiple."""
    margin = -(-halo // found.multiple) * found.multiple
    return tile - 2 * margin >= found.multiple


def _tile(said: Description, found: Probe, only: int | None, name: str) -> int:
    """Return a side of tile with room inside its halo, a multiple of what the network wants."""
    multiple = said.size_multiple or found.multiple
    least = said.tile_px or max(USUAL_TILE_PX, 4 * (found.halo or 0))
    tile = only or -(-least // multiple) * multiple
    halo = said.halo_px if said.halo_px is not None else found.halo or 0
    if not _has_room(replace(found, multiple=multiple), tile, halo):
        raise ModelError(
            f"{name}: a tile of {tile} px has no room inside a halo of {halo} px; choose a larger "
            "tile or a smaller halo."
        )
    return tile


def _undo(
    said: Description, image: Image, answer: Image, mean: Sequence[float], std: Sequence[float]
) -> Undo:
    """Return which steps an answer still carries: by which of them it is nearest to the input."""
    if said.undo != "found":
        if said.undo == "all" and mean and len(answer) != len(mean):
            raise ModelError(
                f"undo=all needs as many bands in the answer ({len(answer)}) as in the image "
                f"({len(mean)})."
            )
        return said.undo
    if len(answer) != len(image):
        return "none"
    return (
        "all" if not mean or _apart(image, answer) <= _apart(image, answer, mean, std) else "range"
    )


def _apart(
    image: Image, answer: Image, mean: Sequence[float] = (), std: Sequence[float] = ()
) -> float:
    """Return how far mean and deviation of an answer are from those of an image.

    Parameters
    ----------
    mean, std : the answer is standardized by these first, as the image is
    """
    if mean:
        answer = (answer - per_band(mean)) / per_band(std)
    return float(abs(np.mean(answer) - np.mean(image)) + abs(np.std(answer) - np.std(image)))


def _remarks(net: ForeignGraph, found: Probe, answer: Image, said: Description) -> tuple[str, ...]:
    made = []
    if not np.isfinite(answer).all():
        made.append("Some answers are not finite; it may want other values (top, mean, std).")
    elif float(answer.max()) == float(answer.min()):
        made.append(CONSTANT)
    elif len(answer) == net.ends.bands and not said.mean and -1.001 < answer.min() < -0.1:
        made += [TANH] * bool(answer.max() < 1.001)
    if found.halo is None:
        made.append(WHOLE_TILE)
    elif found.seam > SAME:
        made.append(f"Overlapping tiles differ by {found.seam:.1e} of the largest answer.")
    if found.crop:
        made.append(
            f"Its answer lacks {found.crop} px on each side; the copy adds them, inside the halo."
        )
    if len(net.outputs) > 1 and not said.output:
        others = ", ".join(node.name for node in net.outputs if node != net.ends.given)
        made.append(f"It has other outputs too, which the copy leaves out: {others}.")
    return tuple(made)


def _text(node: Node) -> str:
    shape = ", ".join("free" if side is None else str(side) for side in node.shape)
    return f"{node.name}: {node.type.removeprefix('tensor(').removesuffix(')')} ({shape})"
