"""tile_bytes: how much memory a network takes for a tile, by the sizes of what it makes."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FLOAT_BYTES = 4
ARENA = 2
"""ONNX Runtime takes its memory in pieces of doubled size."""

Shape = tuple[int, ...]


def tile_bytes(model: Path, shapes: Mapping[str, Shape]) -> int:
    """Estimate the memory of one run of a network: the most that is alive at a time, doubled.

    Parameters
    ----------
    model : an ONNX file that ONNX Runtime opens
    shapes : of its inputs, by the network's own names

    Returns
    -------
    int
        Bytes, without weights. What has a size that the graph does not tell counts as what it is
        made from.
    """
    import onnx  # lazy: only where memory may be short

    graph = onnx.load(model, load_external_data=False)
    for node in graph.graph.input:
        for axis, side in zip(
            node.type.tensor_type.shape.dim, shapes.get(node.name, ()), strict=False
        ):
            axis.dim_value = side
    known = onnx.shape_inference.infer_shapes(graph, data_prop=True).graph
    sizes = {
        value.name: _count(value) for value in (*known.input, *known.value_info, *known.output)
    }
    return ARENA * FLOAT_BYTES * _most_alive(known, sizes)


def _most_alive(graph: Any, sizes: dict[str, int]) -> int:  # noqa: ANN401 - onnx has no types
    """Return the most numbers that are needed at a time when nodes run in their order."""
    last = {name: at for at, node in enumerate(graph.node) for name in node.input}
    kept = {value.name for value in graph.output}
    alive = {value.name: sizes.get(value.name, 0) for value in graph.input}
    most = sum(alive.values())
    for at, node in enumerate(graph.node):
        made_from = max((alive.get(name, 0) for name in node.input), default=0)
        for name in node.output:
            alive[name] = sizes.get(name) or made_from
        most = max(most, sum(alive.values()))
        for name in {*node.input}:
            if last[name] == at and name not in kept:
                alive.pop(name, None)
    return most


def _count(value: Any) -> int:  # noqa: ANN401 - as above
    """Return how many numbers a value holds; 0 where an axis is not known."""
    return math.prod(axis.dim_value for axis in value.type.tensor_type.shape.dim)
