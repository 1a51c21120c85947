"""MERLIN: a despeckler learnt from single-look complex samples alone.

After Dalsasso, Denis and Tupin, "As if by magic: self-supervised training of deep despeckling
networks with MERLIN", IEEE TGRS 2021. Given the reflectivity R, real part a and imaginary part b of
fully developed speckle are independent, each of variance R / 2, where the spectrum is centred on 0
and symmetric. So a network that sees a alone and says how likely b is learns R:
loss (log R) / 2 + b^2 / R. With blind spots it also sees b at every second pixel and tells it at
the others, which white speckle allows: half as much again is known of each pixel. Every crop is
centred by its own estimate and turned by a random phase, which leaves speckle what it is.
"""

import math
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict
from typing import Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from satstudio.core.errors import RunError
from satstudio.core.port import BoundPort, Port
from satstudio.core.recipe import Recipe
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.ema import Ema
from satstudio.learn.merlin import centred, likelihood, planes
from satstudio.learn.method import (
    METHODS,
    Complexes,
    Exportable,
    Findings,
    ImageUse,
    MethodInfo,
    MethodPorts,
    SeenData,
    StepSettings,
    Values,
    bands_of,
)
from satstudio.learn.method_state import STARTED, Kept
from satstudio.learn.model_weights import Weights, put_weights
from satstudio.learn.nets.one_part import (
    WINDOWS,
    BothParts,
    OnePart,
    chequered,
    chequers,
    halo_px,
    has_power,
    white_places,
)
from satstudio.learn.nets.unet import in_fast_order, start_weights
from satstudio.learn.step_settings import Runner, add, micro_batches, set_lr
from satstudio.patches.manifest import INPUT
from satstudio.pixels.phasor import interleave

TURN_STREAM = 0x7475726E
"""Added to the seed of the phases, so that weights and phases do not start alike."""

CUT_WHITE = (
    " These patches are not white, and a despeckler learns more from such as are: cut them with "
    "'satstudio patches cut --white' ('Whiten and take out points' on the page Patches)."
)

TILE_PX = 512
RATIO_EVERY = 8
RATIO_IMAGES = 4
RATIO_MEMORY = 0.98
LEAST_LR = 0.02

FIRST_LAYER = re.compile(r"part\.net\._down\.(\d+)\.0\.weight")


class Options(Recipe):
    """Choices of the despeckler; the defaults are the preset `fast`."""

    blind_spots: bool = Field(
        False,
        title="Blind spots",
        description="See the other part too, at every second pixel: better and half as fast; "
        "where samples are white (cut with --white)",
    )
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
        title="EMA decay",
        description="Exponential moving average of the weights, which images are restored with",
    )
    clip: float = Field(
        1.0,
        gt=0,
        le=1e6,
        title="Gradient clipping (norm)",
        description="Longer gradients are shortened",
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

    def __init__(
        self, options: Options, ports: Sequence[BoundPort], seed: int, device: torch.device
    ) -> None:
        self.options = options
        self.size_px = options.size
        self._bands = bands_of(ports)
        self._device = device
        self._random = torch.Generator().manual_seed(seed)
        self._net = OnePart(options.channels, options.levels, options.blind_spots)
        start_weights(self._net, self._random)
        in_fast_order(self._net)
        self._random.manual_seed(seed + TURN_STREAM)
        self._ema = Ema(self._net, options.ema)
        self._shown = BothParts(self._ema.net).requires_grad_(False)
        self._net.to(device)
        self._shown.to(device)
        self._group: Group = ALONE
        self._runner = Runner(self._net, lambda part, settings: self._net(part, settings.is_low))
        self._said: nn.Module = self._runner
        self._adam = torch.optim.Adam(self._net.parameters(), options.lr, fused=True)
        self.adjust(StepSettings())
        self.parameters: Mapping[str, int] = {
            "network": sum(weight.numel() for weight in self._net.parameters())
        }

    def fit(self, largest: float, batch: Batch) -> None:
        """Need nothing: answers grow with the samples."""

    def inspect(self, data: SeenData, images: Tensor) -> Findings:
        """Say how white the samples are: a despeckler wants white spectra."""
        found = data.whiteness()
        advice = "" if found.is_white or data.is_whitened else CUT_WHITE
        remark = f"{found.remark}{advice}"
        return Findings({"spectrum": asdict(found)}, (remark,) if remark else ())

    def start_from(self, weights: Weights) -> str:
        """Let both networks and the gain be those of a model file.

        Raises
        ------
        UnfitError
            If its network has other channels or levels.
        """
        if self.options.blind_spots:
            weights = with_blind_spots(weights)
        put_weights(self._shown, with_gain(weights))
        self._net.load_state_dict(self._shown.part.state_dict())
        self._ema.is_started = True
        return ""

    def options_of(self, weights: Weights) -> Mapping[str, int]:
        """Return channels and levels of the network in a model file; nothing of another form."""
        return shape_of(weights)

    def adjust(self, settings: StepSettings) -> None:
        """Learn with these settings from now on."""
        if settings.precision == "float64":
            raise RunError("The despeckler learns in float32 or bf16; choose one as 'precision'.")
        self._settings = settings
        self._runner.adjust(settings)

    def distribute(self, group: Group) -> None:
        """Learn with other processes, each from its share of the images."""
        self._group, self._said = group, group.wrap(self._runner)

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """Predict one part of turned crops from the other, and learn."""
        samples = self._turned(centred(self._samples(batch.images)))
        losses: dict[str, float] = {}
        set_lr(self._adam, self._settings.pace * self._lr(number))
        self._adam.zero_grad(set_to_none=True)
        shown = self._shown_of(samples)
        for share, (part, seen) in micro_batches(self._settings.micro_batches, samples, shown):
            loss = likelihood(self._said(self._seen(part, seen)), part.imag, 1 - seen)
            torch.autograd.backward(share * loss)
            add(losses, share, loss=loss)
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), self.options.clip)
        self._adam.step()
        self._ema.update(self._net, number)
        if number % RATIO_EVERY == 1:
            self._calibrate(self._first(samples), number // RATIO_EVERY)
        return losses

    def validate(self, batch: Batch, number: int) -> dict[str, float]:
        """Return the loss of the EMA network, either part from the other."""
        pairs = planes(centred(self._samples(batch.images)))
        with torch.no_grad():
            logs = self._shown.logs(pairs)
            losses = [likelihood(logs[:, i : i + 1], pairs[:, 1 - i : 2 - i]) for i in (0, 1)]
        return {"loss": (losses[0].item() + losses[1].item()) / 2}

    def restore(self, images: Values) -> Values:
        """Return amplitudes of complex images (n, bands, rows, cols); centres them first."""
        samples = torch.from_numpy(images.astype(np.complex64)).to(self._device)
        shape = samples.shape
        moved = centred(samples.reshape(-1, 1, *shape[2:])).reshape(shape)
        return _answer(self._shown, moved.cpu().numpy(), self._device)

    def state(self) -> dict[str, Tensor]:
        """Return weights, optimiser, gain and the state of the phases."""
        return self._kept.state() | ({STARTED: torch.ones(())} if self._ema.is_started else {})

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)
        self._ema.is_started = STARTED in state

    def exportable(self) -> Exportable:
        """Return the EMA network with its gain."""
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

    def _shown_of(self, samples: Tensor) -> Tensor:
        """Return where the network sees the other part: on either half of a board, or nowhere.

        Of one image in four it sees nothing, as where speckle is not white.
        """
        if not self.options.blind_spots:
            return torch.zeros_like(samples.real)
        place = self._own(torch.arange(len(samples) * self._group.world))
        place = place.reshape(-1, 1, 1, 1).to(self._device)
        board = (chequers(samples.real) - place % 2).abs()
        return board * white_places(planes(samples)) * (place % 4 > 0)

    def _seen(self, samples: Tensor, shown: Tensor) -> Tensor:
        """Return what the network sees of samples."""
        if not self.options.blind_spots:
            return samples.real
        return chequered(samples.real, samples.imag, shown)

    def _own(self, of_all: Tensor) -> Tensor:
        """Return what belongs to this process's samples, of which an image has one a band."""
        return self._group.own(of_all.reshape(-1, self._bands, *of_all.shape[1:])).flatten(0, 1)

    def _first(self, samples: Tensor) -> Tensor:
        """Return the first samples of the whole batch."""
        pairs = torch.view_as_real(samples)
        pairs = pairs.reshape(-1, self._bands, *pairs.shape[1:])
        return torch.view_as_complex(self._group.whole(pairs).flatten(0, 1)[:RATIO_IMAGES])

    def _calibrate(self, samples: Tensor, earlier: int) -> None:
        """Follow the mean ratio of noisy and restored intensity, where there is data."""
        power = samples.real.square() + samples.imag.square()
        with torch.no_grad():
            ratios = power / self._shown.logs(planes(samples)).exp().mean(1, keepdim=True)
            some = has_power(power)
            if not some.any():
                return
            ratio = (some * ratios).sum() / some.sum()
            early = 1.0 if self._ema.is_started else earlier / (1 + earlier)
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


def with_blind_spots(weights: Weights) -> Weights:
    """Let the network of a model file see the other part, too, of which it makes nothing yet."""
    name = "part.net._down.0.0.weight"
    first = weights.get(name)
    if first is None or first.ndim != 4 or first.shape[1] != len(WINDOWS):
        return weights
    return {**weights, name: torch.cat([first, torch.zeros_like(first[:, :2])], 1)}


def shape_of(weights: Weights) -> Mapping[str, int]:
    """Return channels, levels and blind spots of a model file; nothing of another form."""
    firsts = {
        int(found[1]): weights[name].shape[0]
        for name in weights
        if (found := FIRST_LAYER.fullmatch(name))
    }
    if 0 not in firsts:
        return {}
    return {
        "channels": firsts[0],
        "levels": len(firsts),
        "blind_spots": weights["part.net._down.0.0.weight"].shape[1] > len(WINDOWS),
    }


def ready_for_export(net: BothParts, levels: int) -> Exportable:
    """Return a despeckler of this many levels, on its way into a model file."""
    use = ImageUse("despeckle", TILE_PX, halo_px(levels), net.part.net.multiple)
    return Exportable(net, lambda images: _answer(net, images, torch.device("cpu")), image=use)


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
        ports=MethodPorts(
            data=(Port(role=INPUT, dtype="complex64"),),
            inputs=(Port(role=INPUT, dtype="complex64"),),
            outputs=(Port(role="output", dtype="float32", quantity="amplitude"),),
        ),
        capabilities=frozenset(("restores",)),
        scaling="unit_power",
        validated=("loss",),
        presets={
            "good": "despeckle/good.toml",
            "fast": "despeckle/fast.toml",
            "tiny": "despeckle/tiny.toml",
        },
    ),
)
