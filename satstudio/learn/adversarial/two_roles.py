"""TwoRoles: how images of two roles become what two generators can exchange, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from satstudio.core.errors import RunError
from satstudio.core.port import BoundPort, Role
from satstudio.learn.image_methods import channels_of

Anchor = Literal["identity", "brightness", "none"]
"""identity: an image of a role comes out as it went in; brightness: what is bright stays bright."""


@dataclass(frozen=True, slots=True)
class RoleForm:
    """What one role holds, and what networks see of it.

    Attributes
    ----------
    copies : how often networks see each band, one after the other
    """

    port: BoundPort
    copies: int = 1

    @property
    def role(self) -> Role:
        """Name of the role."""
        return self.port.role

    @property
    def bands(self) -> int:
        """How many bands it has by itself."""
        return self.port.band_count or 1

    @property
    def is_complex(self) -> bool:
        """Whether its samples are complex."""
        return self.port.is_complex

    @property
    def channels(self) -> int:
        """Real channels that networks see: a complex band is two, planar."""
        return channels_of(self.port) * self.copies

    def seen(self, images: Tensor) -> Tensor:
        """Return images (n, bands, ...), planar where complex, as networks see them."""
        return images.repeat_interleave(self.copies, 1) if self.copies > 1 else images

    def own(self, images: Tensor) -> Tensor:
        """Undo `seen`; bands that were copies become their mean."""
        if self.copies == 1:
            return images
        count, _, *sides = images.shape
        return images.reshape(count, -1, self.copies, *sides).mean(2)


@dataclass(frozen=True, slots=True)
class TwoRoles:
    """Both roles, and what holds the brightness of one to that of the other."""

    first: RoleForm
    second: RoleForm
    anchor: Anchor


def two_roles(ports: Sequence[BoundPort], *, is_anchored: bool) -> TwoRoles:
    """Return the forms of the first two ports of some data.

    Where one role has a single band and the other several of the same kind, networks see that band
    as often as the other has bands, so that an image of either can go through both generators.

    Raises
    ------
    RunError
        If there are not two.
    """
    if len(ports) < 2:
        found = ", ".join(port.role for port in ports) or "none"
        raise RunError(f"A cycle goes between two roles of images; there is {found}.")
    first, second = (RoleForm(port) for port in ports[:2])
    if not is_anchored:
        return TwoRoles(first, second, "none")
    if first.is_complex == second.is_complex and 1 in (first.bands, second.bands):
        most = max(first.bands, second.bands)
        first, second = (RoleForm(one.port, most // one.bands) for one in (first, second))
    is_same = first.is_complex == second.is_complex and first.channels == second.channels
    return TwoRoles(first, second, "identity" if is_same else "brightness")


class OneWay(nn.Module):
    """A generator between two roles: their own planar channels in and out."""

    def __init__(self, net: nn.Module, taken: RoleForm, made: RoleForm) -> None:
        super().__init__()
        self.net = net
        self._taken, self._made = taken, made

    def forward(self, image: Tensor) -> Tensor:
        """Run it."""
        return self._made.own(self.net(self._taken.seen(image)))
