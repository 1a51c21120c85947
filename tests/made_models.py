"""A tiny generator as ONNX, made without torch: image = matrix x noise, interleaved."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from satstudio.core.version import VERSION
from satstudio.pixels.scaling import Scaling
from satstudio.restore.model_file import Latent, ModelCard

DIM, SIDE = 3, 8
SCALING = Scaling(kind="log_amplitude", gain=0.4, eps=2.0)


def made_card(**values) -> ModelCard:
    """A card of a complex generator of 8 px."""
    card = {
        "task": "generate", "method": "made", "takes": "noise", "bands_in": 0, "bands_out": 1,
        "is_complex": True, "complex_layout": "interleaved", "scaling": SCALING, "tile_px": SIDE,
        "latent": Latent(dim=DIM, dist="complex_normal"), "weights_sha256": "ab12",
        "version": VERSION,
    }  # fmt: skip
    return ModelCard(**(card | values))


def matrix() -> np.ndarray:
    """Weights (2 * 8 * 8, 2 * 3) float32."""
    return np.random.default_rng(0).standard_normal((2 * SIDE**2, 2 * DIM)).astype(np.float32)


def made_model(path: Path, metadata=None) -> Path:
    """Write the file, with the card above or other metadata."""
    nodes = [
        helper.make_node("Gemm", ["noise", "w"], ["flat"], transB=1),
        helper.make_node("Reshape", ["flat", "shape"], ["image"]),
    ]
    shape = np.array([-1, 2, SIDE, SIDE], np.int64)
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["n", 2 * DIM])],
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 2, SIDE, SIDE])],
        [numpy_helper.from_array(matrix(), "w"), numpy_helper.from_array(shape, "shape")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, made_card().to_metadata() if metadata is None else metadata)
    onnx.save(model, path)
    return path
