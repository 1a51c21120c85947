"""Checkpoints: weights, optimisers, random state, place in the data; safetensors, no pickle.

A checkpoint is one `.safetensors` file with JSON in its header and a `.sha256` file beside it that
is written last: without it, or where it disagrees, the file does not count.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from satstudio.core.errors import RunError, WriteError
from satstudio.core.files.json_text import parse_json
from satstudio.core.files.replacing import replacing, sha256_of, write_sentence, write_text
from satstudio.learn.method import Method

log = logging.getLogger(__name__)
FORMAT = 1
KEEP = 2
STEP, BEST, NEWEST = "step", "best", "newest"
HEADER = "satstudio"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file holds.

    Attributes
    ----------
    tensors : state of the method
    info : step, images, seconds, scaling, threads, ... (JSON)
    """

    path: Path
    tensors: Mapping[str, Tensor]
    info: Mapping[str, Any]

    @property
    def step(self) -> int:
        """How many steps were taken."""
        return int(self.info["step"])


def save_checkpoint(
    folder: Path,
    tensors: Mapping[str, Tensor],
    info: Mapping[str, Any],
    kind: str = STEP,
    *,
    keep: int = KEEP,
) -> Path:
    """Write `KIND-STEP.safetensors` and its hash in one piece each; older ones of the kind go.

    The last `keep` of kind `step` stay, this one only of every other kind.
    """
    path = folder / f"{kind}-{int(info['step']):09d}.safetensors"
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {HEADER: json.dumps({"format": FORMAT, **info}, allow_nan=False)}
    _side(path).unlink(missing_ok=True)
    with replacing(path) as part:
        _write(plain, part, header, path)
    write_text(_side(path), f"{sha256_of(path)}  {path.name}\n")
    others = [one for one in _files(folder, kind) if one != path]
    stay = keep - 1 if kind == STEP else 0
    for old in others[: max(len(others) - stay, 0)]:
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
            info = parse_json((stream.metadata() or {})[HEADER])
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - no mapping
    except (OSError, IndexError, KeyError, ValueError, SafetensorError) as error:
        raise RunError(f"Checkpoint {path} cannot be read: {error}.") from error
    if info.get("format") != FORMAT:
        raise RunError(
            f"Checkpoint {path} has format {info.get('format')}, this program reads {FORMAT}."
        )
    return Checkpoint(path, tensors, info)


def newest_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the newest whole checkpoint; a damaged one is passed over with a line in the log.

    Returns None where there is none at all.

    Raises
    ------
    RunError
        If there are files but none is whole.
    """
    files = _files(folder, STEP)
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
    for path in reversed(_files(folder, BEST)):
        try:
            return load_checkpoint(path)
        except RunError as error:
            log.warning("%s The newest checkpoint is taken.", error)
    newest = newest_checkpoint(folder)
    if newest is None:
        raise RunError(f"{folder.parent} has no checkpoint yet; train it first.")
    return newest


def chosen_checkpoint(folder: Path, which: str = BEST) -> Checkpoint:
    """Return the checkpoint that a user names.

    Parameters
    ----------
    which : `best` (the newest where there is no best), `newest`, the number of a step that is
        kept, or a checkpoint's file, also of another run with the same networks

    Raises
    ------
    RunError
        If there is none of that name, or it is not whole.
    """
    if which == BEST:
        return shown_checkpoint(folder)
    if which == NEWEST:
        found = newest_checkpoint(folder)
        if found is None:
            raise RunError(f"{folder.parent} has no checkpoint yet; train it first.")
        return found
    names = [f"{kind}-{int(which):09d}.safetensors" for kind in (STEP, BEST)] if (
        which.isdecimal()
    ) else [which]  # fmt: skip
    for path in (folder / name for name in names):  # an absolute one stays what it is
        if path.is_file():
            return load_checkpoint(path)
    raise RunError(f"{folder.parent} has no checkpoint '{which}'; it has {_offers(folder)}.")


def _offers(folder: Path) -> str:
    """Return what can be chosen, in words."""
    best, steps = ([_step_text(path) for path in _files(folder, kind)] for kind in (BEST, STEP))
    offers = [f"best (step {step})" for step in best[-1:]]
    offers += [f"newest (step {step})" for step in steps[-1:]]
    return ", ".join([*offers, *(f"step {step}" for step in steps[:-1])]) or "none yet"


def _step_text(path: Path) -> str:
    return path.stem.rpartition("-")[2].lstrip("0") or "0"


def best_info(folder: Path) -> dict[str, Any]:
    """Return step and figures of the best checkpoint; empty where there is no whole one."""
    for path in reversed(_files(folder, BEST)):
        try:
            return dict(load_checkpoint(path).info["best"])
        except RunError as error:
            log.warning("%s Another one is chosen.", error)
    return {}


def load_into(method: Method, found: Checkpoint) -> None:
    """Let a method go on from a checkpoint; raises RunError where that is of another network."""
    try:
        method.load_state(found.tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        why = " ".join(str(error).split())
        raise RunError(f"Checkpoint {found.path} does not fit the recipe: {why}.") from error


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"{kind}-*.safetensors"))


def _side(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")
