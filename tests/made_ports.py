"""Tiny models of several ports as ONNX: two bands, SAR beside optical, five dates made finer.

Each is a real network of random weights, so that a wrong place, scaling or order shows.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from satstudio.core.port import BoundPort
from satstudio.core.scaling import Scaling
from satstudio.core.version import VERSION
from satstudio.restore.models.model_card import ModelCard

DATES = 5
TAKEN = Scaling(kind="linear", gain=0.5, offset=0.25)
GIVEN = Scaling(kind="linear", gain=2.0, offset=-1.0)


def port(role, bands=1, **values) -> BoundPort:
    """A real port with a plain scaling."""
    usual = {"role": role, "bands": bands, "dtype": "float32", "scaling": TAKEN}
    return BoundPort(**(usual | values))


def card(inputs, outputs, **values) -> ModelCard:
    """A card of format 2 with tiles of 32 px and a halo of 4."""
    usual = {
        "task": "translate", "method": "made", "inputs": inputs, "outputs": outputs,
        "tile_px": 32, "halo_px": 4, "version": VERSION,
    }  # fmt: skip
    return ModelCard(**(usual | values))


def save(path: Path, nodes, weights, said: ModelCard) -> Path:
    """Write a graph whose inputs and outputs are the ports of its card, of free sides."""

    def value(each: BoundPort):
        channels = each.band_count * (2 if each.is_complex else 1)
        frames = [] if each.frames == (1, 1) else [f"{each.role}_frames"]
        shape = ["n", *frames, channels, f"{each.role}_rows", f"{each.role}_cols"]
        return helper.make_tensor_value_info(each.role, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes,
        "made",
        [value(each) for each in said.inputs],
        [value(each) for each in said.outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, said.to_metadata())
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def kernel(given: int, taken: int, seed: int) -> np.ndarray:
    """Weights of a 5 x 5 convolution."""
    return np.random.default_rng(seed).standard_normal((given, taken, 5, 5)).astype(np.float32) / 5


def conv(taken: str, given: str, weight: str):
    """A convolution of 5 x 5 that keeps the size."""
    return helper.make_node("Conv", [taken, weight], [given], pads=[2] * 4)


def two_band(path: Path, **values) -> Path:
    """Image to image: two real bands to two others, in other numbers than they are taken in."""
    said = card((port("input", 2),), (port("target", 2, scaling=GIVEN),), **values)
    nodes = [conv("input", "a", "w1"), helper.make_node("Relu", ["a"], ["b"])]
    weights = {"w1": kernel(6, 2, 1), "w2": kernel(2, 6, 2)}
    return save(path, [*nodes, conv("b", "target", "w2")], weights, said)


def sar_optical(path: Path, **values) -> Path:
    """Two SAR bands beside three optical ones of pixels twice as large, to three bands."""
    said = card(
        (port("sar", 2), port("optical", 3, ratio="1/2", scaling=GIVEN)),
        (port("target", ("red", "green", "blue"), quantity="reflectance"),),
        **values,
    )
    nodes = [
        helper.make_node("Resize", ["optical", "", "twice"], ["fine"], mode="nearest"),
        helper.make_node("Concat", ["sar", "fine"], ["both"], axis=1),
        conv("both", "target", "w"),
    ]
    return save(
        path, nodes, {"twice": np.array([1, 1, 2, 2], np.float32), "w": kernel(3, 5, 3)}, said
    )


def finer(path: Path, ratio: int = 3, **values) -> Path:
    """Five dates with masks to one image of pixels a third as large (pixel shuffle)."""
    frames = {"frames": (DATES, DATES)}
    clear = port("clear", 1, dtype="bool", scaling=None, mask_of="low", **frames)
    said = card(
        (port("low", 1, **frames), clear),
        (port("high", 1, ratio=str(ratio)),),
        task="super_resolve",
        **values,
    )  # fmt: skip
    nodes = [
        helper.make_node("Mul", ["low", "clear"], ["seen"]),
        helper.make_node("ReduceSum", ["seen", "axis"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["clear", "axis"], ["count"], keepdims=0),
        helper.make_node("Max", ["count", "one"], ["some"]),
        helper.make_node("Div", ["sum", "some"], ["mean"]),
        conv("mean", "deep", "w"),
        helper.make_node("DepthToSpace", ["deep"], ["high"], blocksize=ratio, mode="CRD"),
    ]
    weights = {"axis": np.array([1]), "one": np.float32(1), "w": kernel(ratio**2, 1, 4)}
    return save(path, nodes, weights, said)


def normalising(path: Path, **values) -> Path:
    """A blur after an instance norm: its statistics are those of each tile."""
    said = card((port("input", 1),), (port("output", 1),), test_time="tile_statistics", **values)
    nodes = [
        helper.make_node("InstanceNormalization", ["input", "one", "zero"], ["a"]),
        conv("a", "output", "w"),
    ]
    weights = {
        "one": np.ones(1, np.float32), "zero": np.zeros(1, np.float32),
        "w": np.full((1, 1, 5, 5), 1 / 25, np.float32),
    }  # fmt: skip
    return save(path, nodes, weights, said)
