"""file_weights, put_weights: the weights of a model file, and how they go back into a network.

The exporter keeps the names of a network's tensors as those of the file's initialisers; what it
folded or drew together has other names and is not found again.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from satstudio.core.errors import ModelError

Weights = Mapping[str, Tensor]
OUTPUTS = {"Conv": 0, "ConvTranspose": 1, "Gemm": 0}
"""Layers with weights, and the axis of a weight that counts what comes out."""


class UnfitError(ModelError):
    """Weights that a network cannot take; the sentence is about the file, which it leaves out."""


def file_weights(path: Path, content: bytes | None = None) -> Weights:
    """Return all float32 tensors of an ONNX file, which was opened before, by name.

    Parameters
    ----------
    content : the bytes of the file, where they are read already

    Raises
    ------
    ModelError
        If it keeps its weights in another file.
    """
    import onnx  # lazy: only exports and starts from a model file need it

    model = onnx.load_model_from_string(path.read_bytes() if content is None else content)
    tensors = model.graph.initializer
    if any(item.data_location == onnx.TensorProto.EXTERNAL for item in tensors):
        raise ModelError(f"{path.name} keeps its weights in another file; export it in one.")
    weights = {
        str(item.name): torch.from_numpy(onnx.numpy_helper.to_array(item).copy())
        for item in tensors
        if item.data_type == onnx.TensorProto.FLOAT
    }
    return _zero_biases(model.graph.node, weights) | weights


def _zero_biases(nodes: Iterable[Any], weights: Weights) -> dict[str, Tensor]:
    """Return biases that are all zero: the exporter leaves them out."""
    found = {}
    for node in nodes:
        axis, inputs = OUTPUTS.get(node.op_type), list(node.input)
        if axis is not None and len(inputs) == 2 and inputs[1] in weights:
            name = inputs[1].removesuffix("weight") + "bias"
            found[name] = torch.zeros(weights[inputs[1]].shape[axis])
    return found


def put_weights(net: nn.Module, weights: Weights) -> None:
    """Let a network have these weights; all are checked before the first is taken.

    Raises
    ------
    UnfitError
        Naming the first tensor that is missing, of another shape, or not finite.
    """
    own = net.state_dict()
    for name, tensor in own.items():
        if name not in weights:
            raise UnfitError(f"has no tensor '{name}' ({sides(tensor)})")
        if weights[name].shape != tensor.shape:
            raise UnfitError(
                f"has a tensor '{name}' of {sides(weights[name])}, where the network of this "
                f"recipe has {sides(tensor)}"
            )
        if not bool(weights[name].isfinite().all()):
            raise UnfitError(f"has values in '{name}' that are not finite (NaN or infinity)")
    net.load_state_dict({name: weights[name] for name in own})


def sides(tensor: Tensor) -> str:
    """Return the shape of a tensor as text: 16 x 4 x 3 x 3."""
    return " x ".join(str(side) for side in tensor.shape) or "one number"
