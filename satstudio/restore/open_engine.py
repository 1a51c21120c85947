"""open_engine: a model file or a baseline for one scene, with what its card wants around it."""

from pathlib import Path

from satstudio.core.errors import InputError, ModelError
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.system.machine import task_threads
from satstudio.restore.around import around, chosen_parts
from satstudio.restore.baselines import BASELINES, baseline_name
from satstudio.restore.by_role.baseline_network import BaselineNetwork
from satstudio.restore.by_role.model_network import ModelNetwork
from satstudio.restore.engines import BaselineEngine, Engine, chosen_bands
from satstudio.restore.model_engine import ModelEngine
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import ModelFile
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.scene import Scene

MOST_TILE_VALUES = 2**28
"""Numbers (1 GiB) of one tile as a network takes or gives it."""


def open_engine(
    model: str | Path, scene: Scene, recipe: RestoreRecipe, progress: Progress | None = None
) -> Engine:
    """Open a model file or `baseline:NAME` for a scene.

    Parameters
    ----------
    progress : asked whether to stop while the mean power is measured, seconds on a large scene

    Raises
    ------
    ModelError
        If the model does not fit the scene, with the reason.
    InputError
        If a choice does not fit, or there is no such baseline.
    """
    chosen_bands(scene, recipe)
    if recipe.keep_phase and not scene.is_complex:
        raise InputError(
            f"{scene.name} has no phase to keep: its samples are {scene.dtype}, not complex."
        )
    progress = progress or Progress()
    name = baseline_name(model)
    if name is not None:
        return _of_baseline(name, scene, recipe, progress)
    if recipe.own:
        raise InputError(f"{Path(model).name} is a model file and has no options of its own.")
    net = ModelFile.load(Path(model), recipe.threads or task_threads())
    check_fit(net.card, net.path.name)
    _check_tile(net.card, net.path.name, recipe)
    for port in net.card.inputs:
        _check_input(net, port, recipe.tile_px or net.card.tile_px)
    parts = chosen_parts(net.card.parts, scene, recipe)
    network = ModelNetwork(net)
    return around(
        scene, parts, lambda white: ModelEngine(network, white, recipe, progress), recipe, progress
    )


def card_for(model: str | Path, scene: Scene, recipe: RestoreRecipe) -> ModelCard | None:
    """Return the card of a model file, or of a baseline by role bound to a scene; None: a filter.

    Raises
    ------
    SatstudioError
        If there is no such model, or it is damaged.
    """
    name = baseline_name(model)
    if name is None:
        return ModelFile.load(Path(model)).card
    baseline = BASELINES[name]
    return BaselineNetwork.bound(name, baseline, scene, recipe).card if baseline.inputs else None


def _of_baseline(name: str, scene: Scene, recipe: RestoreRecipe, progress: Progress) -> Engine:
    """Open a filter of one image, or a baseline of images by role as a model file is opened."""
    baseline = BASELINES[name]
    parts = chosen_parts((), scene, recipe)
    if baseline.inputs:
        network = BaselineNetwork.bound(name, baseline, scene, recipe)
        return ModelEngine(network, scene, recipe, progress)
    if recipe.inputs:
        raise InputError(f"{name} is a filter and takes one image; leave out --input.")
    return around(
        scene,
        parts,
        lambda white: BaselineEngine(name, baseline, white, recipe),
        recipe,
        progress,
    )


def check_fit(card: ModelCard, name: str) -> None:
    """Refuse a model that restores nothing; raises ModelError with the reason."""
    if card.takes == "noise":
        raise ModelError(f"{name} takes noise, not an image; draw samples with it instead.")
    if card.latent is not None:
        raise ModelError(f"{name} takes noise beside its images; draw samples with it instead.")
    if card.outputs[0].frames != (1, 1):
        raise ModelError(f"{name} gives several images of one place; a result is one image.")


def _check_tile(card: ModelCard, name: str, recipe: RestoreRecipe) -> None:
    """Refuse tiles whose numbers alone would fill the memory."""
    tile_px = recipe.tile_px or card.tile_px
    ports = (*card.inputs, *card.outputs)
    channels = max(
        _channels(port) * max(float(port.scale), 1.0) ** 2 * port.frames[0] for port in ports
    )
    values = int(tile_px**2 * channels)
    if values > MOST_TILE_VALUES:
        raise ModelError(
            f"A tile of {tile_px} x {tile_px} px with {channels:g} channel(s) is too large for "
            f"{name}: {values:,} numbers, at most {MOST_TILE_VALUES:,}; choose a smaller tile."
        )


def _check_input(net: ModelFile, port: BoundPort, tile_px: int) -> None:
    """Refuse a network whose input is not what its card, or the chosen tile, says."""
    node, name = net.inputs[port.role], net.path.name
    if node.type != "tensor(float)":
        raise ModelError(f"{name} takes {node.type}, not float32; export it again.")
    channels, shape = _channels(port), node.shape
    axes = 4 if port.frames == (1, 1) else 5
    if len(shape) != axes or shape[-3] not in (None, channels):
        raise ModelError(
            f"{name} takes an input of {shape}, but its card says {channels} channel(s)"
            f"{'' if axes == 4 else ' of several images'}; export it again."
        )
    side = tile_px * port.scale
    if any(free not in (None, side) for free in shape[-2:]):
        raise ModelError(
            f"{name} takes tiles of {shape[-2]} x {shape[-1]} px only, not of {side}; leave the "
            "tile size empty."
        )


def _channels(port: BoundPort) -> int:
    return (port.band_count or 1) * (2 if port.is_complex else 1)
