"""What all previews share: the protocol, its figures, and what they are compared with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from satstudio.core.port import BoundPort
from satstudio.core.scaling import Scaling
from satstudio.learn.method import Values
from satstudio.learn.setup.batches import Batches
from satstudio.pixels.scaling import unscaled
from satstudio.pixels.spectral.fourier import Domain

SWD, LOSS = "swd", "held_out_loss"
"""What the best checkpoint of a generator and of a restorer is chosen by; both the smaller."""

Counts = tuple[int, int]
"""How many images are shown, and how many are measured."""


class Figures(Protocol):
    """What is known of a network's images."""

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them: None for what is not finite."""
        ...


class Preview(Protocol):
    """Makes pictures and figures of a network, always of the same seeds or patches.

    Attributes
    ----------
    chosen_by : figure that the best checkpoint is chosen by; the smaller, the better
    """

    chosen_by: str

    def make(self) -> Values:
        """Make images, unscaled."""
        ...

    def save(self, generated: Values, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        ...

    def figures(self, generated: Values) -> Figures:
        """Measure them."""
        ...

    def info(self) -> dict[str, Any]:
        """Return what run.json says of the figures, beside how many patches they are of."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Real patches that a network is compared with.

    Attributes
    ----------
    held_out : gives as many as are measured
    more : gives others, to compare real patches with real ones
    scaling : of both
    ports : of all roles
    """

    held_out: Batches
    more: Batches
    scaling: Scaling
    domain: Domain = "image"
    ports: tuple[BoundPort, ...] = ()

    def real(self) -> Values:
        """Return the real patches, unscaled."""
        return unscaled(self.held_out.values(1), self.scaling)

    def other(self) -> Values:
        """Return as many others, unscaled."""
        return unscaled(self.more.values(2), self.scaling)


def plain(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return figures as JSON knows them: None for what is not finite."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
