"""PairedTrainer: a generator of images from images of the same ground, against a critic of pairs.

The critic sees input and output together, and the output is drawn to the target by the mean
absolute difference (Isola et al. 2017). A step is one update of the critic and one of the
generator.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from satstudio.core.port import BoundPort, Role
from satstudio.learn.adversarial.losses import LOSSES
from satstudio.learn.adversarial.translation import TranslationOptions
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.image_methods import (
    Exported,
    answered,
    as_values,
    channels_of,
    flipped,
    image_use,
    in_precision,
    port_of,
)
from satstudio.learn.method import Exportable, StepSettings, Values
from satstudio.learn.method_state import Kept
from satstudio.learn.nets.image_unet import ImageUNet, reach_px
from satstudio.learn.nets.mixing import mixes_images
from satstudio.learn.nets.norm_layers import depends_on_image, image_by_image, start_weights
from satstudio.learn.step_settings import Runner, add, micro_batches, set_lr
from satstudio.patches.manifest import INPUT

TARGET: Role = "target"
PairLoss = Literal["gan", "lsgan"]
TestTime = Literal["running", "batch"]

SHARES: Mapping[PairLoss, tuple[float, float]] = {"gan": (0.5, 1.0), "lsgan": (1.0, 2.0)}
"""What the losses of critic and generator are multiplied by: so that the critic's is the mean of
those of real and generated pairs, and the generator's has no factor, as published."""

DROPOUT_STREAM = 0x64726F70
"""Added to the seed of the dropout, so that it is not drawn as anything else is."""


class PairedOptions(TranslationOptions):
    """What is chosen about losses and test time; methods add their networks."""

    loss: PairLoss = Field(
        "gan",
        title="Adversarial loss",
        description="gan: cross entropy of logits, as published; lsgan: least squares",
        json_schema_extra={"section": "Losses"},
    )
    l1: float = Field(
        100.0,
        ge=0,
        le=1e6,
        title="Weight of the L1 loss",
        description="Of the mean absolute difference from the target, beside the adversarial loss",
    )
    test_time: TestTime = Field(
        "running",
        title="Batch norms at test time",
        description="running: mean and variance of the training, so that an answer does not depend "
        "on the tile; batch: those of the image itself, as published. Dropout is off in any case",
        json_schema_extra={"section": "Networks"},
    )


@dataclass(frozen=True, slots=True, eq=False)
class PairedNetworks:
    """The networks of a paired training.

    Attributes
    ----------
    generator : planar input to planar output
    critic : both, concatenated, to scores
    critic_head : layers at its end that are never calculated in bfloat16
    """

    generator: ImageUNet
    critic: nn.Sequential
    critic_head: int


class PairedTrainer:
    """Learns to make the target of the input."""

    target = TARGET

    def __init__(
        self,
        options: PairedOptions,
        networks: PairedNetworks,
        ports: Sequence[BoundPort],
        seed: int,
        device: torch.device,
    ) -> None:
        self.options = options
        self.size_px = options.size
        self._taken, self._made = (port_of(ports, role) for role in (INPUT, TARGET))
        self._seed, self._device = seed, device
        self._generator, self._critic = networks.generator, networks.critic
        self._critic_head = networks.critic_head
        random = torch.Generator().manual_seed(seed)
        for net in (self._generator, self._critic):
            start_weights(net, random)
            net.to(device)
        self._scores_apart = mixes_images(self._critic)
        self._has_dropout = any(isinstance(part, nn.Dropout) for part in self._generator.modules())
        self._group: Group = ALONE
        self._generator_runner = Runner(self._generator, self._run_generator)
        self._critic_runner = Runner(self._critic, self._run_critic)
        self._generate: nn.Module = self._generator_runner
        self._score: nn.Module = self._critic_runner
        self._adam_g, self._adam_c = (
            torch.optim.Adam(
                net.parameters(), options.lr, (options.beta1, options.beta2), fused=True
            )
            for net in (self._generator, self._critic)
        )
        self._settings = StepSettings()
        nets = {"generator": self._generator, "critic": self._critic}
        self.parameters: Mapping[str, int] = {
            name: sum(weight.numel() for weight in net.parameters()) for name, net in nets.items()
        }

    @property
    def critic(self) -> nn.Module:
        """The network that scores pairs."""
        return self._critic

    def fit(self, largest: float, batch: Batch) -> None:
        """Need nothing: values come scaled."""

    def adjust(self, settings: StepSettings) -> None:
        """Learn with these settings from now on."""
        self._settings = settings
        self._generator_runner.adjust(settings)
        self._critic_runner.adjust(settings)
        if settings.precision == "float64":
            for net in (self._generator, self._critic):
                net.double()

    def distribute(self, group: Group) -> None:
        """Learn with other processes, each from its share of the images."""
        self._group = group
        self._generate = group.wrap(self._generator_runner)
        self._score = group.wrap(self._critic_runner)

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """Update the critic, then the generator."""
        batch = flipped(batch, self.options.flips, self._seed, number, self._group)
        for adam in (self._adam_g, self._adam_c):
            set_lr(adam, self._settings.pace * self.options.rate(number))
        self._generator.train()
        self._critic.train()
        parts = list(micro_batches(self._settings.micro_batches, *self._seen(batch)))
        losses: dict[str, float] = {}
        with self._dropout_of(number):
            made = self._step_critic(parts, losses)
            self._step_generator(parts, made, losses)
        return losses

    def validate(self, batch: Batch, number: int) -> dict[str, float]:
        """Return the mean absolute difference from the target."""
        given, wanted, valid = self._seen(batch)
        apart = (answered(self._shown(), given) - wanted) * valid
        return {"loss": apart.abs().mean().item()}

    def translate(self, batch: Batch) -> Values:
        """Return what it makes of the input of a batch."""
        return as_values(answered(self._shown(), batch[INPUT].to(self._dtype)), self._made)

    def state(self) -> dict[str, Tensor]:
        """Return weights and optimisers; all draws are known by the number of the step."""
        return self._kept.state()

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)

    def exportable(self) -> Exportable:
        """Return the generator."""
        plan = self._generator.plan
        is_fixed = not depends_on_image(plan.norm) and not self._takes_image_means
        use = image_use(self.size_px, plan.multiple, reach_px(plan.downs), is_fixed=is_fixed)
        return Exported(self._shown(), (self._taken,), self._made, use).ready()

    @property
    def _takes_image_means(self) -> bool:
        """Whether batch norms take means of the image where nothing is learnt."""
        return self._generator.plan.norm == "batch" and self.options.test_time == "batch"

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float64 if self._settings.precision == "float64" else torch.float32

    @property
    def _kept(self) -> Kept:
        return Kept(
            {"generator": self._generator, "critic": self._critic},
            {"adam_generator": self._adam_g, "adam_critic": self._adam_c},
            ("none", torch.Generator()),
        )

    def _shown(self) -> nn.Module:
        """Return the generator as it is when nothing is learnt."""
        net = image_by_image(self._generator) if self._takes_image_means else self._generator
        return net.eval()

    def _seen(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return input, target, and where the target has data: 1, elsewhere 0."""
        given, wanted = (batch[role].to(self._dtype) for role in (INPUT, TARGET))
        valid = batch.masks.get(TARGET)
        return given, wanted, torch.ones_like(wanted[:, :1]) if valid is None else valid.to(wanted)

    @contextmanager
    def _dropout_of(self, number: int) -> Iterator[None]:
        """Draw the dropout of a step from its number, so that going on needs no state of it."""
        if not self._has_dropout:
            yield
            return
        devices = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            seed = (self._seed + DROPOUT_STREAM) * 2**31 + number * self._group.world
            torch.manual_seed((seed + self._group.rank) % 2**63)
            yield

    def _step_critic(
        self,
        parts: Sequence[tuple[float, tuple[Tensor, ...]]],
        losses: dict[str, float],
    ) -> Tensor | None:
        """Update the critic; return the generated images, to be learnt from, of a whole batch."""
        is_whole, made = len(parts) == 1, None
        self._adam_c.zero_grad(set_to_none=True)
        for share, (given, wanted, valid) in parts:
            with torch.set_grad_enabled(is_whole):
                made = self._generate(given)
            real = torch.cat([given, wanted * valid], 1)
            fake = torch.cat([given, made.detach() * valid], 1)
            scores = self._scores_of(real, fake)
            loss = SHARES[self.options.loss][0] * LOSSES[self.options.loss].critic(*scores)
            torch.autograd.backward(share * loss)
            add(losses, share, critic_loss=loss)
        self._adam_c.step()
        return made if is_whole else None

    def _scores_of(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        if self._scores_apart:
            return self._score(real), self._score(fake)
        scores = self._score(torch.cat([real, fake]))
        return scores[: len(real)], scores[len(real) :]

    def _step_generator(
        self,
        parts: Sequence[tuple[float, tuple[Tensor, ...]]],
        made: Tensor | None,
        losses: dict[str, float],
    ) -> None:
        """Update the generator; what was made of the batch already is not made again."""
        self._critic.requires_grad_(False)
        self._adam_g.zero_grad(set_to_none=True)
        for share, (given, wanted, valid) in parts:
            answer = self._generate(given) if made is None else made
            scores = self._score(torch.cat([given, answer * valid], 1))
            fooled = SHARES[self.options.loss][1] * LOSSES[self.options.loss].generator(scores)
            apart = ((answer - wanted) * valid).abs().mean()
            torch.autograd.backward(share * (fooled + self.options.l1 * apart))
            add(losses, share, generator_loss=fooled, loss=apart)
        self._adam_g.step()
        self._critic.requires_grad_(True)

    def _run_generator(self, images: Tensor, settings: StepSettings) -> Tensor:
        net = self._generator
        return net.joined(in_precision(net.answer, net.features, images, settings), images)

    def _run_critic(self, pairs: Tensor, settings: StepSettings) -> Tensor:
        head = len(self._critic) - self._critic_head
        return in_precision(self._critic[head:], self._critic[:head], pairs, settings)


def pair_channels(ports: Sequence[BoundPort]) -> tuple[int, int]:
    """Return the real channels of input and target."""
    return channels_of(port_of(ports, INPUT)), channels_of(port_of(ports, TARGET))
