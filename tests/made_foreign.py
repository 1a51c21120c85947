"""Small ONNX files as others make them: other layouts, types, sizes, no card of ours."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def kernel(bands: int, side: int = 5) -> np.ndarray:
    """A blur (bands, 1, side, side) that is not symmetric, so that a flip would show."""
    row = np.arange(1, side + 1, dtype=np.float32)
    one = np.outer(row, row[::-1])
    return np.repeat((one / one.sum())[None, None], bands, axis=0).astype(np.float32)


def foreign(path: Path, kind: str = "plain", bands: int = 3, side=None, metadata=None) -> Path:
    """Write a file of one of `KINDS`, of free or one side."""
    build, element = KINDS[kind]
    nodes, weights, ratio, lost = build(bands)
    sides = [side, side] if side else ["h", "w"]
    made = [int(side * ratio) - lost] * 2 if side else ["h2", "w2"]
    first, last = [1, bands, *sides], [1, bands, *made]
    if kind == "nhwc":
        first, last = [1, *sides, bands], [1, *made, bands]
    graph = helper.make_graph(
        nodes,
        kind,
        [helper.make_tensor_value_info("pixels", element, first)],
        [helper.make_tensor_value_info("result", element, last)],
        [numpy_helper.from_array(np.asarray(array), key) for key, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    onnx.save(model, path)
    return path


def deepness(**values) -> dict[str, str]:
    """Metadata as the plug-in's documentation says they are written: JSON, each of them."""
    return {key: json.dumps(value) for key, value in values.items()}


def _plain(bands):
    conv = helper.make_node("Conv", ["pixels", "k"], ["result"], pads=[2] * 4, group=bands)
    return [conv], {"k": kernel(bands)}, 1, 0


def _nhwc(bands):
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["a"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["a", "k"], ["b"], pads=[2] * 4, group=bands),
        helper.make_node("Transpose", ["b"], ["result"], perm=[0, 2, 3, 1]),
    ]
    return nodes, {"k": kernel(bands)}, 1, 0


def _valid(bands):
    conv = helper.make_node("Conv", ["pixels", "k"], ["result"], group=bands)
    return [conv], {"k": kernel(bands)}, 1, 4


def _double(bands):
    nodes = [
        helper.make_node("Conv", ["pixels", "k"], ["a"], pads=[2] * 4, group=bands),
        helper.make_node("Resize", ["a", "", "scales"], ["result"], mode="nearest"),
    ]
    return nodes, {"k": kernel(bands), "scales": np.array([1, 1, 2, 2], np.float32)}, 2, 0


def _pooled(bands):
    nodes = [
        helper.make_node("AveragePool", ["pixels"], ["a"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Resize", ["a", "", "scales"], ["result"], mode="nearest"),
    ]
    return nodes, {"scales": np.array([1, 1, 4, 4], np.float32)}, 1, 0


def _halved(bands):
    node = helper.make_node(
        "AveragePool", ["pixels"], ["result"], kernel_shape=[2, 2], strides=[2, 2]
    )
    return [node], {}, 0.5, 0


def _coarse(bands):
    nodes = [
        helper.make_node("Conv", ["pixels", "k"], ["a"], pads=[2] * 4, group=bands),
        helper.make_node("AveragePool", ["a"], ["b"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Resize", ["b", "", "scales"], ["result"], mode="nearest"),
    ]
    return nodes, {"k": kernel(bands), "scales": np.array([1, 1, 4, 4], np.float32)}, 1, 0


def _bytes(bands):
    nodes = [
        helper.make_node("Cast", ["pixels"], ["a"], to=FLOAT),
        helper.make_node("Conv", ["a", "k"], ["b"], pads=[2] * 4, group=bands),
        helper.make_node("Cast", ["b"], ["result"], to=TensorProto.UINT8),
    ]
    return nodes, {"k": kernel(bands)}, 1, 0


def _half(bands):
    conv = helper.make_node("Conv", ["pixels", "k"], ["result"], pads=[2] * 4, group=bands)
    return [conv], {"k": kernel(bands).astype(np.float16)}, 1, 0


def _normed(bands):
    nodes = [
        helper.make_node("InstanceNormalization", ["pixels", "one", "zero"], ["a"]),
        helper.make_node("Conv", ["a", "k"], ["result"], pads=[2] * 4, group=bands),
    ]
    one, zero = np.ones(bands, np.float32), np.zeros(bands, np.float32)
    return nodes, {"k": kernel(bands), "one": one, "zero": zero}, 1, 0


KINDS = {
    "plain": (_plain, FLOAT),
    "nhwc": (_nhwc, FLOAT),
    "valid": (_valid, FLOAT),
    "double": (_double, FLOAT),
    "pooled": (_pooled, FLOAT),
    "halved": (_halved, FLOAT),
    "coarse": (_coarse, FLOAT),
    "bytes": (_bytes, TensorProto.UINT8),
    "half": (_half, TensorProto.FLOAT16),
    "normed": (_normed, FLOAT),
}
"""plain: blur of 5 x 5. nhwc: the same, bands last. valid: it cuts 2 px off each side.
double: twice as many pixels. pooled: means of 4 x 4. coarse: both.
halved: means of 2 x 2. bytes, half: uint8, float16.
normed: instance norm first."""


def blurred(image: np.ndarray) -> np.ndarray:
    """What `plain` makes of (bands, rows, cols), mirrored beyond its edges, in float64."""
    padded = np.pad(image.astype(np.float64), ((0, 0), (2, 2), (2, 2)), mode="reflect")
    views = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), axis=(1, 2))
    return np.einsum("brcij,ij->brc", views, kernel(1)[0, 0].astype(np.float64))
