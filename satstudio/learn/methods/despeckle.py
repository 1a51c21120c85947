"""MERLIN: a despeckler learnt from single-look complex samples alone.

After Dalsasso, Denis and Tupin, "As if by magic: self-supervised training of deep despeckling
networks with MERLIN", IEEE TGRS 2021. Given the reflectivity R, real part a and imaginary part b of
fully developed speckle are independent, each of variance R / 2, where the spectrum is centred on 0
and symmetric. So a network that sees a alone and says how likely b is learns R:
loss (log R) / 2 + b^2 / R. Every crop is centred by its own estimate and turned by a random phase,
which leaves speckle what it is.
"""

import math
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from satstudio.core.errors import RunError
from satstudio.core.recipe import Recipe
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.manner import Runner, add, parted, set_lr
from satstudio.learn.method import (
    METHODS,
    Complexes,
    Exportable,
    ImageUse,
    Manner,
    MethodInfo,
    Values,
)
from satstudio.learn.method_state import STARTED, Kept
from satstudio.learn.model_weights import Weights, put_weights
from satstudio.learn.nets.one_part import BothParts, OnePart, halo_px, has_power, part_power
from satstudio.learn.nets.unet import in_fast_order, start_weights
from satstudio.pixels.phasor import interleave

TURN_STREAM = 0x7475726E
"""Added to the seed of the phases, so that weights and phases do not start alike."""

WHITE = 0.05
"""Correlation of neighbours below which a crop's spectrum has no centre to speak of."""

TILE_PX = 512
RATIO_EVERY = 8
RATIO_IMAGES = 4
RATIO_MEMORY = 0.98
LEAST_LR = 0.02

FIRST_LAYER = re.compile(r"part\.net\._down\.(\d+)\.0\.weight")


class Options(Recipe):
    """Choices of the despeckler; the defaults are the preset `fast`."""

    size: int = Field(96, ge=16, le=1024, title="Crop side (px)", description="Of larger patches")
    channels: int = Field(
        16, ge=1, le=256, title="Channels", description="At full resolution; doubled a level"
    )
    levels: int = Field(3, ge=2, le=6, title="Levels", description="Resolutions of the U-Net")
    lr: float = Field(2e-3, gt=0, le=1, title="Learning rate")
    decay_steps: int = Field(
        4000,
        ge=0,
        le=10_000_000,
        title="Steps to the least rate",
        description="The learning rate falls to 2 % along a cosine; 0: it stays",
    )
    ema: float = Field(
        0.998,
        ge=0,
        lt=1,
        title="Averaged network",
        description="Memory of the running mean of the weights that images are restored with",
    )
    clip: float = Field(
        1.0, gt=0, le=1e6, title="Longest gradient", description="Longer ones are shortened"
    )

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        if self.size % 2 ** (self.levels - 1):
            raise ValueError(
                f"a crop of {self.size} px cannot be halved {self.levels - 1} times; take a "
                f"multiple of {2 ** (self.levels - 1)}"
            )
        return self


class Despeckler:
    """Learns to tell the reflectivity from one part of complex samples."""

    def __init__(self, options: Options, bands: int, seed: int, device: torch.device) -> None:
        self.options = options
        self.size_px = options.size
        self._bands = bands
        self._device = device
        self._random = torch.Generator().manual_seed(seed)
        self._net = OnePart(options.channels, options.levels)
        start_weights(self._net, self._random)
        in_fast_order(self._net)
        self._random.manual_seed(seed + TURN_STREAM)
        self._shown = BothParts(deepcopy(self._net)).requires_grad_(False)
        self._net.to(device)
        self._shown.to(device)
        self._is_started = False
        self._group: Group = ALONE
        self._runner = Runner(self._net, lambda part, manner: self._net(part, manner.is_low))
        self._said: nn.Module = self._runner
        self._adam = torch.optim.Adam(self._net.parameters(), options.lr, fused=True)
        self.adjust(Manner())
        self.parameters: Mapping[str, int] = {
            "network": sum(weight.numel() for weight in self._net.parameters())
        }

    def fit(self, largest: float, images: Tensor) -> None:
        """Need nothing: answers grow with the samples."""

    def start_from(self, weights: Weights) -> str:
        """Let both networks and the gain be those of a model file.

        Raises
        ------
        UnfitError
            If its network has other channels or levels.
        """
        put_weights(self._shown, with_gain(weights))
        self._net.load_state_dict(self._shown.part.state_dict())
        self._is_started = True
        return ""

    def options_of(self, weights: Weights) -> Mapping[str, int]:
        """Return channels and levels of the network in a model file; nothing of another form."""
        return shape_of(weights)

    def adjust(self, manner: Manner) -> None:
        """Learn from now on in this manner."""
        if manner.precision == "float64":
            raise RunError("The despeckler learns in float32 or bf16; choose one as 'precision'.")
        self._manner = manner
        self._runner.adjust(manner)

    def distribute(self, group: Group) -> None:
        """Learn with other processes, each from its share of the images."""
        self._group, self._said = group, group.wrap(self._runner)

    def step(self, batch: Tensor, number: int) -> dict[str, float]:
        """Predict one part of turned crops from the other, and learn."""
        samples = self._turned(centred(self._samples(batch)))
        losses: dict[str, float] = {}
        set_lr(self._adam, self._manner.pace * self._lr(number))
        self._adam.zero_grad(set_to_none=True)
        for share, (part,) in parted(self._manner.parts, samples):
            loss = likelihood(self._said(part.real), part.imag)
            torch.autograd.backward(share * loss)
            add(losses, share, loss=loss)
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), self.options.clip)
        self._adam.step()
        self._follow(number)
        if number % RATIO_EVERY == 1:
            self._calibrate(self._first(samples), number // RATIO_EVERY)
        return losses

    def validate(self, batch: Tensor, number: int) -> dict[str, float]:
        """Return the loss of the averaged network, either part from the other."""
        samples = centred(self._samples(batch))
        with torch.no_grad():
            first = likelihood(self._shown.part(samples.real), samples.imag)
            second = likelihood(self._shown.part(samples.imag), samples.real)
        return {"loss": (first.item() + second.item()) / 2}

    def restore(self, images: Values) -> Values:
        """Return amplitudes of complex images (n, bands, rows, cols); centres them first."""
        samples = torch.from_numpy(images.astype(np.complex64)).to(self._device)
        shape = samples.shape
        moved = centred(samples.reshape(-1, 1, *shape[2:])).reshape(shape)
        return _answer(self._shown, moved.cpu().numpy(), self._device)

    def state(self) -> dict[str, Tensor]:
        """Return weights, optimiser, gain and the state of the phases."""
        return self._kept.state() | ({STARTED: torch.ones(())} if self._is_started else {})

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)
        self._is_started = STARTED in state

    def exportable(self) -> Exportable:
        """Return the averaged network with its gain."""
        return ready_for_export(deepcopy(self._shown).cpu(), self.options.levels)

    @property
    def _kept(self) -> Kept:
        nets = {"network": self._net, "shown": self._shown}
        return Kept(nets, {"adam": self._adam}, ("turns", self._random))

    def _samples(self, batch: Tensor) -> Tensor:
        """Return planar (n, 2 bands, ...) as complex (n bands, 1, ...)."""
        real, imaginary = batch[:, : self._bands], batch[:, self._bands :]
        samples = torch.complex(real, imaginary)
        return samples.reshape(-1, 1, *samples.shape[2:])

    def _turned(self, samples: Tensor) -> Tensor:
        """Turn each image by a phase; mirror half of the batch in azimuth."""
        count = len(samples) * self._group.world
        drawn = 2 * math.pi * torch.rand((count, 1, 1, 1), generator=self._random)
        turns, is_mirrored = self._own(drawn), self._own(torch.arange(count) < count // 2)
        turned = samples * torch.polar(torch.ones_like(turns), turns).to(self._device)
        return torch.where(
            is_mirrored.reshape(-1, 1, 1, 1).to(self._device), turned.flip(2), turned
        )

    def _own(self, of_all: Tensor) -> Tensor:
        """Return what belongs to this process's samples, of which an image has one a band."""
        return self._group.own(of_all.reshape(-1, self._bands, *of_all.shape[1:])).flatten(0, 1)

    def _first(self, samples: Tensor) -> Tensor:
        """Return the first samples of the whole batch."""
        pairs = torch.view_as_real(samples)
        pairs = pairs.reshape(-1, self._bands, *pairs.shape[1:])
        return torch.view_as_complex(self._group.whole(pairs).flatten(0, 1)[:RATIO_IMAGES])

    def _follow(self, number: int) -> None:
        """Move the averaged network; early on it forgets faster what was drawn at random."""
        early = 1.0 if self._is_started else (1 + number) / (10 + number)
        memory = min(self.options.ema, early)
        with torch.no_grad():
            for mean, new in zip(
                self._shown.part.parameters(), self._net.parameters(), strict=True
            ):
                mean.lerp_(new, 1 - memory)

    def _calibrate(self, samples: Tensor, earlier: int) -> None:
        """Follow the mean ratio of noisy and restored intensity, where there is data."""
        power = samples.real.square() + samples.imag.square()
        with torch.no_grad():
            logs = self._shown.part(torch.cat([samples.real, samples.imag]))
            ratios = power / logs.exp().reshape(2, *power.shape).mean(0)
            some = has_power(power)
            if not some.any():
                return
            ratio = (some * ratios).sum() / some.sum()
            early = 1.0 if self._is_started else earlier / (1 + earlier)
            memory = min(RATIO_MEMORY, early)
            self._shown.gain.lerp_(ratio, 1 - memory)

    def _lr(self, number: int) -> float:
        if not self.options.decay_steps:
            return self.options.lr
        share = min(number / self.options.decay_steps, 1.0)
        fall = (1 + math.cos(math.pi * share)) / 2
        return self.options.lr * (LEAST_LR + (1 - LEAST_LR) * fall)


def with_gain(weights: Weights) -> Weights:
    """Return weights with the gain, which the exporter leaves out where it is 1."""
    return {"gain": torch.ones(()), **weights}


def shape_of(weights: Weights) -> Mapping[str, int]:
    """Return channels and levels of the network in a model file; nothing of another form."""
    firsts = {
        int(found[1]): weights[name].shape[0]
        for name in weights
        if (found := FIRST_LAYER.fullmatch(name))
    }
    return {"channels": firsts[0], "levels": len(firsts)} if 0 in firsts else {}


def ready_for_export(net: BothParts, levels: int) -> Exportable:
    """Return a despeckler of this many levels, on its way into a model file."""
    use = ImageUse("despeckle", TILE_PX, halo_px(levels), net.part.net.multiple)
    return Exportable(net, lambda images: _answer(net, images, torch.device("cpu")), image=use)


def likelihood(log_power: Tensor, other: Tensor) -> Tensor:
    """Return MERLIN's loss: -log of the density of the other part, variance R / 2, less a constant.

    Pixels of blocks without data do not count: of them it would learn that nothing is likely.

    Parameters
    ----------
    log_power : log R, as said from one part
    other : the other part
    """
    counted = has_power(part_power(other))
    losses = 0.5 * log_power + other.square() * torch.exp(-log_power)
    return (counted * losses).sum() / counted.sum().clamp(min=1)


def centred(samples: Tensor) -> Tensor:
    """Move the spectrum of each complex image (n, 1, rows, cols) to 0 by its own estimate."""
    for axis in (2, 3):
        count = samples.shape[axis]
        first, second = samples.narrow(axis, 0, count - 1), samples.narrow(axis, 1, count - 1)
        product = (second * first.conj()).sum((1, 2, 3))
        power = samples.abs().square().sum((1, 2, 3))
        angle = torch.where(product.abs() > WHITE * power, product.angle(), 0.0)
        places = torch.arange(count, device=samples.device, dtype=torch.float32)
        shape = (1, 1, count, 1) if axis == 2 else (1, 1, 1, count)
        turns = -angle.reshape(-1, 1, 1, 1) * places.reshape(shape)
        samples = samples * torch.polar(torch.ones_like(turns), turns)
    return samples


def _answer(net: BothParts, images: Complexes, device: torch.device) -> Values:
    with torch.no_grad():
        made = net(torch.from_numpy(interleave(images)).to(device))
    values: Values = made.cpu().numpy()
    return values


METHODS.add(
    "despeckle",
    MethodInfo(
        title="MERLIN despeckler",
        description="Learns to remove speckle from single-look complex scenes without any clean "
        "image: one part of a sample is predicted from the other parts around it.",
        options=Options,
        make=Despeckler,
        wants_complex=True,
        takes="image",
        scaling="unit_power",
        validated=("loss",),
        presets={
            "good": "despeckle/good.toml",
            "fast": "despeckle/fast.toml",
            "tiny": "despeckle/tiny.toml",
        },
    ),
)
