"""normalised: the graph of a foreign network with our layout around it; its weights unchanged.

Before the network: standardization by band where the bands differ, rounding to whole numbers, the
type that it takes, the order of its axes. After it: the same backwards, and what it cut off.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from satstudio.restore.foreign.findings import Findings
from satstudio.restore.foreign.foreign_graph import INTEGERS, NUMBERS, ForeignGraph, per_band

Constant = npt.NDArray[Any] | np.float32
MARK: Final = "satstudio_"
"""Begins the names of all that is added."""

INPUT, OUTPUT = "input", "output"


class Chain:
    """Nodes one after another; each takes what the last one gives.

    Parameters
    ----------
    name : of the array that the first one takes
    opset : version of the operators
    """

    def __init__(self, name: str, begins: str, opset: int) -> None:
        self.last = begins
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self._name = name
        self._opset = opset

    def add(self, kind: str, *arrays: Constant, **attributes: Any) -> None:  # noqa: ANN401 - of any operator
        """Add an operator with constant inputs after the first."""
        import onnx  # lazy: only who writes model files needs it

        number = len(self.nodes)
        names = [f"{MARK}{self._name}_{number}_{index}" for index in range(len(arrays))]
        self.weights += [
            onnx.numpy_helper.from_array(np.asarray(array), name)
            for array, name in zip(arrays, names, strict=True)
        ]
        made = f"{MARK}{self._name}_{number}"
        node = onnx.helper.make_node(kind, [self.last, *names], [made], made, **attributes)
        self.nodes.append(node)
        self.last = made

    def add_axes(self, kind: str, key: str, values: Sequence[int]) -> None:
        """Add an operator whose whole numbers were an attribute once and are an input now."""
        since = {"Unsqueeze": 13, "Pad": 11}[kind]
        if self._opset >= since:
            self.add(kind, np.array(values, np.int64))
        else:
            self.add(kind, **{key: list(values)})

    def end(self, name: str) -> None:
        """Let the last one give this array."""
        import onnx  # lazy: only who writes model files needs it

        if not self.nodes:
            self.nodes.append(onnx.helper.make_node("Identity", [self.last], [name], MARK + name))
        else:
            self.nodes[-1].output[0] = name
        self.last = name


def normalised(net: ForeignGraph, found: Findings) -> Any:  # noqa: ANN401 - onnx has no types
    """Return a model that takes `input` (1, bands, rows, cols) float32 and gives `output`.

    `input` is value / top, or where all bands have one mean and std what the network is fed; of
    `output` the same holds for what is to be undone. See `scalings`.
    """
    import onnx  # lazy: only who writes model files needs it

    model = onnx.ModelProto()
    model.CopyFrom(net.model)
    graph = model.graph
    opset = next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 1)
    taken, given = net.ends.taken.name, net.ends.given.name
    outer_in, outer_out = free_name(graph, INPUT), free_name(graph, OUTPUT)
    before = _before(net, found, opset, outer_in)
    before.end(taken)
    after = _after(net, found, opset, given)
    after.end(outer_out)
    inner = list(graph.node)
    del graph.node[:]
    graph.node.extend([*before.nodes, *inner, *after.nodes])
    graph.initializer.extend([*before.weights, *after.weights])
    weights = {each.name for each in graph.initializer}
    named = [each for each in graph.input if each.name in weights]  # as old files list them
    batch, side = net.ends.taken.shape[0] or "n", net.ends.side_px
    sides = (side, side) if side else ("rows", "cols")
    made = [int(side * _ratio(found))] * 2 if side else ["rows_made", "cols_made"]
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    del graph.input[:], graph.output[:]
    graph.input.extend(
        [helper.make_tensor_value_info(outer_in, kind, [batch, found.bands_in, *sides]), *named]
    )
    graph.output.extend(
        [helper.make_tensor_value_info(outer_out, kind, [batch, found.bands_out, *made])]
    )
    return model


def is_by_band(found: Findings) -> bool:
    """Tell whether bands have means or deviations of their own, which one scaling cannot say."""
    return len(set(found.mean)) > 1 or len(set(found.std)) > 1


def _ratio(found: Findings) -> float:
    above, _, below = found.ratio.partition("/")
    return int(above) / int(below or 1)


def _before(net: ForeignGraph, found: Findings, opset: int, begins: str) -> Chain:
    import onnx  # lazy: only who writes model files needs it

    chain = Chain("before", begins, opset)
    if is_by_band(found):
        mean, std = (per_band(each) for each in (found.mean, found.std))
        chain.add("Sub", mean)
        chain.add("Div", std)
    if net.ends.taken.type in INTEGERS:
        bounds = np.iinfo(INTEGERS[net.ends.taken.type])
        chain.add("Add", np.float32(0.5))
        chain.add("Floor")
        chain.add("Max", np.float32(bounds.min))
        chain.add("Min", np.float32(bounds.max))
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(NUMBERS[net.ends.taken.type]))
    if kind != onnx.TensorProto.FLOAT:
        chain.add("Cast", to=kind)
    if net.ends.layout == "nhwc":
        chain.add("Transpose", perm=[0, 2, 3, 1])
    return chain


def _after(net: ForeignGraph, found: Findings, opset: int, begins: str) -> Chain:
    import onnx  # lazy: only who writes model files needs it

    chain = Chain("after", begins, opset)
    if net.ends.given.type != "tensor(float)":
        chain.add("Cast", to=onnx.TensorProto.FLOAT)
    if len(net.ends.given.shape) == 3:
        chain.add_axes("Unsqueeze", "axes", [1])
    if net.ends.given_layout == "nhwc":
        chain.add("Transpose", perm=[0, 3, 1, 2])
    if found.crop_px:
        lost = int(found.crop_px * _ratio(found))
        chain.add_axes("Pad", "pads", [0, 0, lost, lost, 0, 0, lost, lost])
    if is_by_band(found) and found.undo == "all":
        mean, std = (per_band(each) for each in (found.mean, found.std))
        chain.add("Mul", std)
        chain.add("Add", mean)
    return chain


def free_name(graph: Any, wanted: str) -> str:  # noqa: ANN401 - onnx has no types
    """Return a name that nothing in a graph has."""
    taken = {each.name for each in (*graph.input, *graph.output, *graph.initializer)}
    for node in graph.node:
        taken.update((*node.input, *node.output))
    name = wanted
    while name in taken:
        name = MARK + name
    return name
