"""convert_merlin, convert_sar2sar: published files of despeckling weights to model files.

The files are those of the Python package deepdespeckling 0.8: MERLIN's networks for TerraSAR-X
stripmap and spotlight and for Sentinel-1 TOPS, and SAR2SAR. All four are of one structure, so that
only the sha256, the user or the file's name can say which one a file is; they differ in the scale
of their logarithms.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import refuse_file
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.learn.export.onnx_export import write_model
from satstudio.learn.export.weights_file import WeightsKind, checked_sha256, read_weights
from satstudio.learn.method import Exportable, ImageUse, Values
from satstudio.learn.nets.log_despecklers import MEDIAN, AmplitudeNet, LogScale, MerlinNet
from satstudio.learn.nets.log_unet import HALO_PX, MULTIPLE, LogUNet
from satstudio.pixels.phasor import interleave
from satstudio.restore.models.model_card import ModelCard

Sensor = Literal["stripmap", "spotlight", "sentinel1"]

TERRASAR = LogScale(-1.429329123112601, 10.089038980848645)
SCALES: dict[Sensor, LogScale] = {
    "stripmap": TERRASAR,
    "spotlight": TERRASAR,
    "sentinel1": LogScale(-math.log(1e-3), 12.385),  # above 0 indeed
}
SAR2SAR = "sar2sar"
KNOWN_WEIGHTS = {
    "522d792161c0c2d4ca440c94c0bbe1d4ea66e33df8d2d317892fa5d8acc87333": "stripmap",
    "25a978b0d53b5b5307ca2ba57b6368a86493c4eeff24efe6ba58987b2e154a56": "spotlight",
    "c11456be92dc551dcd0a479e935c94968e81058c1fd94e65148afe72805d1294": "sentinel1",
    "203cac967c5486785d79b3fbe86914fbc5bb0bdafcb4eaea3b348d3788530415": SAR2SAR,
}
"""sha256 of the published files -> which network it is."""

NAMES: dict[str, Sensor] = {
    "stripmap": "stripmap",
    "spotlight": "spotlight",
    "sentinel": "sentinel1",
    "tops": "sentinel1",
}
"""What stands in a file's name -> which network it probably is."""

MERLIN_WEIGHTS = WeightsKind(
    network="MERLIN",
    advice="Give stripmap.pth, spotlight.pth or sentinel_tops.pth of the Python package "
    "deepdespeckling 0.8.",
    most_bytes=64_000_000,
    inside="model_state_dict",
)
SAR2SAR_WEIGHTS = WeightsKind(
    network="SAR2SAR",
    advice="Give sar2sar.pth of the Python package deepdespeckling 0.8.",
    most_bytes=64_000_000,
    inside="model_state_dict",
)
LICENCE = "MIT (weights of the package deepdespeckling)"
TILE_PX = 768


@dataclass(frozen=True, slots=True)
class Converted:
    """A model file that was made of published weights.

    Attributes
    ----------
    network : merlin_stripmap, ..., sar2sar
    reason : who says that it is this network
    weights_sha256 : of the file of weights
    """

    path: Path
    network: str
    reason: str
    weights_sha256: str


def convert_merlin(
    weights: Path,
    out: Path,
    progress: Progress,
    sensor: Sensor | None = None,
    overwrite: bool = False,
) -> Converted:
    """Write a network of MERLIN as a model file with its card: complex samples to intensity.

    Parameters
    ----------
    weights : a file of torch's; only its tensors are read, nothing in it is run
    out : gets its name once its answers agreed with torch's
    sensor : which of the three networks it is; None: as its sha256 or its name says

    Raises
    ------
    ExistsError
        If something has the name `out`, before and after the work.
    InputError
        If the file is something else, or nobody says which network it is.
    CheckFailedError
        If the answers differ.
    """
    refuse_file(out, overwrite=overwrite)
    progress.report(0.0, "Reading weights")
    sha256 = checked_sha256(weights, MERLIN_WEIGHTS)
    _refuse_other(weights, sha256, tuple(SCALES), "sar2sar")
    net = _read_net(weights, MERLIN_WEIGHTS)
    chosen, reason = _which(weights, sha256, sensor)
    card = _card(f"merlin_{chosen}", sha256, is_complex=True)
    ready = _exportable(MerlinNet(net, SCALES[chosen]))
    write_model(ready, card, out, progress, overwrite)
    return Converted(out, card.method, reason, sha256)


def convert_sar2sar(
    weights: Path,
    out: Path,
    progress: Progress,
    is_complex: bool = False,
    overwrite: bool = False,
) -> Converted:
    """Write SAR2SAR as a model file with its card: amplitudes to amplitudes.

    Parameters
    ----------
    weights, out : as `convert_merlin` takes them
    is_complex : make it for complex samples; it takes their amplitudes and gives the intensity

    Raises
    ------
    ExistsError, InputError, CheckFailedError
        As `convert_merlin` does.
    """
    refuse_file(out, overwrite=overwrite)
    progress.report(0.0, "Reading weights")
    sha256 = checked_sha256(weights, SAR2SAR_WEIGHTS)
    _refuse_other(weights, sha256, (SAR2SAR,), "merlin")
    net = _read_net(weights, SAR2SAR_WEIGHTS)
    card = _card(SAR2SAR, sha256, is_complex)
    write_model(_exportable(AmplitudeNet(net, TERRASAR)), card, out, progress, overwrite)
    reason = "its sha256 is the published one" if sha256 in KNOWN_WEIGHTS else "you say so"
    return Converted(out, SAR2SAR, reason, sha256)


def _which(weights: Path, sha256: str, sensor: Sensor | None) -> tuple[Sensor, str]:
    """Return which network a file of MERLIN's is, and who says so."""
    known = [name for name in SCALES if name == KNOWN_WEIGHTS.get(sha256)]
    if known and sensor not in (None, known[0]):
        raise InputError(
            f"{weights.name} is the published network for {known[0]}, as its sha256 says, not "
            f"for {sensor}; leave the sensor out."
        )
    if known:
        return known[0], "its sha256 is the published one"
    if sensor is not None:
        return sensor, "you say so"
    guessed = {name for part, name in NAMES.items() if part in weights.name.lower()}
    if len(guessed) != 1:
        raise InputError(
            f"Which of MERLIN's networks {weights.name} holds cannot be told from its numbers; "
            "say --sensor stripmap, spotlight or sentinel1: they know different scales."
        )
    return guessed.pop(), "its file's name says so"


def _refuse_other(weights: Path, sha256: str, own: tuple[str, ...], other: str) -> None:
    known = KNOWN_WEIGHTS.get(sha256)
    if known is not None and known not in own:
        raise InputError(
            f"{weights.name} is the published network of {other.upper()}, as its sha256 says; "
            f"convert it as {other}."
        )


def _read_net(weights: Path, kind: WeightsKind) -> LogUNet:
    net = LogUNet()
    net.load_state_dict(read_weights(weights, kind, net.state_dict()))
    return net.eval()


def _card(method: str, sha256: str, is_complex: bool) -> ModelCard:
    scaling = Scaling(kind="unit_power")
    taken = BoundPort(
        role="input",
        bands=1,
        quantity="" if is_complex else "amplitude",
        dtype="complex64" if is_complex else "float32",
        scaling=scaling,
    )
    given = BoundPort(
        role="output", bands=1, quantity="amplitude", dtype="float32", scaling=scaling
    )
    return ModelCard(
        task="despeckle",
        method=method,
        inputs=(taken,),
        outputs=(given,),
        fitted_median=MEDIAN,
        tile_px=TILE_PX,
        halo_px=HALO_PX,
        size_multiple=MULTIPLE,
        converted_from_sha256=sha256,
        licence=LICENCE if sha256 in KNOWN_WEIGHTS else "as the weights",
        version=VERSION,
    )


def _exportable(net: nn.Module) -> Exportable:
    def reference(given: Any) -> Values:  # noqa: ANN401 - as Exportable has it
        channels = interleave(given) if np.iscomplexobj(given) else given
        with torch.no_grad():
            answer: Values = net(torch.from_numpy(channels)).numpy()
        return answer

    use = ImageUse("despeckle", TILE_PX, HALO_PX, MULTIPLE)
    return Exportable(net.eval(), reference, image=use)
