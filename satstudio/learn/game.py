"""Game: a generator learns against a critic, with any loss, gradient penalty and space.

The one way in which all unconditional methods train. Real and made images go through a critic
without batch norm in one call, through one with batch norms in two, so that it sees them apart.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from satstudio.learn.chance import Chance, Draws
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.game_options import GameOptions
from satstudio.learn.losses import (
    LOSSES,
    gradient_penalty,
    perturbed,
    slope_power,
    wasserstein_distance,
)
from satstudio.learn.manner import Runner, add, mixed, parted, set_lr
from satstudio.learn.method import Exportable, Manner, Values
from satstudio.learn.method_state import STARTED, Kept
from satstudio.learn.model_weights import Weights
from satstudio.learn.nets.complex_dcgan import mixes_images
from satstudio.learn.players import Players
from satstudio.learn.spaces import fit_sigma

VALIDATION_STREAM = 0x6E6F697365
"""Added to the number of a validation, so that its noise is not that of any step."""

TWO_STEP = "space.two_step"
"""In a state whose two-step schedule switches once; where it lacks, as earlier: T, 0, T, 0."""

FRESH_CRITIC = (
    "Only the generator starts from the model file, which holds no critic: the critic has random "
    "weights, and images may become worse until it has learnt."
)


@dataclass(frozen=True, slots=True)
class _Part:
    """Real images of a part of a batch and all chance that goes with them.

    Attributes
    ----------
    real : as the critic sees them
    spread : standard deviation of the whole batch
    """

    real: Tensor
    draws: Draws
    spread: Tensor


class Game:
    """A step is one update of the critic; each `n_critic`-th also updates the generator."""

    def __init__(
        self, options: GameOptions, players: Players, seed: int, device: torch.device
    ) -> None:
        self.options = options
        self.size_px = players.size_px
        self._players = players
        self._device = device
        self._manner = Manner()
        self._group: Group = ALONE
        self._generator, self._critic = players.generator, players.critic
        self._maker = Runner(self._generator, self._run_made)
        self._scorer = Runner(self._critic, self._run_scored)
        self._made: nn.Module = self._maker
        self._scored: nn.Module = self._scorer
        self._chance = Chance(seed, players.noise)
        players.start(self._chance.of_weights)
        self._mean = deepcopy(self._generator).requires_grad_(False)
        self._space = options.make_space()
        self._is_apart = mixes_images(self._critic)
        self._is_started = False
        for net in (self._generator, self._critic, self._mean):
            net.to(device)
        self._adam_g = self._adam(self._generator, options.generator_lr_share)
        self._adam_c = self._adam(self._critic, 1.0)
        self.parameters: Mapping[str, int] = players.parameters()

    def fit(self, largest: float, images: Tensor) -> None:
        """Set the largest modulus that images can have; choose sigma where none is chosen."""
        for net in (self._generator, self._mean):
            self._players.limit(net, largest)
        is_noisy = self.options.space in ("noise", "noisy_scale")
        if is_noisy and self.options.sigma == "fit":
            sigma = fit_sigma(images, self.options.longest, self.options.space)
            self._space = replace(self._space, sigma=sigma)

    def start_from(self, weights: Weights) -> str:
        """Let the generator and its mean be those of a model file; the critic stays as it is.

        Raises
        ------
        RunError, UnfitError
            If they cannot be.
        """
        for net in (self._generator, self._mean):
            self._players.start_from(net, weights)
        self._is_started = True
        return FRESH_CRITIC

    def adjust(self, manner: Manner) -> None:
        """Learn from now on in this manner."""
        self._manner = manner
        self._maker.adjust(manner)
        self._scorer.adjust(manner)
        lr = manner.pace * self.options.lr
        set_lr(self._adam_g, self.options.generator_lr_share * lr)
        set_lr(self._adam_c, lr)
        if manner.precision == "float64":
            for net in (self._generator, self._critic, self._mean):
                net.double()

    def distribute(self, group: Group) -> None:
        """Learn with other processes, each from its share of a batch and of its chance."""
        self._group = self._chance.group = group
        self._made, self._scored = group.wrap(self._maker), group.wrap(self._scorer)

    def step(self, batch: Tensor, number: int) -> dict[str, float]:
        """Update the critic, and at every `n_critic`-th number the generator."""
        batch = batch.to(self._dtype)
        time = self._space.time(number / self.options.anneal_steps)
        self._generator.train()
        self._critic.train()
        losses = self._step_critic(batch, time)
        later = number - self.options.head_start
        if later > 0 and later % self.options.n_critic == 0:
            losses |= self._step_generator(batch, time)
            self._follow(later // self.options.n_critic)
        return losses | ({"time": time} if self.options.space != "none" else {})

    def validate(self, batch: Tensor, number: int) -> dict[str, float]:
        """Return the gap of the scores and the penalty on a batch, with noise of its own."""
        batch = batch.to(self._dtype)
        chance = Chance(VALIDATION_STREAM + number, self._players.noise)
        draws = chance.draw(batch, self._space, 0.0, self.options.penalty)
        self._critic.eval()
        with torch.no_grad():
            fake = self._generator.eval()(draws.noise)
            gap = wasserstein_distance(self._critic(batch), self._critic(fake))
        part = _Part(batch, draws, batch.std())
        penalty = self._penalty(part, fake, is_learning=False)
        return {"wasserstein": gap.item(), "penalty": penalty.item()}

    def generate(self, seeds: Sequence[int]) -> Values:
        """Make one image a seed; complex ones with torch's complex arithmetic."""
        return self._reference(self._players.noise.latents(seeds))

    def state(self) -> dict[str, Tensor]:
        """Return weights, optimisers, sigma, the state of the noise, and which two-step it is."""
        sigma = torch.tensor(self._space.sigma, dtype=torch.float64)
        state = self._kept.state() | {"space.sigma": sigma}
        state |= {STARTED: torch.ones(())} if self._is_started else {}
        return state | ({TWO_STEP: torch.ones(())} if self._space.schedule == "two_step" else {})

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)
        self._is_started = STARTED in state
        space = self.options.make_space()
        if space.schedule == "two_step" and TWO_STEP not in state:
            space = replace(space, schedule="alternating")
        self._space = replace(space, sigma=float(state["space.sigma"]))

    def exportable(self) -> Exportable:
        """Return the generator that images are made with, as real layers."""
        net = self._players.real_layers(deepcopy(self._shown()).cpu().float())
        return Exportable(net, self._reference, self._players.noise.card())

    @property
    def critic(self) -> nn.Module:
        """The network that scores images."""
        return self._critic

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise of one step; 0 where the space has none."""
        return self._space.sigma

    @property
    def is_alternating(self) -> bool:
        """Whether it goes on with what the two-step schedule was in an earlier version."""
        return self._space.schedule == "alternating"

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float64 if self._manner.precision == "float64" else torch.float32

    @property
    def _kept(self) -> Kept:
        return Kept(
            {"generator": self._generator, "critic": self._critic, "mean": self._mean},
            {"adam_generator": self._adam_g, "adam_critic": self._adam_c},
            ("noise", self._chance.of_steps),
        )

    def _shown(self) -> nn.Sequential:
        """Return the generator that images are made with, as it is when nothing is learnt."""
        return (self._mean if self.options.ema else self._generator).eval()

    def _reference(self, noise: Values) -> Values:
        given = torch.from_numpy(noise)
        exact = given.to(self._dtype.to_complex() if given.is_complex() else self._dtype)
        with torch.no_grad():
            made = self._shown()(exact.to(self._device))
        values: Values = made.to(given.dtype).cpu().numpy()
        return values

    def _step_critic(self, real: Tensor, time: float) -> dict[str, float]:
        draws = self._chance.draw(real, self._space, time, self.options.penalty)
        seen = self._space.apply(real, time, draws.is_taken, draws.white_real)
        is_moved = self.options.penalty.startswith("dragan")
        spread = (self._group.whole(seen) if is_moved else seen).std()
        losses: dict[str, float] = {}
        self._adam_c.zero_grad(set_to_none=True)
        for share, (images, *chances) in parted(self._manner.parts, seen, *draws):
            part = _Part(images, Draws(*chances), spread)
            named, loss = self._critic_losses(part, time)
            torch.autograd.backward(share * loss)
            add(losses, share, **named, critic_loss=loss)
        slopes = [weight.grad for weight in self._critic.parameters() if weight.grad is not None]
        add(losses, 1.0, slope=nn.utils.get_total_norm(slopes))
        self._adam_c.step()
        return losses

    def _critic_losses(self, part: _Part, time: float) -> tuple[dict[str, Tensor], Tensor]:
        draws, loss = part.draws, LOSSES[self.options.loss]
        with torch.no_grad():
            fake = self._made(draws.noise)
        fake = self._space.apply(fake, time, draws.is_taken, draws.white_fake)
        real_scores, fake_scores = self._scores_of(part.real, fake)
        named = {"wasserstein": wasserstein_distance(real_scores, fake_scores)}
        if loss.is_centred:
            named |= {
                "sign_real": real_scores.detach().sign().mean(),
                "sign_fake": fake_scores.detach().sign().mean(),
            }
        named["penalty"] = self._penalty(part, fake)
        total = loss.critic(real_scores, fake_scores) + self.options.gp * named["penalty"]
        return named, total

    def _scores_of(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        if self._is_apart:
            return self._scored(real), self._scored(fake)
        scores = self._scored(torch.cat([real, fake]))
        return scores[: len(real)], scores[len(real) :]

    def _step_generator(self, like: Tensor, time: float) -> dict[str, float]:
        draws = self._chance.draw(like, self._space, time, "none")
        losses: dict[str, float] = {}
        self._critic.requires_grad_(False)
        self._adam_g.zero_grad(set_to_none=True)
        for share, chances in parted(self._manner.parts, *draws):
            part = Draws(*chances)
            seen = self._made(part.noise)
            seen = self._space.apply(seen, time, part.is_taken, part.white_fake)
            loss = LOSSES[self.options.loss].generator(self._scored(seen))
            torch.autograd.backward(share * loss)
            add(losses, share, generator_loss=loss)
        self._adam_g.step()
        self._critic.requires_grad_(True)
        return losses

    def _penalty(self, part: _Part, fake: Tensor, *, is_learning: bool = True) -> Tensor:
        kind, real, mix = self.options.penalty, part.real, part.draws.mix
        if kind == "none":
            return torch.zeros((), device=real.device)
        if kind == "r1":
            return slope_power(self._sloped, real, keep_graph=is_learning)
        other = fake if kind == "wgan_gp" else perturbed(real, part.draws.shift, part.spread)
        return gradient_penalty(self._sloped, real, other, mix, keep_graph=is_learning)

    def _run_made(self, noise: Tensor, manner: Manner) -> Tensor:
        return mixed(self._generator, noise, self._players.generator_head, manner)

    def _run_scored(self, images: Tensor, manner: Manner) -> Tensor:
        return mixed(self._critic, images, self._players.critic_head, manner)

    def _sloped(self, images: Tensor) -> Tensor:
        """Score what is derived twice, which cannot be compiled."""
        is_low = self._manner.precision == "bf16_all"
        return self._run_scored(images, Manner(precision="bf16_all" if is_low else "float32"))

    def _follow(self, updates: int) -> None:
        """Move the averaged generator; early on it forgets faster; batch norms are the newest."""
        early = 1.0 if self._is_started else (1 + updates) / (10 + updates)
        memory = min(self.options.ema, early)
        with torch.no_grad():
            pairs = zip(self._mean.parameters(), self._generator.parameters(), strict=True)
            for mean, new in pairs:
                mean.lerp_(new, 1 - memory)
            for kept, newest in zip(self._mean.buffers(), self._generator.buffers(), strict=True):
                kept.copy_(newest)

    def _adam(self, net: nn.Module, share: float) -> torch.optim.Adam:
        betas = (self.options.beta1, self.options.beta2)
        return torch.optim.Adam(net.parameters(), share * self.options.lr, betas, fused=True)
