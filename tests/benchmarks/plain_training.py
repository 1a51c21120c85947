"""The straightforward form of training, which `training.py` measures the product against.

torch's own complex arithmetic, noise and blur step by step, a network call for real and one for
made images, losses written as logarithms of sigmoids, Adam weight by weight.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from satstudio.learn.adversarial.spaces import iterated
from satstudio.learn.adversarial.trainer import AdversarialTrainer
from satstudio.learn.nets.complex_layers import to_complex

Step = Callable[[Tensor, int], object]


@dataclass
class PlainTrainer:
    """The networks of a trainer in their native form; the options are the trainer's."""

    trainer: AdversarialTrainer
    is_complex: bool

    def __post_init__(self) -> None:
        self.made, self.critic = self.trainer._generator, self.trainer._critic
        betas = (self.trainer.options.beta1, self.trainer.options.beta2)
        lr = self.trainer.options.lr
        self.adams = [
            torch.optim.Adam(net.parameters(), lr, betas, foreach=False, fused=False)
            for net in (self.made, self.critic)
        ]
        self.random = torch.Generator().manual_seed(0)

    def step(self, batch: Tensor, number: int) -> None:
        """Update the critic and at each `n_critic`-th number the generator."""
        options = self.trainer.options
        real = to_complex(batch) if self.is_complex else batch
        time = round(self.trainer._space.time(number / options.anneal_steps))
        with torch.no_grad():
            fake = self.made(self.noise(len(real)))
        seen_real, seen_fake = self.seen(real, time), self.seen(fake, time)
        scores = self.critic(seen_real), self.critic(seen_fake)
        loss = critic_loss(options.loss, *scores)
        if options.penalty == "wgan_gp":
            loss = loss + options.gp * self.penalty(seen_real, seen_fake)
        self.update(1, loss)
        if number % options.n_critic == 0:
            score = self.critic(self.seen(self.made(self.noise(len(real))), time))
            self.update(0, generator_loss(options.loss, score))

    def update(self, which: int, loss: Tensor) -> None:
        """Take one step of a network's optimiser."""
        self.adams[which].zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.adams[which].step()

    def noise(self, count: int) -> Tensor:
        """Draw what images are made of."""
        shape = (count, self.trainer.options.latent)
        dtype = torch.complex64 if self.is_complex else torch.float32
        return torch.randn(shape, dtype=dtype, generator=self.random)

    def seen(self, images: Tensor, time: int) -> Tensor:
        """Take half of a batch through the space, step by step."""
        options = self.trainer.options
        if options.space == "none" or time == 0:
            return images
        count = len(images) // 2
        parts = torch.view_as_real(images) if self.is_complex else images[..., None]
        taken = [
            iterated(parts[:count, ..., one], time, options.space, self.trainer.sigma, self.random)
            for one in range(parts.shape[-1])
        ]
        made = torch.stack(taken, -1)
        half = torch.view_as_complex(made) if self.is_complex else made[..., 0]
        return torch.cat([half, images[count:]])

    def penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the gradient penalty between real and made images."""
        mix = torch.rand((len(real), 1, 1, 1), generator=self.random)
        between = (mix * real + (1 - mix) * fake).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        return (gradient.abs().square().flatten(1).sum(1).add(1e-12).sqrt() - 1).square().mean()


def critic_loss(loss: str, real: Tensor, fake: Tensor) -> Tensor:
    """Return the loss as it is printed in the papers."""
    if loss == "gan":
        return -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()
    return fake.mean() - real.mean()


def generator_loss(loss: str, fake: Tensor) -> Tensor:
    """Return the loss as it is printed in the papers."""
    return -fake.sigmoid().log().mean() if loss == "gan" else -fake.mean()


def with_plain_adam(method: object) -> None:
    """Let a method that is no trainer update weight by weight."""
    adam: torch.optim.Adam = method._adam  # type: ignore[attr-defined]  # the despeckler's
    net: nn.Module = method._net  # type: ignore[attr-defined]
    method._adam = torch.optim.Adam(  # type: ignore[attr-defined]
        net.parameters(), adam.param_groups[0]["lr"], foreach=False, fused=False
    )
