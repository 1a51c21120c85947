"""Checkpoints: weights, optimisers, random state, place in the data; safetensors, no pickle.

A checkpoint is one `.safetensors` file with JSON in its header and a `.sha256` file beside it that
is written last: without it, or where it disagrees, the file does not count.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from satstudio.core.errors import RunError, WriteError
from satstudio.core.files import replacing, sha256_of, write_sentence, write_text

log = logging.getLogger(__name__)
FORMAT = 1
KEEP = 2
HEADER = "satstudio"
OWN = re.compile(r"[a-z]+-\d{9}\.safetensors(\.sha256)?")
"""What files of checkpoints are called; others in their folder are not this program's."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file holds.

    Attributes
    ----------
    tensors : state of the method
    facts : step, images, seconds, scaling, threads, ... (JSON)
    """

    path: Path
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]

    @property
    def step(self) -> int:
        """How many steps were taken."""
        return int(self.facts["step"])


def save_checkpoint(
    folder: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any], kind: str = "step"
) -> Path:
    """Write `KIND-STEP.safetensors` and its hash in one piece each; older ones of the kind go.

    The last two of kind `step` stay, the last one of every other kind.
    """
    path = folder / f"{kind}-{int(facts['step']):09d}.safetensors"
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {HEADER: json.dumps({"format": FORMAT, **facts}, allow_nan=False)}
    _side(path).unlink(missing_ok=True)
    with replacing(path) as part:
        _write(plain, part, header, path)
    write_text(_side(path), f"{sha256_of(path)}  {path.name}\n")
    for old in _files(folder, kind)[: -(KEEP if kind == "step" else 1)]:
        _side(old).unlink(missing_ok=True)
        old.unlink()
    return path


def _write(tensors: Mapping[str, Tensor], part: Path, header: dict[str, str], path: Path) -> None:
    try:
        save_file(dict(tensors), part, header)
    except SafetensorError as error:
        raise WriteError(write_sentence(path, error)) from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read one file.

    Raises
    ------
    RunError
        If it is missing, not whole, or of another format.
    """
    try:
        told = _side(path).read_text("utf-8").split()[0]
        if told != sha256_of(path):
            raise RunError(f"Checkpoint {path} is damaged: its SHA-256 is not the one beside it.")
        with safe_open(path, "pt") as stream:
            facts = json.loads((stream.metadata() or {})[HEADER])
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - no mapping
    except (OSError, IndexError, KeyError, ValueError, SafetensorError) as error:
        raise RunError(f"Checkpoint {path} cannot be read: {error}.") from error
    if facts.get("format") != FORMAT:
        raise RunError(
            f"Checkpoint {path} has format {facts.get('format')}, this program reads {FORMAT}."
        )
    return Checkpoint(path, tensors, facts)


def newest_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the newest whole checkpoint; a damaged one is passed over with a line in the log.

    Returns None where there is none at all.

    Raises
    ------
    RunError
        If there are files but none is whole.
    """
    files = _files(folder, "step")
    for path in reversed(files):
        try:
            return load_checkpoint(path)
        except RunError as error:
            log.warning("%s The one before it is taken.", error)
    if files:
        raise RunError(f"No checkpoint in {folder} is whole; the run cannot go on. Train anew.")
    return None


def shown_checkpoint(folder: Path) -> Checkpoint:
    """Return the checkpoint that images and exports are made from: the best, else the newest.

    Raises
    ------
    RunError
        If the run has no whole checkpoint.
    """
    for path in reversed(_files(folder, "best")):
        try:
            return load_checkpoint(path)
        except RunError as error:
            log.warning("%s The newest checkpoint is taken.", error)
    newest = newest_checkpoint(folder)
    if newest is None:
        raise RunError(f"{folder.parent} has no checkpoint yet; train it first.")
    return newest


def has_checkpoint(folder: Path) -> bool:
    """Tell whether a folder holds files of checkpoints, whole or not."""
    return any(OWN.fullmatch(path.name) for path in folder.glob("*.safetensors"))


def remove_checkpoints(folder: Path) -> None:
    """Remove all checkpoints of a run, and nothing else that lies there."""
    for path in folder.iterdir():
        if OWN.fullmatch(path.name):
            path.unlink()


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"{kind}-*.safetensors"))


def _side(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")
