"""measure_variance: the variance of a patch set's images in each space over the time t."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satstudio.core.progress import Progress
from satstudio.learn.adversarial.spaces import SpaceKind, fit_sigma, spectral, variance, variances
from satstudio.learn.device import choose_threads
from satstudio.learn.setup.batches import as_tensor
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.scaling import scaled
from satstudio.render.picture import grid_picture, patch_pictures, patch_style, save_png

KINDS: dict[SpaceKind, str] = {
    "scale": "scale-space",
    "noise": "noise-space",
    "noisy_scale": "noisy scale-space",
}
MOST_PIXELS = 2**22
LEAST_PX = 96


def measure_variance(  # noqa: PLR0913, PLR0917 - by keyword, of a plan
    patches: Path,
    times: Sequence[int],
    sigma: float | None,
    images: int,
    seed: int,
    picture: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Follow a patch set's images through the spaces.

    Parameters
    ----------
    times : that are measured with noise; the last one is T
    sigma : None: chosen so that the images' variance is kept
    images : at most so many
    picture : PNG of one image in each space at the times

    Returns
    -------
    dict
        `sigma`, `n`, `variance` of the images, `curves` (exact, from 0 to T) and `measured` (at
        the times), both by space.
    """
    progress.report(0.0)
    choose_threads(None, 0)
    values = _images(patches, images)
    progress.report(0.1, "Choosing sigma")
    chosen = fit_sigma(values, times[-1]) if sigma is None else sigma
    exact = variances(values, times[-1], chosen)
    random = torch.Generator().manual_seed(seed)
    measured: dict[str, list[float]] = {}
    for kind, name in progress.over(list(KINDS.items()), "Measuring"):
        seen = (spectral(values, time, kind, chosen, random) for time in times)
        measured[name] = [variance(one) for one in seen]
    _draw(values[:1], times, chosen, random, picture)
    return {
        "sigma": chosen,
        "n": len(values),
        "variance": variance(values),
        "curves": {name: exact[kind] for kind, name in KINDS.items()},
        "measured": measured,
    }


def _images(patches: Path, most: int) -> Tensor:
    """Return training images (n, channels, rows, cols) in the network's numbers."""
    is_complex = PatchSet.open(patches).manifest.is_complex
    method = "complex_wgan_gp" if is_complex else "dcgan"
    data = open_data(patches, TrainRecipe(method=method, preset="tiny"))
    one = int(np.prod(data.train.shape[1:]))
    count = max(1, min(most, MOST_PIXELS // one, len(data.train)))
    places = np.linspace(0, len(data.train) - 1, count).astype(int)
    return as_tensor(scaled(data.train[places], data.scaling), torch.device("cpu"))


def _draw(
    image: Tensor, times: Sequence[int], sigma: float, random: torch.Generator, path: Path
) -> None:
    """Draw one image at each time, a row a space, under the greys of the image itself."""
    seen = [spectral(image, time, kind, sigma, random) for kind in KINDS for time in times]
    shown = np.stack([one[0, 0].numpy() for one in seen])
    titles = [f"{name}, t = {time}" for name in ("SS", "NS", "NSS") for time in times]
    pictures = patch_pictures(shown, patch_style(shown[:1]), LEAST_PX)
    save_png(grid_picture(pictures, len(times), titles=titles), path)
