"""score_critic: how far a critic tells real from generated images at a fixed time, by epoch."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.learn.adversarial.spaces import SpaceKind, spectral
from satstudio.learn.experiments.epochs import train_to
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.method import Generator
from satstudio.learn.setup.batches import Batches, as_tensor
from satstudio.learn.setup.data import TrainingData, open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.set_up import set_up

SEEN_STREAM = 0x637269


@runtime_checkable
class CriticHolder(Generator, Protocol):
    """A generator that learns against a critic.

    Attributes
    ----------
    critic : images (n, channels, rows, cols) in the space to one score each
    sigma : standard deviation of the noise of one step
    """

    critic: nn.Module
    sigma: float


class LookedAt(Recipe):
    """Which images a critic scores, and how they are seen: `images` of each kind."""

    space: SpaceKind
    time: float
    first_seed: int
    images: int

    @property
    def seeds(self) -> range:
        """One seed an image."""
        return range(self.first_seed, self.first_seed + self.images)


def score_critic(
    patches: Path,
    recipe: dict[str, Any],
    folder: Path,
    step: int,
    looked_at: LookedAt,
    progress: Progress,
) -> dict[str, Any]:
    """Train until `step` steps are taken in all, and score images.

    Parameters
    ----------
    recipe : of the training, as plain values
    folder : of the run, which goes on exactly where it is there already

    Returns
    -------
    dict
        `sigma`, and the scores `real` and `generated`, each a list of `images` shares of belief.
    """
    progress.report(0.0)
    checked = TrainRecipe.build(recipe, "The recipe")
    train_to(step, patches, checked, folder, progress)
    data = open_data(patches, checked)
    method = _restored(data, checked, folder)
    scores = scores_of(method, data, looked_at.seeds, looked_at.space, looked_at.time)
    real, generated = ([round(float(value), 5) for value in one] for one in scores)
    return {"sigma": method.sigma, "real": real, "generated": generated}


def scores_of(
    method: CriticHolder, data: TrainingData, seeds: range, space: SpaceKind, time: float
) -> tuple[Tensor, Tensor]:
    """Return D of real and of generated images, each (n), in a space at a time.

    The critic is as it is while it learns: its batch norms see real and generated images apart.
    """
    device = next(method.critic.parameters()).device
    batches = Batches(
        data.training_patches, data.scaling, len(seeds), method.size_px, seeds.start, device
    )
    random = torch.Generator().manual_seed(SEEN_STREAM + seeds.start)
    found = []
    for seen in (batches.at(1), as_tensor(method.generate(seeds), device)):
        if time > 0 and space != "none":
            seen = spectral(seen, time, space, method.sigma, random)  # noqa: PLW2901 - in the space
        with torch.no_grad():
            found.append(torch.sigmoid(method.critic.train()(seen).flatten()).cpu())
    return found[0], found[1]


def _restored(data: TrainingData, recipe: TrainRecipe, run: Path) -> CriticHolder:
    """Return the networks of a run as its newest checkpoint has them."""
    method = set_up(data, recipe).method
    found = newest_checkpoint(run / "checkpoints")
    if not isinstance(method, CriticHolder) or found is None:
        raise RunError(
            f"'{recipe.method}' has no critic whose scores could be watched; take a method "
            "that makes images of noise."
        )
    method.load_state(found.tensors)
    return method
