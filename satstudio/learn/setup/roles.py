"""RoleReader, RoleItems: batches of several roles, each item cropped on one ground; their ports."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self

import numpy as np
import torch

from satstudio.core.port import BoundPort, Port, Role
from satstudio.core.scaling import Scaling
from satstudio.learn.batch import Batch
from satstudio.learn.method import MethodPorts, Values
from satstudio.patches.manifest import INPUT, Split
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.shards import Series
from satstudio.pixels.scaling import scaled

SERIES_STREAM = 3
"""Of the order of other roles in an unpaired set; with the number of the role."""


@dataclass(frozen=True, slots=True, eq=False)
class RoleReader:
    """Reads the roles that a method wants of one split.

    Attributes
    ----------
    ports : with scalings; the crop of the others is that of the first times their ratio
    series : by role
    several : roles of several frames, and how many at most; None: as many as an item has
    masked : roles whose masks are wanted
    is_paired : else every role has its own order
    """

    ports: tuple[BoundPort, ...]
    series: Mapping[Role, Series]
    several: Mapping[Role, int | None]
    masked: frozenset[Role]
    is_paired: bool = True

    @property
    def step(self) -> int:
        """Corners of crops of the first role, and their sides, are multiples of this."""
        return math.lcm(*(ratio.denominator for ratio in self._ratios.values()))

    @property
    def _ratios(self) -> dict[Role, Fraction]:
        first = self.ports[0].scale
        return {port.role: port.scale / first for port in self.ports}

    def batch(
        self,
        places: Sequence[tuple[int, int]],
        indices: Sequence[int],
        corners: Sequence[tuple[int, int]],
        side: int,
        how: tuple[int, torch.device],
    ) -> Batch:
        """Return the items `indices`, cropped at `corners` to `side` px of the first role.

        Parameters
        ----------
        places : (round, place in it) of each item, which unpaired roles are drawn by
        how : seed of the order of unpaired roles, and the device
        """
        seed, device = how
        values, masks = {}, {}
        for number, port in enumerate(self.ports):
            chosen = indices
            if number and not self.is_paired:
                chosen = [self._own(port.role, number, seed, *place) for place in places]
            images, valid = self._crops(port, chosen, corners, side)
            values[port.role] = _tensor(images, device)
            if port.role in self.masked:
                masks[port.role] = _tensor(valid, device)
        return Batch(values, masks)

    def _own(self, role: Role, number: int, seed: int, turn: int, within: int) -> int:
        count = len(self.series[role])
        order = np.random.default_rng((seed, SERIES_STREAM + number, turn)).permutation(count)
        return int(order[within % count])

    def _crops(
        self,
        port: BoundPort,
        indices: Sequence[int],
        corners: Sequence[tuple[int, int]],
        side: int,
    ) -> tuple[Values, Values]:
        """Return crops (n, [frames], bands, rows, cols), scaled, and masks (..., 1, rows, cols)."""
        series, ratio = self.series[port.role], self._ratios[port.role]
        length = int(side * ratio)
        images, masks = [], []
        for index, (row, col) in zip(indices, corners, strict=True):
            top, left = int(row * ratio), int(col * ratio)
            part = np.s_[..., top : top + length, left : left + length]
            images.append(series.frames(index)[part])
            masks.append(series.masks(index)[part][:, None])
        if port.role not in self.several:
            stacked = np.stack([one[0] for one in images])
            return _seen(stacked, port.scaling), np.stack([one[0] for one in masks])
        count = self.several[port.role] or max(map(len, images))
        whole, valid = _filled(images, count), _filled(masks, count)
        flat = _seen(whole.reshape(-1, *whole.shape[2:]), port.scaling).reshape(whole.shape)
        is_there = np.arange(count)[None] < np.array([len(one) for one in images])[:, None]
        return np.where(is_there[..., None, None, None], flat, 0), valid


@dataclass(frozen=True, slots=True, eq=False)
class RoleItems:
    """Items of several roles, looked at by the first image of the first role.

    Attributes
    ----------
    count : the first so many
    """

    reader: RoleReader
    count: int

    def __len__(self) -> int:
        """How many there are."""
        return self.count

    def apart(self) -> Self:
        """Return the same, with every role in its own order."""
        return replace(self, reader=replace(self.reader, is_paired=False))

    def __getitem__(self, key: int, /) -> Values:
        """Return one image (bands, rows, cols)."""
        image: Values = self.reader.series[self.reader.ports[0].role].frames(key)[0]
        return image


def role_reader(
    patches: PatchSet, split: Split, declared: MethodPorts, ports: tuple[BoundPort, ...]
) -> RoleReader | None:
    """Return what reads the roles of a split; None where plain patches of one role will do."""
    wanted = {port.role: port for port in declared.data}
    several = {
        port.role: wanted[port.role].frames[1]
        for port in ports
        if wanted[port.role].frames != (1, 1)
    }
    masked = declared.masked
    if len(ports) == 1 and not several and not masked:
        return None
    series = {port.role: patches.series(split, port.role) for port in ports}
    return RoleReader(ports, series, several, masked, patches.manifest.is_paired)


def bound_ports(declared: MethodPorts, found: Sequence[BoundPort]) -> tuple[BoundPort, ...]:
    """Return the ports of a patch set that a method learns from, in the method's order.

    Ratios become those to the first of them.
    """
    have = {port.role: port for port in found}
    mine = [have[port.role] for port in declared.data if port.role in have]
    return tuple(port.changed(ratio=str(port.scale / mine[0].scale)) for port in mine)


def known_ports(info: Mapping[str, Any]) -> tuple[BoundPort, ...]:
    """Return the ports that a run learnt from; earlier runs were of one role."""
    if "ports" in info:
        return tuple(BoundPort.build(port) for port in info["ports"])
    is_complex = info.get("is_complex", True)  # earlier runs were of complex samples only
    port = BoundPort(
        role=INPUT,
        bands=tuple(info["bands"]),
        quantity=info.get("quantity", ""),
        dtype="complex64" if is_complex else "float32",
        scaling=Scaling.build(info["scaling"]),
        pixel_size_m=info["spacing_m"],
    )
    return (port,)


def network_ports(declared: Sequence[Port], learnt: Sequence[BoundPort]) -> tuple[BoundPort, ...]:
    """Return the ports of a network as its model file says them.

    A role of the data is as it is there, of as many frames as the network takes; what is optional
    and not in the data is left out; a mask is like the role that it tells of; what the method alone
    knows (`output`) is like the first role, but for what the method declares.
    """
    have = {port.role: port for port in learnt}
    found = []
    for port in declared:
        if port.optional and (port.mask_of or port.role) not in have:
            continue
        if port.mask_of is not None and port.role not in have:
            base = have[port.mask_of]
            like = {"bands": 1, "dtype": "bool", "scaling": None, "quantity": "", "dates": ()}
            like |= {"role": port.role, "mask_of": port.mask_of, "frames": port.frames}
            found.append(base.changed(size_px=None, **like))
            continue
        base = have.get(port.role, learnt[0])
        values: dict[str, Any] = {"role": port.role, "size_px": None}
        if port.role not in have:
            values |= {
                "dtype": port.dtype or base.dtype,
                "quantity": port.quantity or base.quantity,
            }
            values |= {"bands": port.bands or base.bands, "ratio": port.ratio or base.ratio}
            values["frames"] = (1, 1)
        elif port.frames != base.frames:
            values["frames"] = port.frames
        found.append(base.changed(**values))
    return tuple(found)


def _seen(values: Values, scaling: Scaling | None) -> Values:
    return values if scaling is None else scaled(values, scaling)


def _filled(parts: Sequence[Values], count: int) -> Values:
    """Stack series to (n, count, ...), with zeros where one is shorter."""
    out = np.zeros((len(parts), count, *parts[0].shape[1:]), parts[0].dtype)
    for row, part in zip(out, parts, strict=True):
        row[: len(part)] = part[:count]
    return out


def _tensor(values: Values, device: torch.device) -> torch.Tensor:
    """Return float32 on a device; complex bands as planar pairs."""
    if np.iscomplexobj(values):
        values = np.concatenate([values.real, values.imag], axis=-3)
    return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(device)
