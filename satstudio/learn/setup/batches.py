"""Batches: patch set -> endless batches on a device, each known by its number."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from satstudio.core.scaling import Scaling
from satstudio.learn.batch import Batch
from satstudio.learn.method import Values
from satstudio.learn.setup.roles import RoleItems
from satstudio.pixels.scaling import scaled

ALL = slice(None)


class Patches(Protocol):
    """Patches that can be told apart by number: each (bands, rows, cols), complex or real."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __getitem__(self, key: int, /) -> Values:
        """Return one."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """Patches with holes.

    Attributes
    ----------
    valid : (n, rows, cols) bool, which pixels have data
    """

    patches: Patches
    valid: Patches

    def __len__(self) -> int:
        """How many there are."""
        return len(self.patches)

    def __getitem__(self, key: int, /) -> Values:
        """Return one; what has no data in it is 0."""
        return self.patches[key]

    def places(self, key: int, size_px: int) -> Values:
        """Return (row, col) of each crop of a patch that holds as few holes as any."""
        holes = np.pad(~self.valid[key], ((1, 0), (1, 0))).astype(np.int64)
        sums = holes.cumsum(0).cumsum(1)
        ends, starts = np.s_[size_px:], np.s_[:-size_px]
        inside = sums[ends, ends] - sums[starts, ends] - sums[ends, starts] + sums[starts, starts]
        best: Values = np.argwhere(inside == inside.min())
        return best


class Batches:
    """Batches of random crops, scaled; a batch depends on seed and number only.

    Every patch is used once before any is used again; the order of a round is drawn anew from
    (seed, round), the place of the crops from (seed, number). So going on after a stop needs
    nothing but the number of the next batch.

    Parameters
    ----------
    patches : of `Masked` ones crops are taken where there is data; of `RoleItems` batches have all
        roles
    scaling : what the network sees
    batch : images a batch
    size_px : side of a crop
    """

    def __init__(
        self,
        patches: Patches,
        scaling: Scaling,
        batch: int,
        size_px: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._roles = patches.reader if isinstance(patches, RoleItems) else None
        self._grain = self._roles.step if self._roles is not None else 1
        self._patches = patches
        self._scaling = scaling
        self._batch = batch
        self._size_px = size_px
        self._seed = seed
        self._device = device
        self._shape = patches[0].shape[-2:]
        self._round = -1
        self._order = np.arange(0)

    @property
    def distinct(self) -> int:
        """How many different patches a batch holds; crops of one patch count once."""
        return min(self._batch, len(self._patches))

    @property
    def is_paired(self) -> bool:
        """Whether all roles of an item belong together."""
        return self._roles is None or self._roles.is_paired

    def batch(self, number: int, own: slice = ALL) -> Batch:
        """Return batch `number` (from 1) with all its roles."""
        if self._roles is None:
            return Batch.of(self.at(number, own))
        indices, corners = self._drawn(number)
        count = len(self._patches)
        first = (number - 1) * self._batch
        places = [divmod(first + place, count) for place in range(self._batch)]
        chosen = places[own], indices[own], corners[own]
        return self._roles.batch(*chosen, self._size_px, (self._seed, self._device))

    def at(self, number: int, own: slice = ALL) -> Tensor:
        """Return batch `number` (from 1): (batch, channels, size, size), planar where complex."""
        return as_tensor(self.values(number, own), self._device)

    def values(self, number: int, own: slice = ALL) -> Values:
        """Return the same batch as an array (batch, bands, size, size), scaled.

        Parameters
        ----------
        own : which images of it; only these are read
        """
        indices, corners = self._drawn(number)
        crops = [self._crop(*what) for what in list(zip(indices, corners, strict=True))[own]]
        return scaled(np.stack(crops), self._scaling)

    def _drawn(self, number: int) -> tuple[list[int], list[tuple[int, int]]]:
        """Return which patches a batch is of, and the corners of its crops."""
        random = np.random.default_rng((self._seed, 1, number))
        first = (number - 1) * self._batch
        indices = [self._index(first + place) for place in range(self._batch)]
        return indices, [self._corner(index, random) for index in indices]

    def _index(self, place: int) -> int:
        count = len(self._patches)
        turn, within = divmod(place, count)
        if turn != self._round:
            self._round = turn
            self._order = np.random.default_rng((self._seed, 0, turn)).permutation(count)
        return int(self._order[within])

    def _corner(self, index: int, random: np.random.Generator) -> tuple[int, int]:
        side = self._size_px
        if isinstance(self._patches, Masked):
            row, col = random.choice(self._patches.places(index, side))
            return int(row), int(col)
        row, col = (
            int(random.integers((length - side) // self._grain + 1)) for length in self._shape
        )
        return row * self._grain, col * self._grain

    def _crop(self, index: int, corner: tuple[int, int]) -> Values:
        (row, col), side = corner, self._size_px
        return self._patches[index][:, row : row + side, col : col + side]


def as_tensor(values: Values, device: torch.device) -> Tensor:
    """Return (n, bands, ...) as float32 on a device; complex bands as planar pairs."""
    if np.iscomplexobj(values):
        values = np.concatenate([values.real, values.imag], axis=1)
    return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(device)
