"""CycleTrainer: two generators between two roles, each against a critic (Zhu et al. 2017).

A step updates both generators on what they make of a batch, then both critics on the same images,
of which some are exchanged for those of earlier steps. The roles of a batch need not show the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from satstudio.core.port import Role
from satstudio.learn.adversarial.cycle_losses import (
    CYCLE_LOSSES,
    CycleLoss,
    brightness,
    brightness_difference,
)
from satstudio.learn.adversarial.cycle_options import CycleOptions
from satstudio.learn.adversarial.image_pool import ImagePool
from satstudio.learn.adversarial.two_roles import OneWay, TwoRoles
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.ema import Ema
from satstudio.learn.image_methods import Exported, answered, as_values, flipped, in_precision
from satstudio.learn.method import Exportable, Findings, ImageUse, SeenData, StepSettings, Values
from satstudio.learn.method_state import Kept
from satstudio.learn.nets.image_unet import ImageUNet
from satstudio.learn.nets.mixing import mixes_images
from satstudio.learn.nets.resnet_generator import ResnetGenerator
from satstudio.learn.step_settings import Runner, add, micro_batches, set_lr

POOL_STREAM = 0x706F6F6C
"""Added to the seed of the pools, so that weights and exchanges do not start alike."""

UNANCHORED = (
    "Nothing holds the brightness of the output to that of the input (identity = 0): a CycleGAN "
    "can learn the inverted image, with cycle and adversarial losses as good as ever. Watch the "
    "brightness correlation, or give 'identity' a weight."
)

Images = Mapping[Role, Tensor]
Generating = ResnetGenerator | ImageUNet


@dataclass(frozen=True, slots=True, eq=False)
class CycleNetworks:
    """Networks by the role that they make or score, and how one is run in another precision.

    Attributes
    ----------
    generators : of the other role's images to those of this role; have `features` and `answer`
    critics : images to scores; their last `critic_head` layers are never calculated in bfloat16
    use : how the generator of the second role is used in a model file
    """

    generators: Mapping[Role, Generating]
    critics: Mapping[Role, nn.Sequential]
    critic_head: int
    use: ImageUse


class CycleTrainer:
    """Learns to make images of a second role of those of a first, and the other way round."""

    def __init__(
        self,
        options: CycleOptions,
        roles: TwoRoles,
        networks: CycleNetworks,
        seed: int,
        device: torch.device,
    ) -> None:
        self.options = options
        self.size_px = options.size
        self.target = roles.second.role
        self._roles, self._networks = roles, networks
        self._seed, self._device = seed, device
        self._forms = {form.role: form for form in (roles.first, roles.second)}
        self._other = {roles.first.role: roles.second.role, roles.second.role: roles.first.role}
        self._random = torch.Generator().manual_seed(seed + POOL_STREAM)
        self._pools = {role: ImagePool(options.pool, self._random) for role in self._forms}
        self._loss: CycleLoss = CYCLE_LOSSES[options.loss]
        self._settings = StepSettings()
        self._group: Group = ALONE
        self._ema = Ema(networks.generators[self.target], options.ema)
        for net in (*self._named().values(), self._ema.net):
            net.to(device)
        self._runners = {
            role: Runner(net, _generator_run(net)) for role, net in networks.generators.items()
        }
        self._critic_runners = {
            role: Runner(net, _critic_run(net, networks.critic_head))
            for role, net in networks.critics.items()
        }
        self._generate: dict[Role, nn.Module] = dict(self._runners)
        self._score: dict[Role, nn.Module] = dict(self._critic_runners)
        self._adam_g = self._adam(networks.generators.values())
        self._adam_c = self._adam(networks.critics.values())
        self.parameters: Mapping[str, int] = {
            name: sum(weight.numel() for weight in net.parameters())
            for name, net in self._named().items()
        }

    def fit(self, largest: float, batch: Batch) -> None:
        """Need nothing: scalings of the data have done it."""

    def inspect(self, data: SeenData, images: Tensor) -> Findings:
        """Say what holds the brightness, and where nothing does."""
        remarks = (UNANCHORED,) if self._roles.anchor == "none" else ()
        return Findings({"anchor": self._roles.anchor}, remarks)

    def adjust(self, settings: StepSettings) -> None:
        """Learn with these settings from now on."""
        self._settings = settings
        for runner in (*self._runners.values(), *self._critic_runners.values()):
            runner.adjust(settings)
        if settings.precision == "float64":
            for net in (*self._named().values(), self._ema.net):
                net.double()

    def distribute(self, group: Group) -> None:
        """Learn with other processes, each from its share of a batch."""
        self._group = group
        self._generate = {role: group.wrap(net) for role, net in self._runners.items()}
        self._score = {role: group.wrap(net) for role, net in self._critic_runners.items()}

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """Update both generators, then both critics."""
        batch = flipped(batch, self.options.flips, self._seed, number, self._group)
        for adam in (self._adam_g, self._adam_c):
            set_lr(adam, self._settings.pace * self.options.rate(number))
        for net in self._named().values():
            net.train()
        real = self._seen(batch)
        losses, fake = self._step_generators(real, self._valid(batch))
        if self.options.ema:
            self._ema.update(self._networks.generators[self.target], number)
        return losses | self._step_critics(real, fake)

    def validate(self, batch: Batch, number: int) -> dict[str, float]:
        """Return the generators' losses on a batch; nothing changes."""
        for net in self._named().values():
            net.eval()
        with torch.no_grad():
            named, total, _ = self._generator_losses(self._seen(batch), self._valid(batch))
        return {name: value.item() for name, value in {**named, "loss": total}.items()}

    def translate(self, batch: Batch) -> Values:
        """Make the second role of the first, in the network's numbers (n, bands, rows, cols)."""
        images = batch[self._roles.first.role].to(self._dtype)
        return as_values(answered(self._way().eval(), images), self._roles.second.port)

    def state(self) -> dict[str, Tensor]:
        """Return weights, optimisers, pools and the state of what exchanges their images."""
        pools = {
            f"pool_{role}.{name}": value
            for role, pool in self._pools.items()
            for name, value in pool.state().items()
        }
        return self._kept.state() | pools

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)
        like = torch.empty(0, dtype=self._dtype, device=self._device)
        for role, pool in self._pools.items():
            name = f"pool_{role}."
            own = {key.removeprefix(name): v for key, v in state.items() if key.startswith(name)}
            pool.load_state(own, like)

    def exportable(self) -> Exportable:
        """Return the generator of the second role, ready for a model file."""
        taken, made = self._roles.first.port, self._roles.second.port
        return Exported(self._way().eval(), (taken,), made, self._networks.use).ready()

    def _way(self) -> OneWay:
        """Return the generator of the second role that is shown, with that role's own channels."""
        net = self._ema.net if self.options.ema else self._networks.generators[self.target]
        return OneWay(net, self._roles.first, self._roles.second)

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float64 if self._settings.precision == "float64" else torch.float32

    @property
    def _kept(self) -> Kept:
        adams = {"adam_generators": self._adam_g, "adam_critics": self._adam_c}
        nets = self._named() | ({"mean": self._ema.net} if self.options.ema else {})
        return Kept(nets, adams, ("pools", self._random))

    def _named(self) -> dict[str, nn.Module]:
        """Return all networks by the names of checkpoints."""
        makes = {f"generator_{role}": net for role, net in self._networks.generators.items()}
        return makes | {f"critic_{role}": net for role, net in self._networks.critics.items()}

    def _seen(self, batch: Batch) -> Images:
        """Return the images of each role as networks see them: 0 where there are no data."""
        valid = self._valid(batch)
        return {
            role: form.seen(batch[role].to(self._dtype)) * valid[role]
            for role, form in self._forms.items()
        }

    def _valid(self, batch: Batch) -> Images:
        """Return where each role has data: 1, elsewhere 0; of whole images (n, 1, 1, 1)."""
        whole = torch.ones((len(batch), 1, 1, 1), device=self._device, dtype=self._dtype)
        return {
            role: batch.masks[role].to(whole) if role in batch.masks else whole
            for role in self._forms
        }

    def _step_generators(self, real: Images, valid: Images) -> tuple[dict[str, float], Images]:
        """Return losses, and what the generators made before they changed."""
        losses: dict[str, float] = {}
        made: dict[Role, list[Tensor]] = {role: [] for role in self._forms}
        for net in self._networks.critics.values():
            net.requires_grad_(False)
        self._adam_g.zero_grad(set_to_none=True)
        every = [*real.values(), *(valid[role] for role in real)]
        for share, parts in micro_batches(self._settings.micro_batches, *every):
            count = len(real)
            micro, some = (
                dict(zip(real, half, strict=True)) for half in (parts[:count], parts[count:])
            )
            named, total, fake = self._generator_losses(micro, some)
            torch.autograd.backward(share * total)
            add(losses, share, **named, loss=total)
            for role, images in fake.items():
                made[role].append(images.detach())
        self._adam_g.step()
        for net in self._networks.critics.values():
            net.requires_grad_(True)
        return losses, {role: torch.cat(images) for role, images in made.items()}

    def _generator_losses(
        self, real: Images, valid: Images
    ) -> tuple[dict[str, Tensor], Tensor, Images]:
        """Return parts of the loss, all of it, and the images that were made.

        What is made of places without data is 0, and counts nowhere.
        """
        is_identity = self._roles.anchor == "identity"
        fake, kept = {}, {}
        for role, other in self._other.items():
            given = [real[other], *([real[role]] if is_identity else [])]
            made, *kept[role] = together(self._generate[role], *given)
            fake[role] = made * valid[other]
        named = {
            "generator_loss": _total(self._loss.generator(self._score[r](fake[r])) for r in fake),
            "cycle": _total(
                _l1(self._generate[role](fake[other]) * valid[role], real[role])
                for role, other in self._other.items()
            ),
        }
        total = named["generator_loss"] + self.options.cycle * named["cycle"]
        if is_identity:
            named["identity"] = _total(
                _l1(kept[role][0] * valid[role], real[role]) for role in real
            )
        elif self._roles.anchor == "brightness":
            named["identity"] = _total(self._anchor(role, real, fake) for role in real)
        if "identity" in named:
            total = total + self.options.identity * named["identity"]
        return named, total, fake

    def _anchor(self, role: Role, real: Images, fake: Images) -> Tensor:
        """Return how the brightness of what is made of a role differs from what it is made of."""
        shown = self._brightness(role, fake), self._brightness(self._other[role], real)
        return brightness_difference(*shown)

    def _brightness(self, role: Role, images: Images) -> Tensor:
        return brightness(images[role], self._forms[role].is_complex)

    def _step_critics(self, real: Images, fake: Images) -> dict[str, float]:
        """Update both critics on real images, and on newest ones mixed with past ones."""
        shown = {role: self._exchanged(role, images) for role, images in fake.items()}
        losses: dict[str, float] = {}
        self._adam_c.zero_grad(set_to_none=True)
        pairs = [*real.values(), *(shown[role] for role in real)]
        for share, parts in micro_batches(self._settings.micro_batches, *pairs):
            halves = zip(real, parts[: len(real)], parts[len(real) :], strict=True)
            loss = _total(self._critic_loss(*half) for half in halves)
            torch.autograd.backward(share * loss)
            add(losses, share, critic_loss=loss)
        self._adam_c.step()
        return losses

    def _critic_loss(self, role: Role, real: Tensor, fake: Tensor) -> Tensor:
        return self._loss.critic(*together(self._score[role], real, fake))

    def _exchanged(self, role: Role, images: Tensor) -> Tensor:
        """Return this process's share of what the pool gives for the images of all processes."""
        return self._group.own(self._pools[role].exchange(self._group.whole(images)))

    def _adam(self, nets: Iterable[nn.Module]) -> torch.optim.Adam:
        weights = [weight for net in nets for weight in net.parameters()]
        betas = (self.options.beta1, self.options.beta2)
        return torch.optim.Adam(weights, self.options.lr, betas, fused=True)


def together(net: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
    """Return what a network says of several batches: of all at once, unless it mixes images."""
    if len(images) == 1 or mixes_images(net):
        return tuple([net(batch) for batch in images])
    said = torch.split(net(torch.cat(images)), [len(batch) for batch in images])
    return tuple(said)


def _total(parts: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(parts)).sum()


def _l1(made: Tensor, wanted: Tensor) -> Tensor:
    return (made - wanted).abs().mean()


def _generator_run(net: Generating) -> Callable[[Tensor, StepSettings], Tensor]:
    return lambda images, settings: in_precision(net.answer, net.features, images, settings)


def _critic_run(net: nn.Sequential, head: int) -> Callable[[Tensor, StepSettings], Tensor]:
    body, last = net[: len(net) - head], net[len(net) - head :]
    return lambda images, settings: in_precision(last, body, images, settings)
