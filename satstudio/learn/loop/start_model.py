"""start_from: a new run begins with the weights of a model file instead of random ones."""

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch

from satstudio.core.errors import ModelError, RunError
from satstudio.core.port import BoundPort
from satstudio.core.recipe import Recipe
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.learn.method import METHODS, Method
from satstudio.learn.model_weights import UnfitError, Weights, file_weights
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.set_up import Setup
from satstudio.restore.models.model_file import read_card


@runtime_checkable
class Startable(Method, Protocol):
    """A method that can begin with the weights of its own exported network."""

    def start_from(self, weights: Weights) -> str:
        """Take the weights of a model file before the first step.

        Returns
        -------
        str
            What has fresh weights all the same, as a sentence; empty where nothing has.

        Raises
        ------
        UnfitError
            If they are those of other networks; nothing has changed then.
        """
        ...


@runtime_checkable
class KnowsOptions(Protocol):
    """A method that reads options of a network from its weights."""

    def options_of(self, weights: Weights) -> Mapping[str, int]:
        """Return the options that the network of a file was made with; nothing of a foreign one."""
        ...


def start_from(file: str | None, setup: Setup) -> dict[str, Any]:
    """Let a method begin with the weights of a model file, if there is to be one.

    Returns
    -------
    dict
        What run.json says of the file: path, sha256, and `fresh`, what it gave no weights for;
        empty without a file.

    Raises
    ------
    ModelError
        If the file is missing, no model of satstudio, one of another method, or of networks that
        this recipe does not make.
    RunError
        If the method cannot begin with weights.
    """
    if file is None:
        return {}
    path, method = Path(file), setup.method
    if not isinstance(method, Startable):
        raise RunError(f"{setup.kind.title} cannot start from weights; leave 'start' empty.")
    card = read_card(path)
    if card.method != setup.name:
        raise ModelError(
            f"{path.name} was trained with '{card.method}', not with '{setup.name}'; only a "
            "model of the same method can be started from."
        )
    content = path.read_bytes()
    weights = file_weights(path, content)
    try:
        fresh = method.start_from(weights)
    except UnfitError as error:
        found = method.options_of(weights) if isinstance(method, KnowsOptions) else {}
        ports = {port.role: port for port in (*card.inputs, *card.outputs) if not port.mask_of}
        presets = _presets_for(weights, setup.name, tuple(ports.values()))
        advice = _advice(setup.options, found, presets)
        raise ModelError(f"Cannot start from {path.name}: it {error}.{advice}") from error
    return {
        "path": str(path.absolute()),
        "sha256": hashlib.sha256(content).hexdigest(),
        "fresh": fresh,
    }


def start_run_part(
    file: str | None, setup: Setup, run_dir: Path, *, is_resumed: bool
) -> dict[str, Any]:
    """Do what `start_from` does, unless the run goes on from a checkpoint of its own.

    A run that was killed before its first checkpoint starts from the file again, which must be
    what it was.

    Raises
    ------
    ModelError, RunError
        As `start_from`; also where the file has changed since the run began.
    """
    run = RunFolder(run_dir)
    if is_resumed and newest_checkpoint(run.checkpoints) is not None:
        return {}
    found = start_from(file, setup)
    earlier = run.info().get("start", {}) if is_resumed else {}
    if found and earlier.get("sha256", found["sha256"]) != found["sha256"]:
        raise RunError(
            f"{run_dir} began with other weights: {found['path']} has changed since, and the run "
            "has no checkpoint yet; begin it anew (--overwrite)."
        )
    return found


def _advice(options: Recipe, found: Mapping[str, int], presets: list[str]) -> str:
    """Return which options and presets a file is of, where they are not those chosen."""
    texts = []
    chosen = {name: getattr(options, name) for name in found}
    if found != chosen:
        theirs = " and ".join(f"{name} = {value}" for name, value in found.items())
        own = " and ".join(map(str, chosen.values()))
        texts.append(f" Its network has {theirs}, this recipe {own}.")
    if presets:
        named = " or ".join(f"'{preset}'" for preset in presets)
        texts.append(f" Choose the preset {named}, which it is of.")
    elif texts:
        texts.append(" Choose these.")
    return "".join(texts)


def _presets_for(weights: Weights, name: str, ports: Sequence[BoundPort]) -> list[str]:
    """Return the presets of a method whose networks can take these weights."""
    fit = []
    for preset in METHODS[name].presets:
        options = TrainRecipe(method=name, preset=preset).chosen()
        method = METHODS[name].make(options, ports, 0, torch.device("cpu"))
        with contextlib.suppress(RunError, UnfitError):
            if isinstance(method, Startable):
                method.start_from(weights)
                fit.append(preset)
    return fit
