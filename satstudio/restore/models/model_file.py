"""ModelFile: an open ONNX file that says how to feed it, by the roles of its ports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from satstudio.core.environment import forbid_telemetry
from satstudio.core.errors import ModelError, OutOfMemoryError
from satstudio.restore.models.card_texts import is_card
from satstudio.restore.models.deepness_card import Standard, deepness_card
from satstudio.restore.models.deepness_keys import DeepnessKeys
from satstudio.restore.models.model_card import NOISE_ROLE, ModelCard
from satstudio.restore.models.nodes import Node
from satstudio.restore.pieces.memory import says_out_of_memory

Floats = npt.NDArray[np.float32]


class ModelFile:
    """An open model file; runs on the CPU.

    Attributes
    ----------
    inputs, outputs : nodes of the network by role, in the card's order
    standard : what is done to each band of what is fed, of files with Deepness' metadata
    """

    def __init__(
        self,
        path: Path,
        card: ModelCard,
        session: Any,  # noqa: ANN401 - onnxruntime has no types
        standard: Standard | None = None,
    ) -> None:
        self.path = path
        self.standard = standard
        self.card = card
        self._session = session
        taken = [port.role for port in card.inputs]
        given = [port.role for port in card.outputs]
        if card.latent is not None or not taken:
            taken.append(NOISE_ROLE)
        for entry in card.entries:
            taken += [name for name in entry.inputs if name not in taken]
            given += [name for name in entry.outputs if name not in given]
        nodes = Node.of(session.get_inputs(), path)
        made = Node.of(session.get_outputs(), path)
        self.inputs = _by_role(taken, nodes, f"{path.name} takes", is_free=len(nodes) == 1)
        self.outputs = _by_role(given, made, f"{path.name} gives", is_free=True)

    @classmethod
    def load(cls, path: Path, threads: int = 1) -> Self:
        """Open a model file; one without a card, but with Deepness' metadata, has one of these.

        Raises
        ------
        ModelError
            If it is missing, no ONNX file, has no card, or its inputs are not those of its card.
        """
        session = open_session(path, threads)
        metadata = metadata_of(session, path)
        keys = None if is_card(metadata) else DeepnessKeys.read(metadata, path)
        if keys is None:
            return cls(path, ModelCard.from_metadata(metadata, path), session)
        nodes = Node.of(session.get_inputs(), path)
        made = Node.of(session.get_outputs(), path)
        card, standard = deepness_card(keys, nodes, made, path)
        return cls(path, card, session, standard)

    def run(self, given: Floats | Mapping[str, Floats]) -> Floats:
        """Run the network, in its own numbers and layout (see `ModelCard`), to its first output.

        Parameters
        ----------
        given : of the only input, or of each input by role

        Raises
        ------
        ModelError
            If the network does not take this batch.
        """
        return next(iter(self.answers(given).values()))

    def answers(self, given: Floats | Mapping[str, Floats], entry: str = "") -> dict[str, Floats]:
        """Do what `run` does, for all outputs by role, or for those of one of the card's entries.

        Raises
        ------
        ModelError
            If the network does not take this, or has no such entry.
        OutOfMemoryError
            If it wants more memory than there is.
        """
        # lazy: heavy; loaded already by `load`
        from onnxruntime import RunOptions
        from onnxruntime.capi.onnxruntime_pybind11_state import (
            Fail,
            InvalidArgument,
            RuntimeException,
        )

        arrays = given if isinstance(given, Mapping) else {next(iter(self.inputs)): given}
        options = RunOptions()
        options.only_execute_path_to_fetches = bool(self.card.entries)
        wanted = self._wanted(entry)
        fed = self._fed(arrays, entry)
        try:
            found = self._session.run([self.outputs[role].name for role in wanted], fed, options)
        except (Fail, InvalidArgument, RuntimeException) as error:
            shapes = ", ".join(
                f"{role} {array.shape}" if len(self.inputs) > 1 else f"{array.shape}"
                for role, array in arrays.items()
            )
            if says_out_of_memory(error):
                raise OutOfMemoryError(
                    f"The memory does not suffice for {self.path.name} on a batch of shape "
                    f"{shapes}; take smaller tiles, or close other programs."
                ) from error
            raise ModelError(
                f"{self.path.name} does not take a batch of shape {shapes}: {error}"
            ) from error
        return dict(zip(wanted, found, strict=True))

    def _wanted(self, entry: str) -> tuple[str, ...]:
        if not entry:
            return self.card.entries[0].outputs if self.card.entries else tuple(self.outputs)
        found = next((each for each in self.card.entries if each.name == entry), None)
        if found is None:
            has = ", ".join(each.name for each in self.card.entries) or "none"
            raise ModelError(f"{self.path.name} has no entry '{entry}'; it has {has}.")
        return found.outputs

    def _fed(self, arrays: Mapping[str, Floats], entry: str) -> dict[str, Floats]:
        """Return arrays by the network's own names; of inputs that are not on the way, zeros."""
        unknown = next((role for role in arrays if role not in self.inputs), None)
        if unknown is not None:
            has = ", ".join(self.inputs)
            raise ModelError(f"{self.path.name} has no input '{unknown}'; it has {has}.")
        needed = set(self.inputs)
        for each in self.card.entries[:1] if not entry else self.card.entries:
            if entry in ("", each.name):
                needed = set(each.inputs)
        lost = next((role for role in self.inputs if role in needed and role not in arrays), None)
        if lost is not None:
            raise ModelError(f"{self.path.name} needs the input '{lost}' too.")
        fed = {}
        for role, node in self.inputs.items():
            empty = np.zeros([side or 1 for side in node.shape], np.float32)
            values = arrays.get(role, empty)
            fed[node.name] = values if self.standard is None else self.standard.applied(values)
        return fed


def _by_role(
    roles: list[str], nodes: Sequence[Node], whose: str, *, is_free: bool
) -> dict[str, Node]:
    """Return nodes by role; a single role's node, the first, may have any name where `is_free`."""
    names = {node.name: node for node in nodes}
    if len(roles) == 1 and is_free and nodes and roles[0] not in names:
        return {roles[0]: nodes[0]}
    lost = [role for role in roles if role not in names]
    if lost:
        raise ModelError(
            f"{whose} {', '.join(names) or 'nothing'}, but its card says {', '.join(roles)}; "
            "export it again."
        )
    return {role: names[role] for role in roles}


def read_card(path: Path) -> ModelCard:
    """Read the card of a model file; raises ModelError where it is none."""
    return ModelFile.load(Path(path)).card


def describe_card(path: Path) -> dict[str, Any]:
    """Return the card of a model file for tables; raises ModelError where it is none."""
    return read_card(path).described()


def metadata_of(session: Any, path: Path) -> Mapping[str, str]:  # noqa: ANN401 - onnxruntime
    """Return the metadata of an open ONNX file; raises ModelError where it is no text."""
    try:
        found: Mapping[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError as error:
        raise ModelError(
            f"The metadata of {path.name} is no UTF-8 text: the file is damaged; export it again."
        ) from error
    return found


def open_session(path: Path, threads: int = 1) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """Open an ONNX file on the CPU; raises ModelError where it is none that runs here."""
    forbid_telemetry()
    import onnxruntime  # lazy: 30 MB of libraries that most commands do not need
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    if not path.is_file():
        raise ModelError(f"There is no model file {path}.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    damaged = (
        f"{path.name} is no ONNX model that runs here: the file is damaged or of another kind."
    )
    try:
        session = onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        has_input = bool(session.get_inputs())
    except (state.InvalidProtobuf, UnicodeDecodeError) as error:  # also of names that are no text
        raise ModelError(damaged) from error
    except (
        state.Fail,
        state.InvalidGraph,
        state.InvalidArgument,
        state.NotImplemented,
        OSError,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{path.name} is no ONNX model that runs here: {reason}") from error
    if not has_input:
        raise ModelError(f"{path.name} is an ONNX model without any input; it cannot be fed.")
    return session
