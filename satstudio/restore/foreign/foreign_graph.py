"""ForeignGraph: an ONNX file without a card, fed with (bands, rows, cols) whatever its layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import ModelError
from satstudio.restore.foreign.contents_check import check_contents
from satstudio.restore.foreign.description import Description, Layout
from satstudio.restore.models.model_file import open_session
from satstudio.restore.models.nodes import Node

Image = npt.NDArray[np.float32]
FLOATS: Final[dict[str, Any]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
}
INTEGERS: Final[dict[str, Any]] = {
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(uint16)": np.uint16,
    "tensor(int16)": np.int16,
    "tensor(int32)": np.int32,
}
NUMBERS: Final = {**FLOATS, **INTEGERS}
"""What an input may hold: numbers that an image of float32 becomes, whole ones by rounding."""

MOST_CHANNELS: Final = 64
"""An axis of more is one of pixels, where the shape alone has to tell."""


@dataclass(frozen=True, slots=True)
class Ends:
    """How an image goes in and comes out.

    Attributes
    ----------
    taken, given : nodes of the network
    layout, given_layout : order of their axes; an answer of three axes has one band and "nchw"
    bands : of the input
    side_px : of the only tiles that it takes; None: free
    """

    taken: Node
    given: Node
    layout: Layout
    given_layout: Layout
    bands: int
    side_px: int | None


class ForeignGraph:
    """An open network. Images are float32 (bands, rows, cols) in the network's own numbers."""

    def __init__(self, path: Path, model: Any, session: Any, ends: Ends) -> None:  # noqa: ANN401 - onnx, onnxruntime
        self.path, self.model, self.ends = path, model, ends
        self.inputs = Node.of(session.get_inputs(), path)
        self.outputs = Node.of(session.get_outputs(), path)
        self._session = session

    @classmethod
    def open(cls, path: Path, said: Description, threads: int = 1) -> Self:
        """Open an ONNX file.

        Raises
        ------
        ModelError
            If it is none, does not run here, or does not take one image and give one.
        """
        model = check_contents(path)
        session = open_session(path, threads)
        inputs = Node.of(session.get_inputs(), path)
        outputs = Node.of(session.get_outputs(), path)
        return cls(path, model, session, _ends(inputs, outputs, said, path.name))

    def run(self, image: Image) -> Image:
        """Return what it makes of an image.

        Raises
        ------
        ModelError
            If it does not take an image of this size, or answers with no image.
        """
        # lazy: heavy; loaded already by `open`
        from onnxruntime.capi.onnxruntime_pybind11_state import (
            Fail,
            InvalidArgument,
            RuntimeException,
        )

        fed = cast_to(image, NUMBERS[self.ends.taken.type])[None]
        if self.ends.layout == "nhwc":
            fed = np.ascontiguousarray(fed.transpose(0, 2, 3, 1))
        try:
            (answer,) = self._session.run([self.ends.given.name], {self.ends.taken.name: fed})
        except (Fail, InvalidArgument, RuntimeException) as error:
            raise ModelError(
                f"{self.path.name} does not take an image of {image.shape}: {error}"
            ) from error
        return self._image(answer)

    def _image(self, answer: Any) -> Image:  # noqa: ANN401 - any array
        if not isinstance(answer, np.ndarray) or answer.dtype.kind not in "fiu":
            raise ModelError(f"{self.path.name} gives no numbers as '{self.ends.given.name}'.")
        if answer.ndim == 3:
            answer = answer[:, None]
        if answer.ndim != 4 or len(answer) != 1 or not answer.size:
            raise ModelError(
                f"{self.path.name} gives {answer.shape} as '{self.ends.given.name}', which is no "
                "image; name another output (output=NAME)."
            )
        if self.ends.given_layout == "nhwc":
            answer = answer.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(answer[0], np.float32)


def per_band(values: Sequence[float]) -> Image:
    """Return a number a band as (bands, 1, 1), for images (bands, rows, cols)."""
    numbers: Image = np.asarray(values, np.float32)[:, None, None]
    return numbers


def cast_to(image: Image, kind: Any) -> Any:  # noqa: ANN401 - arrays of any kind
    """Return an image in the numbers that a network takes; whole ones are rounded and held."""
    if np.issubdtype(kind, np.floating):
        return image.astype(kind)
    bounds = np.iinfo(kind)
    return np.clip(np.floor(image.astype(np.float64) + 0.5), bounds.min, bounds.max).astype(kind)


def _ends(inputs: Sequence[Node], outputs: Sequence[Node], said: Description, name: str) -> Ends:
    if len(inputs) != 1:
        names = ", ".join(node.name for node in inputs)
        raise ModelError(f"{name} takes {len(inputs)} arrays ({names}), not one image.")
    (taken,) = inputs
    if taken.type not in NUMBERS:
        raise ModelError(f"{name} takes {taken.type}; {', '.join(NUMBERS)} can be described.")
    if len(taken.shape) != 4:
        raise ModelError(
            f"{name} takes an array of {len(taken.shape)} axes; one image has 4: "
            "(1, bands, rows, cols) or (1, rows, cols, bands)."
        )
    if taken.shape[0] not in (None, 1):
        raise ModelError(f"{name} takes {taken.shape[0]} images at once; it must take one.")
    layout: Layout = said.layout if said.layout != "found" else _layout(taken) or "nchw"
    channels, rows, cols = _axes(taken, layout)
    bands = channels or _said_bands(said)
    if bands is None:
        raise ModelError(f"{name} does not say how many bands it takes; say so (bands=3).")
    if _said_bands(said) not in (None, bands):
        raise ModelError(f"{name} takes {bands} band(s), not {_said_bands(said)}.")
    if rows != cols:
        raise ModelError(
            f"{name} takes images of {rows or 'any'} x {cols or 'any'} px; tiles are squares."
        )
    given = _given(outputs, said.output, name)
    return Ends(taken, given, layout, _given_layout(given, layout), bands, rows)


def _said_bands(said: Description) -> int | None:
    return said.bands or len(said.band_names) or None


def _given(outputs: Sequence[Node], wanted: str, name: str) -> Node:
    """Return the output that was named, else the first that may be an image."""
    if wanted:
        found = next((node for node in outputs if node.name == wanted), None)
        if found is None:
            names = ", ".join(node.name for node in outputs)
            raise ModelError(f"{name} has no output '{wanted}'; it has {names}.")
        return found
    images = [node for node in outputs if len(node.shape) in (3, 4) or not node.shape]
    if not images:
        shapes = ", ".join(f"{node.name} {node.shape}" for node in outputs)
        raise ModelError(f"{name} gives no image: {shapes}.")
    return next((node for node in images if len(node.shape) == 4), images[0])


def _axes(node: Node, layout: Layout) -> tuple[int | None, int | None, int | None]:
    """Return channels, rows, cols of a node."""
    shape = node.shape
    return (shape[3], shape[1], shape[2]) if layout == "nhwc" else (shape[1], shape[2], shape[3])


def _layout(node: Node) -> Layout | None:
    """Return the order that a shape tells; None where it tells neither."""
    if len(node.shape) != 4:
        return None
    layouts: tuple[Layout, Layout] = ("nchw", "nhwc")
    squares = [each for each in layouts if _axes(node, each)[1] == _axes(node, each)[2]]
    if len(squares) == 1:
        return squares[0]
    first, last = (side if side and side <= MOST_CHANNELS else None for side in node.shape[1::2])
    if first is None and last is None:
        return None
    if first is not None and last is not None and first != last:
        return "nchw" if first < last else "nhwc"
    return "nhwc" if first is None else "nchw"


def _given_layout(node: Node, taken: Layout) -> Layout:
    if len(node.shape) == 3:
        return "nchw"
    bands, other = node.shape[1::2] if taken == "nchw" else node.shape[3::-2]
    if bands and other and other <= MOST_CHANNELS < bands:  # where bands would be, pixels are
        return "nhwc" if taken == "nchw" else "nchw"
    return taken
