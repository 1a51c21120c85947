"""send, receive, built: one message between the program and its reader process, JSON and arrays.

A message is the length of its head (4 bytes), the head as JSON, and the bytes of the arrays that
the head lists. Nothing in it can run code.
"""

import dataclasses
import json
import os
import struct
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Arrays = Sequence[npt.NDArray[Any]]
LONGEST_HEAD = 64 * 2**20
KINDS = "biufc"
"""Of numpy: what pixels may be."""


def send(descriptor: int, head: Mapping[str, Any], arrays: Arrays = ()) -> None:
    """Write a message; raises OSError where nobody reads any more."""
    listed = [[array.dtype.str, array.shape] for array in arrays]
    text = json.dumps({**head, "arrays": listed}, default=str).encode()
    _write(descriptor, struct.pack(">I", len(text)) + text)
    for array in arrays:
        _write(descriptor, np.ascontiguousarray(array).reshape(-1).view(np.uint8))


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """Read a message.

    Raises
    ------
    EOFError
        If the other side ended, also in the middle of a message.
    ValueError
        If what came is no message.
    """
    (length,) = struct.unpack(">I", _read(stream, bytearray(4)))
    if length > LONGEST_HEAD:
        raise ValueError(f"a head of {length} bytes")
    head = json.loads(_read(stream, bytearray(length)))
    return head, [_array(stream, kind, shape) for kind, shape in head.pop("arrays")]


def _array(stream: IO[bytes], kind: str, shape: Sequence[int]) -> npt.NDArray[Any]:
    dtype = np.dtype(kind)
    if dtype.kind not in KINDS:
        raise ValueError(f"an array of {kind}")
    array: npt.NDArray[Any] = np.empty(shape, dtype)
    _read(stream, array.reshape(-1).view(np.uint8))
    return array


def _write(descriptor: int, data: Any) -> None:  # noqa: ANN401 - any buffer
    view = memoryview(data)
    while len(view):
        view = view[os.write(descriptor, view) :]


def _read(stream: IO[bytes], data: Any) -> Any:  # noqa: ANN401 - any writable buffer
    view = memoryview(data)
    while len(view):
        count = stream.readinto(view)  # type: ignore[attr-defined] # a FileIO
        if not count:
            raise EOFError
        view = view[count:]
    return data


def built(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any type hint, any JSON
    """Make a value of a type again from its JSON: dataclasses, tuples, mappings, paths, optionals.

    `json.dumps(dataclasses.asdict(value), default=str)` is the way there.
    """
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: built(hints[name], item) for name, item in value.items()})  # type: ignore[operator] # a class
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        kinds = arguments[:1] * len(value) if arguments[1:] == (...,) else arguments
        return tuple(built(one, item) for one, item in zip(kinds, value, strict=True))
    if origin in (Mapping, dict):
        return {arguments[0](key): built(arguments[1], item) for key, item in value.items()}
    if origin in (typing.Union, types.UnionType):
        (some,) = (one for one in arguments if one is not types.NoneType)
        return None if value is None else built(some, value)
    return Path(value) if kind is Path else value
