"""Tiny models as ONNX, made without torch: a generator (matrix x noise), restorers of images."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.restore.models.first_card import FirstCard, Latent
from satstudio.restore.models.model_card import ModelCard

DIM, SIDE = 3, 8
SCALING = Scaling(kind="log_amplitude", gain=0.4, eps=2.0)


def made_card(**values) -> ModelCard:
    """A card of a complex generator of 8 px; values are named as in format 1."""
    card = {
        "task": "generate", "method": "made", "takes": "noise", "bands_in": 0, "bands_out": 1,
        "is_complex": True, "complex_layout": "interleaved", "scaling": SCALING, "tile_px": SIDE,
        "latent": Latent(dim=DIM, dist="complex_normal"), "weights_sha256": "ab12",
        "version": VERSION,
    }  # fmt: skip
    if values.get("takes", "noise") != "noise":
        card["bands_in"] = 1
    return ModelCard(**FirstCard(**(card | values)).as_ports())


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


# ---------------------------------------------------------------------------------- restorers

PLAIN = Scaling(kind="linear", gain=0.5, offset=0.25)
RESTORERS = {
    # name: (channels in, channels out, halo, multiple)
    "blur": (1, 1, 2, 1),
    "deep": (1, 1, 4, 1),
    "pooled": (1, 1, 4, 4),
    "complex_blur": (2, 2, 2, 1),
    "despeckle": (2, 1, 2, 1),
    "undone": (1, 1, 0, 1),
    "raised": (1, 1, 0, 1),
    "raised_modulus": (2, 1, 0, 1),
}

DESPECKLERS = ("despeckle", "raised_modulus")


def restorer_card(name: str, bands: int = 1, **values) -> ModelCard:
    """The card of a restorer of `RESTORERS`."""
    channels, _, halo, multiple = RESTORERS[name]
    is_complex = channels == 2
    unit = Scaling(kind="unit_power", gain=0.01)
    card = {
        "task": "despeckle" if name in DESPECKLERS else "restore", "method": "made",
        "takes": "image", "bands_in": bands, "bands_out": bands, "is_complex": is_complex,
        "complex_layout": "interleaved" if is_complex else "none",
        "scaling": unit if is_complex else PLAIN, "tile_px": 32, "halo_px": halo,
        "size_multiple": multiple, "latent": None,
    }  # fmt: skip
    return made_card(**(card | values))


def made_restorer(path: Path, name: str = "blur", bands: int = 1, **values) -> Path:
    """Write a model that takes images.

    `blur`: mean of 5 x 5. `deep`: two random convolutions of 5 x 5 with a ReLU. `pooled`: mean of
    4 x 4 blocks on a fixed raster. `complex_blur`: mean of 5 x 5 of complex samples. `despeckle`:
    root of the mean power of 5 x 5. `undone`: x^2 / x, which is not finite where x is 0.
    `raised`: x + 1, and `raised_modulus`: |z| + 1, for which the level of a scene is not the same.
    """
    channels, out, _, _ = RESTORERS[name]
    nodes, weights = {
        "blur": _blur, "complex_blur": _blur, "deep": _deep, "pooled": _pooled,
        "despeckle": _despeckle, "undone": _undone, "raised": _raised,
        "raised_modulus": _raised_modulus,
    }[name](channels * bands)  # fmt: skip
    spatial = ["n", channels * bands, "rows", "cols"]
    answer = ["n", out * bands, "rows", "cols"]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, spatial)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, answer)],
        [numpy_helper.from_array(np.asarray(array), key) for key, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, restorer_card(name, bands, **values).to_metadata())
    onnx.save(model, path)
    return path


def _blur(channels: int):
    kernel = np.full((channels, 1, 5, 5), 1 / 25, np.float32)
    conv = helper.make_node("Conv", ["x", "w"], ["y"], pads=[2] * 4, group=channels)
    return [conv], {"w": kernel}


def _deep(channels: int):
    rng = np.random.default_rng(1)
    first = rng.standard_normal((8, channels, 5, 5)).astype(np.float32)
    second = rng.standard_normal((channels, 8, 5, 5)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "first"], ["a"], pads=[2] * 4),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second"], ["y"], pads=[2] * 4),
    ]
    return nodes, {"first": first, "second": second}


def _pooled(channels: int):
    nodes = [
        helper.make_node("AveragePool", ["x"], ["a"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Resize", ["a", "", "scales"], ["y"], mode="nearest"),
    ]
    return nodes, {"scales": np.array([1, 1, 4, 4], np.float32)}


def _undone(channels: int):
    nodes = [
        helper.make_node("Sub", ["x", "zero"], ["a"]),  # the network's number of 0
        helper.make_node("Mul", ["a", "a"], ["b"]),
        helper.make_node("Div", ["b", "a"], ["y"]),
    ]
    return nodes, {"zero": np.float32(PLAIN.offset)}


def _raised(channels: int):
    return [helper.make_node("Add", ["x", "one"], ["y"])], {"one": np.float32(1)}


def _raised_modulus(channels: int):
    nodes = [
        helper.make_node("ReduceL2", ["x", "channel"], ["a"]),
        helper.make_node("Add", ["a", "one"], ["y"]),
    ]
    return nodes, {"one": np.float32(1), "channel": np.array([1], np.int64)}


def _despeckle(channels: int):
    bands = channels // 2
    kernel = np.full((bands, 2, 5, 5), 1 / 25, np.float32)
    nodes = [
        helper.make_node("Mul", ["x", "x"], ["a"]),
        helper.make_node("Conv", ["a", "w"], ["b"], pads=[2] * 4, group=bands),
        helper.make_node("Sqrt", ["b"], ["y"]),
    ]
    return nodes, {"w": kernel}
