"""run_variance: what blur and noise do to the variance of a patch set's images over the time t."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.learn.batches import as_tensor
from satstudio.learn.data import open_data
from satstudio.learn.device import choose_threads
from satstudio.learn.published import Published, published_tables
from satstudio.learn.spaces import SpaceKind, fit_sigma, spectral, variance, variances
from satstudio.learn.sweep_rows import open_folder, write_document
from satstudio.learn.train_recipe import TrainRecipe
from satstudio.patches.store import PatchSet
from satstudio.pixels.scaling import scaled
from satstudio.render.picture import grid_picture, patch_pictures, patch_style, save_png

KINDS: dict[SpaceKind, str] = {
    "scale": "scale-space",
    "noise": "noise-space",
    "noisy_scale": "noisy scale-space",
}
MOST_IMAGES, MOST_PIXELS = 256, 2**22
LEAST_PX = 96
PICTURE = "spaces.png"
TEXT = (
    "Blur takes variance from images, noise brings some. Sigma, the standard deviation of the "
    "noise of one step, is chosen by least squares so that both together keep it."
)
DEFINITION = (
    "Variance: of pixels about the mean of their own image and channel, mean over all images, in "
    "the numbers that the network sees. Curves are exact; the table has beside them what was "
    "measured on images with noise."
)
DIFFERS = (
    "The print takes sigma = 0.15, which keeps the variance of photographs in 0..1; other images "
    "and other scalings need another sigma.",
    "The print takes sigma for a variance in one place and for a standard deviation in another; it "
    "is a standard deviation here.",
)


class VariancePlan(Recipe):
    """How far images are followed."""

    experiment: Literal["variance"] = "variance"
    title: str = "Variance of images over the time t"
    published: tuple[Published, ...] = Field((), title="Figures of the print")
    longest: int = Field(64, ge=1, le=4096, title="Last time T")
    sigma: float | None = Field(None, ge=0, le=100, description="none: chosen from the images")
    images: int = Field(MOST_IMAGES, ge=1, le=MOST_IMAGES, title="At most so many images")
    seed: int = Field(0, ge=0, lt=2**31)


FIXED = ("experiment", "longest", "sigma", "images", "seed")


def run_variance(plan: VariancePlan, patches: Path, out: Path, progress: Progress) -> Path:
    """Follow a patch set's images through the spaces; returns report.json, beside a picture."""
    images = _images(patches, plan.images)
    open_folder(out, plan, FIXED)
    choose_threads(None, 0)
    progress.report(0.1, "Choosing sigma")
    chosen = plan.sigma
    sigma = fit_sigma(images, plan.longest) if chosen is None else chosen
    exact = variances(images, plan.longest, sigma)
    curves = {name: exact[kind] for kind, name in KINDS.items()}
    times = _doubled(plan.longest)
    random = torch.Generator().manual_seed(plan.seed)
    measured: dict[str, list[float]] = {}
    for kind, name in progress.over(list(KINDS.items()), "Measuring"):
        seen = (spectral(images, time, kind, sigma, random) for time in times)
        measured[name] = [variance(one) for one in seen]
    _draw(images[:1], times, sigma, random, out / PICTURE)
    facts = {"sigma": sigma, "n": len(images), "variance": variance(images)}
    page = _page(plan, facts, curves, measured)
    page["facts"] = {"Patch set": patches.name, **page["facts"]}
    return write_document(out, "variance", page, **facts, curves=curves, measured=measured)


def _images(patches: Path, most: int) -> Tensor:
    """Return training images (n, channels, rows, cols) in the network's numbers."""
    is_complex = PatchSet.open(patches).manifest.is_complex
    method = "complex_wgan_gp" if is_complex else "dcgan"
    data = open_data(patches, TrainRecipe(method=method, preset="tiny"))
    one = int(np.prod(data.train.shape[1:]))
    count = max(1, min(most, MOST_PIXELS // one, len(data.train)))
    places = np.linspace(0, len(data.train) - 1, count).astype(int)
    return as_tensor(scaled(data.train[places], data.scaling), torch.device("cpu"))


def _doubled(longest: int) -> list[int]:
    """Return 0, 1, 2, 4 ... T."""
    times = [0] + [2**power for power in range(longest.bit_length()) if 2**power < longest]
    return [*times, longest]


def _draw(
    image: Tensor, times: list[int], sigma: float, random: torch.Generator, path: Path
) -> None:
    """Draw one image at each time, a row a space, under the greys of the image itself."""
    seen = [spectral(image, time, kind, sigma, random) for kind in KINDS for time in times]
    shown = np.stack([one[0, 0].numpy() for one in seen])
    titles = [f"{name}, t = {time}" for name in ("SS", "NS", "NSS") for time in times]
    pictures = patch_pictures(shown, patch_style(shown[:1]), LEAST_PX)
    save_png(grid_picture(pictures, len(times), titles=titles), path)


def _page(
    plan: VariancePlan,
    facts: dict[str, float],
    curves: dict[str, list[float]],
    measured: dict[str, list[float]],
) -> dict[str, Any]:
    times = _doubled(plan.longest)
    start = facts["variance"]
    kept = curves["noisy scale-space"]
    off = max(abs(value / start - 1) for value in kept) if start else 0.0
    rows = [
        [str(time), *(f"{curves[name][time]:.4g} / {measured[name][row]:.4g}" for name in curves)]
        for row, time in enumerate(times)
    ]
    lines = {**curves, "the images": [start] * len(kept)}
    return {
        "title": plan.title,
        "facts": {
            "Sigma": f"{facts['sigma']:.4g}",
            "Images": str(facts["n"]),
            "Variance of the images": f"{start:.4g}",
            "T": str(plan.longest),
        },
        "sections": [
            {
                "title": "Variance over t",
                "text": TEXT,
                "curves": [
                    {
                        "title": "Variance",
                        "x_label": "t",
                        "x": list(range(plan.longest + 1)),
                        "lines": lines,
                        "is_log": True,
                    }
                ],
                "tables": [
                    {
                        "title": f"Variance, exact / measured on n = {facts['n']} images",
                        "head": ["t", *curves],
                        "rows": rows,
                        "is_numeric": True,
                    },
                    *published_tables(plan.published),
                ],
                "pictures": [{"path": PICTURE, "caption": "One image in each space over t."}],
                "remarks": [
                    DEFINITION,
                    "The variance in noisy scale-space stays within "
                    f"{off:.0%} of the images' own up to T.",
                    *DIFFERS,
                ],
            }
        ],
    }
