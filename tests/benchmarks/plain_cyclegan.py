"""The straightforward form of a CycleGAN step, which `training.py` measures the product against.

The networks of the trainer in plain calls, one a batch and use, losses as they are printed, a list
as the pool, Adam weight by weight.
"""

import torch
from torch import Tensor

from satstudio.learn.adversarial.cycle_trainer import CycleTrainer
from satstudio.learn.batch import Batch


class Pool:
    """Fifty past images."""

    def __init__(self, size: int) -> None:
        self.size, self.images = size, []

    def query(self, images: Tensor) -> Tensor:
        """Exchange half of the images once it is full."""
        given = []
        for image in images.split(1):
            if len(self.images) < self.size:
                self.images.append(image)
                given.append(image)
            elif torch.rand(()) > 0.5:
                place = int(torch.randint(self.size, ()))
                given.append(self.images[place].clone())
                self.images[place] = image
            else:
                given.append(image)
        return torch.cat(given)


class PlainCycle:
    """Two generators and two critics, trained as the paper says."""

    def __init__(self, trainer: CycleTrainer) -> None:
        self.options = trainer.options
        self.forms = trainer._forms
        self.makes, self.critics = trainer._networks.generators, trainer._networks.critics
        betas = (self.options.beta1, self.options.beta2)
        self.adams = [
            torch.optim.Adam(
                [weight for net in nets.values() for weight in net.parameters()],
                self.options.lr, betas, foreach=False, fused=False,
            )
            for nets in (self.makes, self.critics)
        ]  # fmt: skip
        self.pools = {role: Pool(self.options.pool) for role in self.forms}

    def step(self, batch: Batch, number: int) -> None:
        """Update both generators, then both critics."""
        first, second = self.forms
        real = {role: form.seen(batch[role]) for role, form in self.forms.items()}
        fake = {second: self.makes[second](real[first]), first: self.makes[first](real[second])}
        back = {second: self.makes[second](fake[first]), first: self.makes[first](fake[second])}
        same = {role: self.makes[role](real[role]) for role in real}
        for net in self.critics.values():
            net.requires_grad_(False)
        loss = 0
        for role in real:
            loss = loss + (self.critics[role](fake[role]) - 1).square().mean()
            loss = loss + self.options.cycle * (back[role] - real[role]).abs().mean()
            loss = loss + self.options.identity * (same[role] - real[role]).abs().mean()
        self.update(0, loss)
        for net in self.critics.values():
            net.requires_grad_(True)
        loss = 0
        for role in real:
            past = self.pools[role].query(fake[role].detach())
            loss = loss + 0.5 * (self.critics[role](real[role]) - 1).square().mean()
            loss = loss + 0.5 * self.critics[role](past).square().mean()
        self.update(1, loss)

    def update(self, which: int, loss: Tensor) -> None:
        """Take one step of an optimiser."""
        self.adams[which].zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.adams[which].step()
