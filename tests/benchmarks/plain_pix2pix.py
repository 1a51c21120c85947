"""The straightforward form of a Pix2Pix step, which `training.py` measures the product against.

The networks of the trainer in plain calls, one a batch and use, losses as they are printed, the
critic's weights derived along with the generator's, Adam weight by weight.
"""

import torch
from torch import Tensor
from torch.nn import functional

from satstudio.learn.adversarial.paired import PairedTrainer
from satstudio.learn.batch import Batch


class PlainPaired:
    """A generator and a critic of pairs, trained as the paper says."""

    def __init__(self, trainer: PairedTrainer) -> None:
        self.options = trainer.options
        self.made, self.critic = trainer._generator.train(), trainer._critic.train()
        betas = (self.options.beta1, self.options.beta2)
        self.adams = [
            torch.optim.Adam(net.parameters(), self.options.lr, betas, foreach=False, fused=False)
            for net in (self.made, self.critic)
        ]

    def step(self, batch: Batch, number: int) -> None:
        """Update the critic, then the generator."""
        given, wanted = batch["input"], batch["target"]
        fake = self.made(given)
        real_scores = self.critic(torch.cat([given, wanted], 1))
        fake_scores = self.critic(torch.cat([given, fake.detach()], 1))
        self.update(1, 0.5 * (told(real_scores, 1.0) + told(fake_scores, 0.0)))
        scores = self.critic(torch.cat([given, fake], 1))
        apart = functional.l1_loss(fake, wanted)
        self.update(0, told(scores, 1.0) + self.options.l1 * apart)

    def update(self, which: int, loss: Tensor) -> None:
        """Take one step of an optimiser."""
        self.adams[which].zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.adams[which].step()


def told(scores: Tensor, truth: float) -> Tensor:
    """Return the cross entropy of scores that should all say one thing."""
    return functional.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
