"""Space: noisy scale-space and its relatives, which make critics see blurred and noisy images.

After Nakamura et al., with their errata: t = T exp(-beta i) over the training i in 0..1, sigma is a
standard deviation, borders are replicated. Phi_t(y) = k * Phi_{t-1}(y) + eps_t with the kernel
k = [1 2 1]^T [1 2 1] / 16 and white eps_t. Scale-space (SS) has no noise, noise-space (NS) no
kernel. A complex band is two planar channels: both are blurred alike, and each gets noise of its
own, so that the noise is circular with variance 2 sigma^2.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

SpaceKind = Literal["none", "scale", "noise", "noisy_scale"]
Schedule = Literal["exponential", "constant", "two_step", "step", "wave"]
Sigma = Annotated[float, Field(ge=0, le=100)] | Literal["fit"]
"""Standard deviation of the noise of a step, or `fit`: so that the images' variance is kept."""

Alternating = Literal["alternating"]
"""What `two_step` was in runs of an earlier version, which go on with it: T, 0, T, 0."""

WAVES = 8
"""Periods of the decaying wave over the training."""

HALF = 0.5
STEPS = 4
"""Halvings of the step schedule over the training."""

NEAR_ONE = 1e-12
RARE = 0.01
TWO_VALUED = 0.85
"""Share of pixels near either end from which images count as nearly two-valued."""


@dataclass(frozen=True, slots=True)
class Space:
    """How far images are taken into noise and blur, and on which share of a batch.

    Attributes
    ----------
    initial_time : T, how many steps the operator takes at first; 0 as `kind` none
    sigma : standard deviation of the noise of one step, in the network's numbers
    beta : of the exponential schedule
    share : of a batch that the operator is applied to (the paper's main experiments: half)
    """

    kind: SpaceKind = "none"
    initial_time: float = 256.0
    sigma: float = 0.15
    schedule: Schedule | Alternating = "exponential"
    beta: float = 20.0
    share: float = 0.5

    def time(self, progress: float) -> float:
        """Return t at a share (0..1) of the training.

        exponential: T exp(-beta i); constant: T; two_step: T for the first half, then 0; step: T
        halved four times; wave: a cosine between 0 and the exponential.
        """
        i = min(max(progress, 0.0), 1.0)
        falling = self.initial_time * math.exp(-self.beta * i)
        if self.kind == "none":
            return 0.0
        times = {
            "exponential": falling,
            "constant": self.initial_time,
            # of an even number of steps just half
            "two_step": self.initial_time if i <= HALF else 0.0,
            "alternating": 0.0 if int(i * 4) % 2 else self.initial_time,
            "step": self.initial_time * 0.5 ** int(i * STEPS),
            "wave": falling * (1 + math.cos(2 * math.pi * WAVES * i)) / 2,
        }
        return times[self.schedule]

    @property
    def is_noisy(self) -> bool:
        """Whether noise is added."""
        return self.kind in ("noise", "noisy_scale")

    def taken_of(self, count: int) -> Tensor:
        """Return which of `count` images are taken into the space: (count,) bool, the first."""
        return torch.arange(count) < round(self.share * count)

    def apply(self, images: Tensor, time: float, is_taken: Tensor, white: Tensor) -> Tensor:
        """Take some images of a batch (n, channels, rows, cols) to t; the others stay.

        Parameters
        ----------
        is_taken : (n,) bool
        white : noise of standard deviation 1 in the form of `images`; unused without noise
        """
        if self.kind == "none" or time <= 0 or not bool(is_taken.any()):
            return images
        made = images.clone()
        noise = white[is_taken] if self.is_noisy else white
        made[is_taken] = diffused(images[is_taken], time, self.kind, self.sigma, noise)
        return made


def spectral(
    images: Tensor, time: float, kind: SpaceKind, sigma: float, random: torch.Generator
) -> Tensor:
    """Apply Phi_t in one go, with noise drawn from `random`; see `diffused`."""
    white = images
    if kind != "scale":
        white = torch.randn(images.shape, generator=random, dtype=images.dtype).to(images.device)
    return diffused(images, time, kind, sigma, white)


def diffused(images: Tensor, time: float, kind: SpaceKind, sigma: float, white: Tensor) -> Tensor:
    """Apply Phi_t in one go; its cost does not grow with t, which may be any number >= 0.

    With replicated borders the kernel is diagonal in the DCT-II basis, with the eigenvalues
    K(u, v) = cos^2(pi u / 2H) cos^2(pi v / 2W). So Phi_t(y) = DCT^-1[K^t DCT(y) + sigma
    sqrt((1 - K^2t) / (1 - K^2)) n] with white n, and sqrt(t) where K is 1.
    """
    rows, cols = images.shape[-2:]
    blurred = images
    if kind in ("scale", "noisy_scale"):
        down, across = (_blur(side, time).to(images) for side in (rows, cols))
        blurred = down @ images @ across.T
    if kind == "scale" or sigma == 0:
        return blurred
    if kind == "noise":
        return blurred + sigma * math.sqrt(time) * white
    std = sigma * _noise_std(rows, cols, time).to(images)
    basis_rows, basis_cols = (_basis(side)[0].to(images) for side in (rows, cols))
    return blurred + basis_rows.T @ (std * white) @ basis_cols


def iterated(
    images: Tensor, steps: int, kind: SpaceKind, sigma: float, random: torch.Generator
) -> Tensor:
    """Apply Phi step by step, as the paper defines it; the measure of `spectral`."""
    channels = images.shape[1]
    taps = torch.tensor([1.0, 2.0, 1.0], dtype=images.dtype, device=images.device) / 4
    kernel = torch.outer(taps, taps).expand(channels, 1, 3, 3)
    for _ in range(steps):
        if kind in ("scale", "noisy_scale"):
            padded = functional.pad(images, (1, 1, 1, 1), mode="replicate")
            images = functional.conv2d(padded, kernel, groups=channels)
        if kind in ("noise", "noisy_scale"):
            noise = torch.randn(images.shape, generator=random, dtype=images.dtype)
            images = images + sigma * noise.to(images.device)
    return images


def fit_sigma(images: Tensor, initial_time: float, kind: SpaceKind = "noisy_scale") -> float:
    """Choose sigma so that the variance of images is kept over t = 1..T, by least squares.

    Parameters
    ----------
    images : real ones, (n, channels, rows, cols), in the network's numbers

    Returns
    -------
    float
        Root of the least-squares ratio of the variance that blurring takes and the variance that
        noise of standard deviation 1 brings; for `noise`, which takes none, the root of the
        images' variance over T.
    """
    if kind == "noise":
        return math.sqrt(float(images.double().var()) / max(initial_time, 1.0))
    lost, brought = zip(*variance_curve(images, initial_time), strict=True)
    over = sum(a * b for a, b in zip(lost, brought, strict=True))
    under = sum(b * b for b in brought)
    return math.sqrt(max(over / under, 0.0))


def variance_curve(images: Tensor, initial_time: float) -> list[tuple[float, float]]:
    """Return (variance lost by blurring, variance brought by noise of sigma 1) for t = 1..T.

    Variance is that of pixels about the mean of their own image and channel, so the mean (K = 1)
    has no part in it.
    """
    rows, cols = images.shape[-2:]
    basis_rows, gains_rows = _basis(rows)
    basis_cols, gains_cols = _basis(cols)
    power = (basis_rows @ images.double().cpu() @ basis_cols.T).square().flatten(0, 1).mean(0)
    gains = gains_rows[:, None] * gains_cols[None, :]
    power[0, 0] = 0
    found = []
    for time in range(1, max(round(initial_time), 1) + 1):
        lost = float((power * (1 - gains ** (2 * time))).sum()) / (rows * cols)
        brought = _noise_std(rows, cols, float(time)).square()
        brought[0, 0] = 0
        found.append((lost, float(brought.sum()) / (rows * cols)))
    return found


def variances(images: Tensor, initial_time: int, sigma: float) -> dict[SpaceKind, list[float]]:
    """Return the expected variance of images in each space at t = 0..T.

    Variance is the mean of that of pixels about the mean of their own image and channel.
    """
    start, pixels = variance(images), images[0, 0].numel()
    lost, brought = zip(*[(0.0, 0.0), *variance_curve(images, initial_time)], strict=True)
    white = sigma**2 * (pixels - 1) / pixels
    return {
        "scale": [start - less for less in lost],
        "noise": [start + white * time for time in range(initial_time + 1)],
        "noisy_scale": [
            start - less + sigma**2 * more for less, more in zip(lost, brought, strict=True)
        ],
    }


def variance(images: Tensor) -> float:
    """Return the mean variance of pixels about the mean of their own image and channel."""
    return float(images.double().flatten(2).var(2, correction=0).mean())


def two_valued_share(images: Tensor) -> float:
    """Return the share of pixels near the least or the largest value, 0 where one of them is rare.

    Near is within a tenth of the range; rare is less than one pixel in a hundred.
    """
    low, high = float(images.min()), float(images.max())
    edge = 0.1 * (high - low)
    lower = float((images <= low + edge).float().mean())
    upper = float((images >= high - edge).float().mean())
    return lower + upper if min(lower, upper) >= RARE else 0.0


def two_valued_warning(share: float) -> str:
    """Return the warning about images of two values; "" where they are not."""
    if share < TWO_VALUED:
        return ""
    return (
        f"These images are nearly two-valued ({share:.0%} of their pixels lie at either end). In "
        "noisy scale-space such images came out worse; compare with space 'none'."
    )


@lru_cache(maxsize=32)
def _basis(side: int) -> tuple[Tensor, Tensor]:
    """Return the orthonormal DCT-II (side, side) and the kernel's eigenvalues (side), float64."""
    place = torch.arange(side, dtype=torch.float64)
    basis = torch.cos(math.pi / side * (place[None] + 0.5) * place[:, None]) * math.sqrt(2 / side)
    basis[0] /= math.sqrt(2)
    return basis, torch.cos(math.pi * place / (2 * side)).square()


@lru_cache(maxsize=64)
def _blur(side: int, time: float) -> Tensor:
    """Return t steps of the kernel along one axis as a matrix, float64."""
    basis, gains = _basis(side)
    return basis.T @ (gains**time)[:, None].mul(basis)


@lru_cache(maxsize=64)
def _noise_std(rows: int, cols: int, time: float) -> Tensor:
    """Return the standard deviation of t steps of unit noise at each frequency, float64."""
    gains = _basis(rows)[1][:, None] * _basis(cols)[1][None, :]
    squared = gains.square()
    is_mean = (1 - squared) < NEAR_ONE
    ratio = (1 - squared**time) / torch.where(is_mean, 1.0, 1 - squared)
    return torch.where(is_mean, time, ratio).sqrt()
