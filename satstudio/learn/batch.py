"""Batch: what a step learns from, by role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from torch import Tensor

from satstudio.core.port import Role
from satstudio.patches.manifest import INPUT


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Tensors of some items, by role, in a network's numbers.

    Attributes
    ----------
    values : (n, channels, rows, cols) float32, planar where complex; of a role of several frames
        (n, frames, channels, rows, cols), where items with fewer are filled up with zeros
    masks : of the roles whose mask a method declares, 1 where there is data, else 0: the same shape
        with one channel
    """

    values: Mapping[Role, Tensor]
    masks: Mapping[Role, Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, images: Tensor, role: Role = INPUT) -> Self:
        """Return a batch of one role."""
        return cls({role: images})

    @property
    def images(self) -> Tensor:
        """Tensor of the first role."""
        return next(iter(self.values.values()))

    def __getitem__(self, role: Role) -> Tensor:
        """Return the tensor of a role."""
        return self.values[role]

    def __len__(self) -> int:
        """How many items there are."""
        return len(self.images)
