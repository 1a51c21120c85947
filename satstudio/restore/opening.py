"""open_engine: a model file or a baseline for one scene, with what its card wants around it."""

from pathlib import Path

from satstudio.core.errors import InputError, ModelError
from satstudio.core.progress import Progress
from satstudio.core.settings import task_threads
from satstudio.restore.around import around, chosen_parts
from satstudio.restore.baselines import BASELINES, baseline_name
from satstudio.restore.engines import BaselineEngine, Engine, ModelEngine, chosen_bands
from satstudio.restore.model_file import ModelCard, ModelFile
from satstudio.restore.quantities import check_quantity
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
    bands = chosen_bands(scene, recipe)
    if recipe.keep_phase and not scene.is_complex:
        raise InputError(
            f"{scene.name} has no phase to keep: its samples are {scene.dtype}, not complex."
        )
    name = baseline_name(model)
    if name is not None:
        parts = chosen_parts((), scene, recipe)
        baseline = BASELINES[name]
        return around(
            scene,
            parts,
            lambda white: BaselineEngine(name, baseline, white, recipe),
            recipe,
            progress or Progress(),
        )
    net = ModelFile.load(Path(model), recipe.threads or task_threads())
    check_fit(net.card, net.path.name, scene, len(bands))
    _check_tile(net.card, net.path.name, recipe)
    _check_input(net, recipe.tile_px or net.card.tile_px)
    parts = chosen_parts(net.card.parts, scene, recipe)
    return around(
        scene, parts, lambda white: ModelEngine(net, white, recipe), recipe, progress or Progress()
    )


def check_fit(card: ModelCard, name: str, scene: Scene, bands: int) -> None:
    """Refuse a model that does not take this scene; raises ModelError with the reason."""
    if card.takes == "noise":
        raise ModelError(f"{name} takes noise, not an image; draw samples with it instead.")
    if card.takes != "image":
        raise ModelError(f"{name} takes a {card.takes}, not one image; choose another model.")
    if card.is_complex != scene.is_complex:
        wanted = "complex samples" if card.is_complex else "real values"
        raise ModelError(f"{name} takes {wanted}; {scene.name} has {scene.dtype}.")
    if card.is_complex != (card.complex_layout == "interleaved"):
        raise ModelError(f"The card of {name} contradicts itself: is_complex and complex_layout.")
    if card.bands_in != bands:
        raise ModelError(
            f"{name} takes {card.bands_in} band(s); {bands} of {scene.name} are chosen: name its "
            "bands, or take another model."
        )
    check_quantity(card, name, scene)
    if card.scale != 1:
        raise ModelError(
            f"{name} gives {card.scale:g} pixels for one; its result has no place on the grid of "
            f"{scene.name}."
        )


def _check_tile(card: ModelCard, name: str, recipe: RestoreRecipe) -> None:
    """Refuse tiles whose numbers alone would fill the memory."""
    tile_px = recipe.tile_px or card.tile_px
    channels = max(card.bands_in, card.bands_out) * (2 if card.is_complex else 1)
    values = tile_px**2 * channels
    if values > MOST_TILE_VALUES:
        raise ModelError(
            f"A tile of {tile_px} x {tile_px} px with {channels} channel(s) is too large for "
            f"{name}: {values:,} numbers, at most {MOST_TILE_VALUES:,}; choose a smaller tile."
        )


def _check_input(net: ModelFile, tile_px: int) -> None:
    """Refuse a network whose input is not what its card, or the chosen tile, says."""
    card, name = net.card, net.path.name
    if net.input_type != "tensor(float)":
        raise ModelError(f"{name} takes {net.input_type}, not float32; export it again.")
    channels = card.bands_in * (2 if card.is_complex else 1)
    wanted = (None, channels, tile_px, tile_px)
    shape = net.input_shape
    if len(shape) != 4 or shape[1] not in (None, channels):
        raise ModelError(
            f"{name} takes an input of {shape}, but its card says {channels} channel(s); "
            "export it again."
        )
    if any(side not in (None, want) for side, want in zip(shape[2:], wanted[2:], strict=True)):
        raise ModelError(
            f"{name} takes tiles of {shape[2]} x {shape[3]} px only, not of {tile_px}; leave the "
            "tile size empty."
        )
