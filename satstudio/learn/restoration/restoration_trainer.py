"""RestorationTrainer: a network learns from pairs what restores images; no critic.

Images are restored with the exponential moving average of the weights. All draws depend on the
seed and the number of the step, so that going on after a stop is exact.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from satstudio.core.port import BoundPort, Port, Role
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.ema import Ema
from satstudio.learn.image_methods import Exported, answered, as_values, flipped, port_of
from satstudio.learn.method import Exportable, ImageUse, MethodPorts, Rivals, StepSettings, Values
from satstudio.learn.method_state import STARTED, Kept
from satstudio.learn.model_weights import Weights, put_weights
from satstudio.learn.nets.restoration_net import RestorationNet
from satstudio.learn.restoration.restoration_losses import Loss
from satstudio.learn.restoration.restoration_options import RestorationOptions
from satstudio.learn.setup.roles import network_ports
from satstudio.learn.step_settings import Runner, add, micro_batches, set_lr

TARGET: Role = "target"
TARGET_MASK = Port(role="target_mask", dtype="bool", mask_of=TARGET)
"""What has no data in the target is not learnt."""

CHANGE_STREAM = 5
"""Of what is changed in batches before a network sees them, beside the streams of `Batches`."""

CALIBRATED_EVERY, CALIBRATED_ON = 8, 4
"""Steps, and images."""

CALIBRATED_MEMORY = 0.98

DRAWS = 16
"""Numbers, 0 to 1, that are drawn for the change of an image."""

Change = Callable[[Batch, Tensor], Batch]
"""What is done to the images that are learnt from, such as leaving out dates: of a batch and its
draws (n, DRAWS)."""


@dataclass(frozen=True, slots=True, eq=False)
class Restoration:
    """What one method gives the trainer.

    Attributes
    ----------
    ports : what the network takes, in the order of its arguments, and gives
    use : how scenes are restored
    rivals : what plain rules make of a batch
    weight : what the losses of images are multiplied by (n, 1, 1, 1); None: 1
    change : of batches that are learnt from
    calibrate : follows what an answer is to be multiplied by, now and then, on the networks that
        learn and are shown, some images, and how much of the earlier value stays
    """

    net: RestorationNet
    ports: MethodPorts
    use: ImageUse
    loss: Loss
    rivals: Callable[[Batch], Rivals]
    weight: Callable[[Batch], Tensor] | None = None
    change: Change | None = None
    calibrate: Callable[[RestorationNet, RestorationNet, Batch, float], None] | None = None


class RestorationTrainer:
    """Learns to make the target of the inputs."""

    target = TARGET

    def __init__(
        self,
        options: RestorationOptions,
        task: Restoration,
        ports: Sequence[BoundPort],
        seed: int,
        device: torch.device,
    ) -> None:
        self.options = options
        self.size_px = options.size
        self._task, self._ports = task, tuple(ports)
        self._made = port_of(ports, TARGET)
        self._seed, self._device = seed, device
        self._net = task.net
        self._net.start(torch.Generator().manual_seed(seed))
        self._net.to(device)
        self._ema = Ema(self._net, options.ema)
        self._ema.net.eval()
        self._group: Group = ALONE
        self._runner = Runner(self._net, self._run)
        self._said: torch.nn.Module = self._runner
        self._adam = torch.optim.Adam(self._net.parameters(), options.lr, fused=True)
        self._settings = StepSettings()
        self.parameters: Mapping[str, int] = {
            "network": sum(weight.numel() for weight in self._net.parameters())
        }

    def fit(self, largest: float, batch: Batch) -> None:
        """Need nothing: values come scaled."""

    def adjust(self, settings: StepSettings) -> None:
        """Learn with these settings from now on."""
        self._settings = settings
        self._runner.adjust(settings)
        if settings.precision == "float64":
            self._net.double()
            self._ema.net.double()

    def distribute(self, group: Group) -> None:
        """Learn with other processes, each from its share of the images."""
        self._group, self._said = group, group.wrap(self._runner)

    def start_from(self, weights: Weights) -> str:
        """Begin with the weights of a model file.

        Raises
        ------
        UnfitError
            If its network has other channels or layers.
        """
        own = self._ema.net
        put_weights(own, {name.removeprefix("net."): value for name, value in weights.items()})
        self._net.load_state_dict(own.state_dict())
        self._ema.is_started = True
        return ""

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """Take one step on flipped and changed images."""
        batch = flipped(batch, self.options.flips, self._seed, number, self._group)
        if self._task.change is not None:
            batch = self._task.change(batch, self._draws(len(batch), number))
        set_lr(self._adam, self._settings.pace * self.options.rate(number))
        self._adam.zero_grad(set_to_none=True)
        losses: dict[str, float] = {}
        wanted, weight = self._wanted(batch)
        seen = (*self._given(batch), wanted, weight)
        for share, (*given, target, counted) in micro_batches(self._settings.micro_batches, *seen):
            loss = self._task.loss(self._said(*given), target, counted)
            torch.autograd.backward(share * loss)
            add(losses, share, loss=loss)
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), self.options.clip)
        self._adam.step()
        self._ema.update(self._net, number)
        if self._task.calibrate is not None and number % CALIBRATED_EVERY == 1:
            self._calibrate(batch, number // CALIBRATED_EVERY)
        return losses

    def validate(self, batch: Batch, number: int) -> dict[str, float]:
        """Return the loss of the EMA network."""
        wanted, weight = self._wanted(batch)
        answer = answered(self._ema.net, *self._given(batch))
        return {"loss": self._task.loss(answer, wanted, weight).item()}

    def translate(self, batch: Batch) -> Values:
        """Return what it makes of the inputs of a batch."""
        return as_values(answered(self._ema.net, *self._given(batch)), self._made)

    def rivals(self, batch: Batch) -> Rivals:
        """Return what plain rules make of a batch."""
        return self._task.rivals(batch)

    def state(self) -> dict[str, Tensor]:
        """Return weights and optimiser; all draws are known by the number of the step."""
        return self._kept.state() | ({STARTED: torch.ones(())} if self._ema.is_started else {})

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)
        self._ema.is_started = STARTED in state

    def exportable(self) -> Exportable:
        """Return the EMA network."""
        taken = network_ports(self._task.ports.inputs, self._ports)
        net, ports = self._ema.net.eval(), self._task.ports
        return Exported(net, taken, self._made, self._task.use, ports).ready()

    @property
    def _kept(self) -> Kept:
        nets = {"network": self._net, "shown": self._ema.net}
        return Kept(nets, {"adam": self._adam}, ("none", torch.Generator()))

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float64 if self._settings.precision == "float64" else torch.float32

    def _calibrate(self, batch: Batch, earlier: int) -> None:
        """Follow the gain on the first images of the whole batch."""
        if self._task.calibrate is None:
            return
        whole = self._group.whole
        first = Batch(
            {role: whole(one)[:CALIBRATED_ON] for role, one in batch.values.items()},
            {role: whole(one)[:CALIBRATED_ON] for role, one in batch.masks.items()},
        )
        early = 1.0 if self._ema.is_started else earlier / (1 + earlier)
        with torch.no_grad():
            shown = self._ema.net.eval()
            self._task.calibrate(self._net, shown, first, min(CALIBRATED_MEMORY, early))

    def _draws(self, own: int, number: int) -> Tensor:
        """Return the draws of this process's images of step `number`."""
        random = np.random.default_rng((self._seed, CHANGE_STREAM, number))
        drawn = torch.from_numpy(random.random((own * self._group.world, DRAWS)))
        return self._group.own(drawn).to(self._device, torch.float32)

    def _given(self, batch: Batch) -> tuple[Tensor, ...]:
        """Return what the network takes, in its order."""
        return tuple(
            (batch[port.role] if port.mask_of is None else batch.masks[port.mask_of]).to(
                self._dtype
            )
            for port in self._task.ports.inputs
        )

    def _wanted(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the target, and what its pixels count: nothing where it has no data."""
        wanted, valid = batch[TARGET].to(self._dtype), batch.masks.get(TARGET)
        counted = torch.ones_like(wanted[:, :1]) if valid is None else valid.to(wanted)
        if self._task.weight is not None:
            counted = counted * self._task.weight(batch).to(wanted)
        return wanted, counted

    def _run(self, *given: Tensor, settings: StepSettings) -> Tensor:
        if not settings.is_low:
            answer: Tensor = self._net(*given)
            return answer
        begun = self._net.begun(*given)
        with torch.autocast(given[0].device.type, torch.bfloat16):
            features = self._net.features(*begun)
        return self._net.joined(features.float(), *begun)


def frames_of(batch: Batch, role: Role, places: Sequence[int]) -> tuple[Values, Values]:
    """Return the bands `places` of frames (n, frames, bands, ...), and where they show the ground.

    (n, frames, rows, cols) bool, as `pixels.compositing` wants them.
    """
    values: Values = batch[role][:, :, list(places)].cpu().numpy()
    return values, batch.masks[role][:, :, 0].cpu().numpy() > 0


def without_frames(batch: Batch, draws: Tensor, role: Role, share: float) -> Batch:
    """Return a batch in which frames of a role count as masked, each with this probability.

    One stays at least. Of many frames those beyond the number of draws all stay.
    """
    masks = batch.masks[role]
    there = masks.flatten(2).any(2)
    kept = torch.ones_like(there)
    count = min(masks.shape[1], draws.shape[1])
    kept[:, :count] = draws[:, :count] >= share
    kept = kept | ~(kept & there).any(1)[:, None]
    weight = kept[:, :, None, None, None].to(masks)
    return Batch(batch.values, {**batch.masks, role: masks * weight})
