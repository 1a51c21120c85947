"""convert_inception: the file of Inception's weights, once, to an ONNX file of features."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from satstudio.core.errors import CheckFailedError
from satstudio.core.files.replacing import refuse_file, replacing
from satstudio.core.progress import Progress
from satstudio.core.version import VERSION
from satstudio.learn.export.onnx_export import OPSET, forget_origin, quiet
from satstudio.learn.export.weights_file import WeightsKind, checked_sha256, read_weights
from satstudio.learn.nets.inception import CLASSES, FEATURES, SIZE_PX, Inception
from satstudio.restore.features.card import CUSTOM, KNOWN_WEIGHTS, FeatureCard
from satstudio.restore.features.file import FEATURES_OUTPUT, LOGITS_OUTPUT, FeatureNet
from satstudio.restore.models.card_texts import to_texts

LARGEST_ERROR = 1e-5
"""Largest difference from torch, as a share of the largest answer."""

BATCHES = (1, 3)
RESIZE = "tf1"
LICENCE = "Apache-2.0 (weights of TensorFlow's models)"
WEIGHTS = WeightsKind(
    network="Inception",
    advice="Give the file of weights pt_inception-2015-12-05-6726825d.pth (pytorch-fid) or "
    "weights-inception-2015-12-05-6726825d.pth (torch-fidelity).",
    most_bytes=400_000_000,
)


def convert_inception(
    weights: Path, out: Path, progress: Progress, overwrite: bool = False
) -> Path:
    """Write the network of the Fréchet Inception Distance as an ONNX file with its card.

    The file of weights is read without running anything in it. Where its sha256 is the published
    one, its numbers are called `fid`; any other weights of the same structure are `custom`.

    Parameters
    ----------
    weights : a file of torch's with 566 named tensors
    out : gets its name once its answers agreed with torch's to 1e-5
    overwrite : replace a file that has this name already

    Raises
    ------
    ExistsError
        If something has this name, before and after the work.
    InputError
        If the file is something else, TorchScript for instance.
    CheckFailedError
        If the answers differ.
    """
    refuse_file(out, overwrite=overwrite)
    progress.report(0.0, "Reading weights")
    sha256 = checked_sha256(weights, WEIGHTS)
    net = Inception()
    net.load_state_dict(read_weights(weights, WEIGHTS, net.state_dict()))
    net.eval()
    card = _card(sha256)
    with replacing(out, overwrite=overwrite) as part:
        progress.report(0.1, "Exporting")
        _write(net, part, card)
        progress.report(0.8, "Comparing with torch")
        _compare(net, part, out)
    progress.report(1.0, "Converted")
    return out


def _card(sha256: str) -> FeatureCard:
    identity = KNOWN_WEIGHTS.get(sha256, CUSTOM)
    is_known = identity != CUSTOM
    return FeatureCard(
        id=identity,
        network="Inception, weights of 2015-12-05" if is_known else "Inception, other weights",
        bands=3,
        size_px=SIZE_PX,
        resize=RESIZE,
        n_features=FEATURES,
        n_logits=CLASSES,
        weights_sha256=sha256,
        licence=LICENCE if is_known else "as the weights",
        version=VERSION,
    )


def _write(net: Inception, path: Path, card: FeatureCard) -> None:
    import onnx  # lazy: only an export needs it

    with quiet():
        torch.onnx.export(
            net,
            (_pictures(2),),
            str(path),
            dynamo=True,
            opset_version=OPSET,
            input_names=["image"],
            output_names=[FEATURES_OUTPUT, LOGITS_OUTPUT],
            dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
            external_data=False,
            verbose=False,
        )
    model = onnx.load(path)
    forget_origin(model)
    onnx.helper.set_model_props(model, to_texts(card))
    onnx.save(model, path)
    onnx.checker.check_model(str(path))


def _compare(net: Inception, path: Path, out: Path) -> None:
    exported = FeatureNet(path, threads=1)
    for count in BATCHES:
        given = _pictures(count)
        with torch.no_grad():
            wanted = [part.numpy() for part in net(given)]
        for known, answer in zip(wanted, exported.run(given.numpy()), strict=True):
            error = _relative_error(known, answer)
            if not error <= LARGEST_ERROR:
                raise CheckFailedError(
                    f"{out.name} was not written: at batch {count} the exported network differs "
                    f"from torch by {error:.1e} of the largest answer, more than "
                    f"{LARGEST_ERROR:.0e}."
                )


def _relative_error(known: npt.NDArray[np.float32], answer: npt.NDArray[np.float32]) -> float:
    return float(np.abs(answer - known).max() / np.abs(known).max())


def _pictures(count: int) -> Tensor:
    """Rough pictures (count, 3, 299, 299) in -1 .. 1, always the same."""
    random = torch.Generator().manual_seed(count)
    coarse = torch.rand((count, 3, 24, 24), generator=random)
    fine = torch.rand((count, 3, SIZE_PX, SIZE_PX), generator=random)
    smooth = torch.nn.functional.interpolate(coarse, size=(SIZE_PX, SIZE_PX), mode="bilinear")
    return 1.6 * smooth + 0.4 * fine - 1
