"""AdversarialTrainer: a generator against a critic, with any loss, gradient penalty and space.

The one way in which all unconditional methods train. Real and generated images go through a critic
without batch norm in one call, through one with batch norms in two, so that it sees them apart.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from satstudio.learn.adversarial.draws import Draws, RandomDraws
from satstudio.learn.adversarial.losses import (
    LOSSES,
    gradient_penalty,
    gradient_power,
    perturbed,
    wasserstein_distance,
)
from satstudio.learn.adversarial.networks import Networks
from satstudio.learn.adversarial.options import AdversarialOptions
from satstudio.learn.adversarial.spaces import (
    fit_sigma,
    two_valued_share,
    two_valued_warning,
    variance,
    variances,
)
from satstudio.learn.batch import Batch
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.ema import Ema
from satstudio.learn.method import (
    Exportable,
    Findings,
    SeenData,
    SpaceEstimate,
    StepSettings,
    Values,
)
from satstudio.learn.method_state import STARTED, Kept
from satstudio.learn.model_weights import Weights
from satstudio.learn.nets.mixing import mixes_images
from satstudio.learn.step_settings import Runner, add, micro_batches, mixed, set_lr

VALIDATION_STREAM = 0x6E6F697365
"""Added to the number of a validation, so that its noise is not that of any step."""

TWO_STEP = "space.two_step"
"""In a state whose two-step schedule switches once; where it lacks, as earlier: T, 0, T, 0."""

ALTERNATING = (
    "This run began with the two-step schedule of an earlier version of the program, which takes "
    "images to T and leaves them alone twice in turn, and goes on with it; a new run switches once."
)

MOST_SHOWN = 512
"""Times up to which the variance is followed."""

FRESH_CRITIC = (
    "Only the generator starts from the model file, which holds no critic: the critic has random "
    "weights, and images may become worse until it has learnt."
)


@dataclass(frozen=True, slots=True)
class _MicroBatch:
    """Real images of a part of a batch and all random draws that go with them.

    Attributes
    ----------
    real : as the critic sees them
    std : standard deviation of the whole batch
    """

    real: Tensor
    draws: Draws
    std: Tensor


class AdversarialTrainer:
    """A step is one update of the critic; each `n_critic`-th also updates the generator."""

    def __init__(
        self, options: AdversarialOptions, networks: Networks, seed: int, device: torch.device
    ) -> None:
        self.options = options
        self.size_px = networks.size_px
        self._networks = networks
        self._device = device
        self._settings = StepSettings()
        self._group: Group = ALONE
        self._generator, self._critic = networks.generator, networks.critic
        self._generator_runner = Runner(self._generator, self._run_generator)
        self._critic_runner = Runner(self._critic, self._run_critic)
        self._generate: nn.Module = self._generator_runner
        self._score: nn.Module = self._critic_runner
        self._random = RandomDraws(seed, networks.noise)
        networks.start(self._random.of_weights)
        self._ema = Ema(self._generator, options.ema)
        self._space = options.make_space()
        self._scores_apart = mixes_images(self._critic)
        for net in (self._generator, self._critic, self._ema.net):
            net.to(device)
        self._adam_g = self._adam(self._generator, options.generator_lr_share)
        self._adam_c = self._adam(self._critic, 1.0)
        self.parameters: Mapping[str, int] = networks.parameters()

    def fit(self, largest: float, batch: Batch) -> None:
        """Set the output limit; choose sigma where none is chosen."""
        for net in (self._generator, self._ema.net):
            self._networks.limit(net, largest)
        is_noisy = self.options.space in ("noise", "noisy_scale")
        if is_noisy and self.options.sigma == "fit":
            sigma = fit_sigma(batch.images, self.options.initial_time, self.options.space)
            self._space = replace(self._space, sigma=sigma)

    def start_from(self, weights: Weights) -> str:
        """Let the generator and its EMA be those of a model file; the critic stays as it is.

        Raises
        ------
        RunError, UnfitError
            If they cannot be.
        """
        for net in (self._generator, self._ema.net):
            self._networks.start_from(net, weights)
        self._ema.is_started = True
        return FRESH_CRITIC

    def adjust(self, settings: StepSettings) -> None:
        """Learn with these settings from now on."""
        self._settings = settings
        self._generator_runner.adjust(settings)
        self._critic_runner.adjust(settings)
        lr = settings.pace * self.options.lr
        set_lr(self._adam_g, self.options.generator_lr_share * lr)
        set_lr(self._adam_c, lr)
        if settings.precision == "float64":
            for net in (self._generator, self._critic, self._ema.net):
                net.double()

    def distribute(self, group: Group) -> None:
        """Learn with other processes, each from its share of a batch and of its random draws."""
        self._group = self._random.group = group
        self._generate = group.wrap(self._generator_runner)
        self._score = group.wrap(self._critic_runner)

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """Update the critic, and at every `n_critic`-th number the generator."""
        images = batch.images.to(self._dtype)
        time = self._space.time(number / self.options.anneal_steps)
        self._generator.train()
        self._critic.train()
        losses = self._step_critic(images, time)
        later = number - self.options.head_start
        if later > 0 and later % self.options.n_critic == 0:
            losses |= self._step_generator(images, time)
            self._ema.update(self._generator, later // self.options.n_critic)
        return losses | ({"time": time} if self.options.space != "none" else {})

    def validate(self, batch: Batch, number: int) -> dict[str, float]:
        """Return the gap of the scores and the penalty on a batch, with noise of its own."""
        images = batch.images.to(self._dtype)
        random = RandomDraws(VALIDATION_STREAM + number, self._networks.noise)
        draws = random.draw(images, self._space, 0.0, self.options.penalty)
        self._critic.eval()
        with torch.no_grad():
            fake = self._generator.eval()(draws.noise)
            gap = wasserstein_distance(self._critic(images), self._critic(fake))
        micro = _MicroBatch(images, draws, images.std())
        penalty = self._penalty(micro, fake, is_learning=False)
        return {"wasserstein": gap.item(), "penalty": penalty.item()}

    def generate(self, seeds: Sequence[int]) -> Values:
        """Make one image a seed; complex ones with torch's complex arithmetic."""
        return self._reference(self._networks.noise.latents(seeds))

    def state(self) -> dict[str, Tensor]:
        """Return weights, optimisers, sigma, the state of the noise, and which two-step it is."""
        sigma = torch.tensor(self._space.sigma, dtype=torch.float64)
        state = self._kept.state() | {"space.sigma": sigma}
        state |= {STARTED: torch.ones(())} if self._ema.is_started else {}
        return state | ({TWO_STEP: torch.ones(())} if self._space.schedule == "two_step" else {})

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self._kept.load(state)
        self._ema.is_started = STARTED in state
        space = self.options.make_space()
        if space.schedule == "two_step" and TWO_STEP not in state:
            space = replace(space, schedule="alternating")
        self._space = replace(space, sigma=float(state["space.sigma"]))

    def exportable(self) -> Exportable:
        """Return the generator that images are generated with, as real layers."""
        net = self._networks.real_layers(deepcopy(self._shown()).cpu().float())
        return Exportable(net, self._reference, self._networks.noise.card())

    def inspect(self, data: SeenData, images: Tensor) -> Findings:
        """Say what the space has to do with the images: it is worse on those of two values.

        Nakamura et al., limitations.
        """
        if self.options.space == "none":
            return Findings()
        share = two_valued_share(images)
        remarks = [ALTERNATING] if self._space.schedule == "alternating" else []
        info = {"space": {"sigma": self.sigma, "two_valued_share": share}}
        return Findings(info, (*remarks, *filter(None, [two_valued_warning(share)])))

    def space_estimate(self, images: Tensor) -> SpaceEstimate | None:
        """Return the variance of images in each space, up to T."""
        if self.options.space == "none":
            return None
        start = variance(images) or 1.0
        last = min(max(round(self.options.initial_time), 1), MOST_SHOWN)
        curves = variances(images, last, self.sigma)
        return SpaceEstimate(
            self.sigma,
            {kind: [value / start for value in curve] for kind, curve in curves.items()},
            two_valued_warning(two_valued_share(images)),
        )

    @property
    def critic(self) -> nn.Module:
        """The network that scores images."""
        return self._critic

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise of one step; 0 where the space has none."""
        return self._space.sigma

    @property
    def _dtype(self) -> torch.dtype:
        return torch.float64 if self._settings.precision == "float64" else torch.float32

    @property
    def _kept(self) -> Kept:
        return Kept(
            {"generator": self._generator, "critic": self._critic, "mean": self._ema.net},
            {"adam_generator": self._adam_g, "adam_critic": self._adam_c},
            ("noise", self._random.of_steps),
        )

    def _shown(self) -> nn.Sequential:
        """Return the generator that images are generated with, as it is when nothing is learnt."""
        return (self._ema.net if self.options.ema else self._generator).eval()

    def _reference(self, noise: Values) -> Values:
        given = torch.from_numpy(noise)
        exact = given.to(self._dtype.to_complex() if given.is_complex() else self._dtype)
        with torch.no_grad():
            made = self._shown()(exact.to(self._device))
        values: Values = made.to(given.dtype).cpu().numpy()
        return values

    def _step_critic(self, real: Tensor, time: float) -> dict[str, float]:
        draws = self._random.draw(real, self._space, time, self.options.penalty)
        seen = self._space.apply(real, time, draws.is_taken, draws.white_real)
        is_moved = self.options.penalty.startswith("dragan")
        std = (self._group.whole(seen) if is_moved else seen).std()
        losses: dict[str, float] = {}
        self._adam_c.zero_grad(set_to_none=True)
        for share, (images, *drawn) in micro_batches(self._settings.micro_batches, seen, *draws):
            micro = _MicroBatch(images, Draws(*drawn), std)
            named, loss = self._critic_losses(micro, time)
            torch.autograd.backward(share * loss)
            add(losses, share, **named, critic_loss=loss)
        gradients = [weight.grad for weight in self._critic.parameters() if weight.grad is not None]
        add(losses, 1.0, gradient_norm=nn.utils.get_total_norm(gradients))
        self._adam_c.step()
        return losses

    def _critic_losses(self, micro: _MicroBatch, time: float) -> tuple[dict[str, Tensor], Tensor]:
        draws, loss = micro.draws, LOSSES[self.options.loss]
        with torch.no_grad():
            fake = self._generate(draws.noise)
        fake = self._space.apply(fake, time, draws.is_taken, draws.white_fake)
        real_scores, fake_scores = self._scores_of(micro.real, fake)
        named = {"wasserstein": wasserstein_distance(real_scores, fake_scores)}
        if loss.is_centred:
            named |= {
                "sign_real": real_scores.detach().sign().mean(),
                "sign_fake": fake_scores.detach().sign().mean(),
            }
        named["penalty"] = self._penalty(micro, fake)
        total = loss.critic(real_scores, fake_scores) + self.options.gp * named["penalty"]
        return named, total

    def _scores_of(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        if self._scores_apart:
            return self._score(real), self._score(fake)
        scores = self._score(torch.cat([real, fake]))
        return scores[: len(real)], scores[len(real) :]

    def _step_generator(self, like: Tensor, time: float) -> dict[str, float]:
        whole = self._random.draw(like, self._space, time, "none")
        losses: dict[str, float] = {}
        self._critic.requires_grad_(False)
        self._adam_g.zero_grad(set_to_none=True)
        for share, drawn in micro_batches(self._settings.micro_batches, *whole):
            draws = Draws(*drawn)
            seen = self._generate(draws.noise)
            seen = self._space.apply(seen, time, draws.is_taken, draws.white_fake)
            loss = LOSSES[self.options.loss].generator(self._score(seen))
            torch.autograd.backward(share * loss)
            add(losses, share, generator_loss=loss)
        self._adam_g.step()
        self._critic.requires_grad_(True)
        return losses

    def _penalty(self, micro: _MicroBatch, fake: Tensor, *, is_learning: bool = True) -> Tensor:
        kind, real, mix = self.options.penalty, micro.real, micro.draws.mix
        if kind == "none":
            return torch.zeros((), device=real.device)
        if kind == "r1":
            return gradient_power(self._score_for_gradient, real, keep_graph=is_learning)
        other = fake if kind == "wgan_gp" else perturbed(real, micro.draws.shift, micro.std)
        return gradient_penalty(self._score_for_gradient, real, other, mix, keep_graph=is_learning)

    def _run_generator(self, noise: Tensor, settings: StepSettings) -> Tensor:
        return mixed(self._generator, noise, self._networks.generator_head, settings)

    def _run_critic(self, images: Tensor, settings: StepSettings) -> Tensor:
        return mixed(self._critic, images, self._networks.critic_head, settings)

    def _score_for_gradient(self, images: Tensor) -> Tensor:
        """Score what is derived twice, which cannot be compiled."""
        is_low = self._settings.precision == "bf16_all"
        return self._run_critic(images, StepSettings(precision="bf16_all" if is_low else "float32"))

    def _adam(self, net: nn.Module, share: float) -> torch.optim.Adam:
        betas = (self.options.beta1, self.options.beta2)
        return torch.optim.Adam(net.parameters(), share * self.options.lr, betas, fused=True)
